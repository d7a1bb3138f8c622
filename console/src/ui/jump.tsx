// The window that leads anywhere by a few letters: pages, and the broker's queues and exchanges.

import { effect, type Signal, signal } from '@preact/signals'
import type { VNode } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
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

/** What the broker found, and for which text: an answer to older letters is not one to these. */
interface Found {
  readonly text: string
  readonly targets: readonly Target[]
}

const foundMax = 8
const nothing: Found = { text: '', targets: [] }

/**
 * The window is always there and only shown: it has the focus as soon as the keys are down, so that
 * letters typed right after them are not lost.
 */
export function Jump(): VNode {
  const element = useRef<HTMLDialogElement>(null)
  const [text, setText] = useState('')
  useLayoutEffect(() => {
    const unfollow = effect(() => {
      const dialog = element.current
      if (dialog === null || dialog.open === jumping.value) return
      if (jumping.value) dialog.showModal()
      else dialog.close()
    })
    return () => {
      unfollow()
      jumping.value = false
    }
  }, [])
  return (
    <dialog
      ref={element}
      class="palette"
      aria-label={t('jump.title')}
      onClose={() => {
        jumping.value = false
        setText('')
      }}
    >
      <Search text={text} setText={setText} />
    </dialog>
  )
}

function Search({ text, setText }: { text: string; setText: (text: string) => void }): VNode {
  const wanted = text.trim()
  const found = useFound(wanted)
  const [chosenTo, setChosenTo] = useState<string | null>(null)
  /** Enter came before the broker's answer; it counts for the first that is found. */
  const [hurried, setHurried] = useState<string | null>(null)
  const targets = [...findPages(wanted), ...found.targets.filter(({ label }) => has(label, wanted))]
  const chosen = Math.max(
    0,
    targets.findIndex(({ to }) => to === chosenTo),
  )
  const go = (target: Target | undefined): void => {
    if (target === undefined) {
      if (found.text !== wanted) setHurried(wanted)
      return
    }
    jumping.value = false
    setHurried(null)
    navigate(target.to)
  }
  useEffect(() => {
    if (hurried === wanted && found.text === wanted && jumping.value) go(targets[0])
  }, [found, hurried, wanted])
  const step = (by: number): void =>
    setChosenTo(targets[(chosen + by + targets.length) % targets.length]?.to ?? null)
  const keys = (event: KeyboardEvent): void => {
    // Enter also ends the choice of a Chinese character.
    if (event.isComposing) return
    if (event.key === 'ArrowDown') step(1)
    else if (event.key === 'ArrowUp') step(-1)
    else if (event.key === 'Enter') go(targets[chosen])
    else return
    event.preventDefault()
  }
  return (
    <>
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
        onInput={(event) => {
          setChosenTo(null)
          setHurried(null)
          setText(event.currentTarget.value)
        }}
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
    </>
  )
}

/** Asks the broker when the typing pauses; what it found for older letters stays until it answers. */
function useFound(wanted: string): Found {
  const [found, setFound] = useState<Found>(nothing)
  useEffect(() => {
    if (wanted === '') {
      setFound(nothing)
      return
    }
    const abort = new AbortController()
    const set = (targets: readonly Target[]): void => {
      if (!abort.signal.aborted) setFound({ text: wanted, targets })
    }
    const timer = setTimeout(() => {
      findObjects(wanted, abort.signal).then(set, () => set([]))
    }, 120)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [wanted])
  return found
}

function has(label: string, wanted: string): boolean {
  return label.toLowerCase().includes(wanted.toLowerCase())
}

function findPages(wanted: string): readonly Target[] {
  return allPages()
    .map(({ label, to }) => ({ label, to, kind: t('jump.page') }))
    .filter(({ label, to }) => has(`${label} ${to}`, wanted))
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
