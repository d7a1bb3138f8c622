// The window that leads anywhere by a few letters: pages, and the broker's queues and exchanges.

import { type Signal, signal } from '@preact/signals'
import type { VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { request } from '../api/client.ts'
import { withQuery } from '../api/paths.ts'
import type { Page } from '../api/types.ts'
import { t } from '../i18n/translate.ts'
import { allPages } from '../pages/navigation.ts'
import { href, navigate } from '../router/route.ts'

export const jumping: Signal<boolean> = signal(false)

interface Target {
  readonly label: string
  readonly kind: string
  readonly to: string
}

const foundMax = 8

export function Jump(): VNode | null {
  return jumping.value ? <JumpWindow /> : null
}

function JumpWindow(): VNode {
  const element = useRef<HTMLDialogElement>(null)
  const [text, setText] = useState('')
  const [found, setFound] = useState<readonly Target[]>([])
  const [chosen, setChosen] = useState(0)
  useEffect(() => element.current?.showModal(), [])
  useEffect(() => {
    setChosen(0)
    if (text.trim() === '') {
      setFound([])
      return
    }
    const abort = new AbortController()
    const timer = setTimeout(() => {
      findObjects(text.trim(), abort.signal).then(setFound, () => setFound([]))
    }, 120)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [text])
  const targets = [...findPages(text), ...found]
  const go = (target: Target | undefined): void => {
    if (target === undefined) return
    jumping.value = false
    navigate(target.to)
  }
  const keys = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') setChosen((chosen + 1) % Math.max(1, targets.length))
    else if (event.key === 'ArrowUp')
      setChosen((chosen + targets.length - 1) % Math.max(1, targets.length))
    else if (event.key === 'Enter') go(targets[chosen])
    else return
    event.preventDefault()
  }
  return (
    <dialog
      ref={element}
      class="palette"
      aria-label={t('jump.title')}
      onClose={() => {
        jumping.value = false
      }}
    >
      <input
        class="palette-field"
        value={text}
        placeholder={t('jump.placeholder')}
        aria-label={t('jump.title')}
        role="combobox"
        aria-expanded="true"
        aria-controls="jump-list"
        aria-activedescendant={`jump-${chosen}`}
        spellcheck={false}
        autocomplete="off"
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={keys}
      />
      <div id="jump-list" class="palette-list" role="listbox" aria-label={t('jump.title')}>
        {targets.map((target, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above takes the keys.
          // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field.
          <div
            key={target.to}
            id={`jump-${index}`}
            role="option"
            aria-selected={index === chosen}
            onClick={() => go(target)}
          >
            {target.label}
            <span class="palette-kind">{target.kind}</span>
          </div>
        ))}
      </div>
    </dialog>
  )
}

function findPages(text: string): readonly Target[] {
  const wanted = text.trim().toLowerCase()
  return allPages()
    .map(({ label, to }) => ({ label, to, kind: t('jump.page') }))
    .filter(({ label, to }) => `${label} ${to}`.toLowerCase().includes(wanted))
    .slice(0, foundMax)
}

async function findObjects(name: string, signal: AbortSignal): Promise<readonly Target[]> {
  const query = { page: 1, page_size: foundMax, name, columns: 'name,vhost', pagination: true }
  const kinds = ['queues', 'exchanges'] as const
  const pages = await Promise.all(
    kinds.map((kind) =>
      request<Page<{ name: string; vhost: string }>>(withQuery(kind, query), { signal }),
    ),
  )
  return pages.flatMap(({ items }, index) =>
    items
      .filter((item) => item.name !== '')
      .map((item) => ({
        label: item.name,
        kind: `${index === 0 ? t('word.queue') : t('word.exchange')} · ${item.vhost}`,
        to: href(kinds[index]!, item.vhost, item.name),
      })),
  )
}
