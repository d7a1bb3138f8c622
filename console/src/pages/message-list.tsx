// The left side of the message browser: what waits, in order, each with a box to choose it.

import type { ComponentChildren, VNode } from 'preact'
import type { MessageInfo } from '../api/types.ts'
import { deathsOf } from '../decode/deaths.ts'
import { preview } from '../decode/payload.ts'
import { formatBytes, formatDuration } from '../format/number.ts'
import { t, tOr } from '../i18n/translate.ts'

export interface MessageListProps {
  readonly items: readonly MessageInfo[]
  readonly openKey: string | null
  readonly open: (key: string) => void
  readonly chosen: ReadonlySet<string>
  readonly choose: (chosen: ReadonlySet<string>) => void
  readonly foot?: ComponentChildren
}

export function MessageList({
  items,
  openKey,
  open,
  chosen,
  choose,
  foot,
}: MessageListProps): VNode {
  const toggle = (key: string): void => {
    const next = new Set(chosen)
    if (!next.delete(key)) next.add(key)
    choose(next)
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <div class="browser-list" tabIndex={0}>
      {items.map((message, index) => (
        <MessageRow
          key={message.key ?? index}
          message={message}
          open={message.key === openKey}
          show={() => open(message.key ?? '')}
          chosen={chosen.has(message.key ?? '')}
          toggle={() => toggle(message.key ?? '')}
        />
      ))}
      {foot}
    </div>
  )
}

interface MessageRowProps {
  readonly message: MessageInfo
  readonly open: boolean
  readonly show: () => void
  readonly chosen: boolean
  readonly toggle: () => void
}

function MessageRow({ message, open, show, chosen, toggle }: MessageRowProps): VNode {
  const { exchange, routing_key: key, payload_bytes: size, published_at: at } = message
  const death = deathsOf(message)[0]
  return (
    <div class={`message-row ${open ? 'open' : ''}`}>
      <label class="check">
        <input
          type="checkbox"
          checked={chosen}
          onChange={toggle}
          aria-label={t('browser.choose', { index: (message.index ?? 0) + 1 })}
        />
      </label>
      <button type="button" onClick={show} aria-pressed={open}>
        <span class="key">
          {key === '' ? exchange || '–' : key}
          {exchange === '' ? null : <span class="muted"> {t('browser.via', { exchange })}</span>}
        </span>
        <span class="preview">{preview(message) || t('browser.noPayload')}</span>
      </button>
      <span class="message-side">
        {death === undefined ? (
          formatBytes(size)
        ) : (
          <span class="badge bad">{tOr(`reason.${death.reason}`, death.reason)}</span>
        )}
        {at === undefined ? null : (
          <div>
            {death === undefined ? '' : `${formatBytes(size)} · `}
            {formatDuration(Date.now() - at)}
          </div>
        )}
      </span>
    </div>
  )
}
