// The right side of the message browser: the payload in several ways, properties, headers, deaths.

import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { request } from '../api/client.ts'
import type { MessageInfo } from '../api/types.ts'
import { deathsOf } from '../decode/deaths.ts'
import {
  bestView,
  hexDump,
  type Payload,
  prettyJson,
  readPayload,
  type View,
} from '../decode/payload.ts'
import { formatBytes, formatTime } from '../format/number.ts'
import { t, tOr } from '../i18n/translate.ts'
import { Button } from '../ui/button.tsx'
import { type Fact, Facts } from '../ui/page.tsx'
import { JsonView, PayloadBox } from '../ui/payload-box.tsx'
import { notify } from '../ui/toast.tsx'
import { ArgumentList, showValue } from './argument-list.tsx'

export interface MessageViewerProps {
  readonly message: MessageInfo
  /** Where the whole message is, if the one given was cut short. */
  readonly full: string | null
}

const views: readonly View[] = ['json', 'text', 'hex', 'msgpack']

export function MessageViewer({ message: given, full }: MessageViewerProps): VNode {
  const [whole, setWhole] = useState<MessageInfo | null>(null)
  const message = whole ?? given
  const payload = readPayload(message)
  const [view, setView] = useState<View>(bestView(payload))
  const loadWhole = async (): Promise<void> => {
    if (full !== null) setWhole(await request<MessageInfo>(full))
  }
  return (
    <section class="viewer" aria-label={t('browser.message')}>
      <div class="toolbar">
        <fieldset class="segmented">
          <legend class="visually-hidden">{t('browser.view')}</legend>
          {views.map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={view === one}
              disabled={
                (one === 'text' && payload.text === null) || (one === 'json' && !canBeJson(payload))
              }
              onClick={() => setView(one)}
            >
              {t(`view.${one}`)}
            </button>
          ))}
        </fieldset>
        <span class="muted small">{formatBytes(message.payload_bytes)}</span>
        <Button
          small
          icon="copy"
          kind="quiet"
          label={t('browser.copy')}
          onPress={async () => {
            await navigator.clipboard.writeText(payload.text ?? hexDump(payload.bytes))
            notify(t('browser.copied'))
          }}
        />
      </div>
      <PayloadView payload={payload} view={view} />
      {message.truncated ? (
        <div>
          <Button small onPress={loadWhole}>
            {t('browser.loadWhole', { size: formatBytes(message.payload_bytes) })}
          </Button>
        </div>
      ) : null}
      <Deaths message={message} />
      <Facts facts={facts(message)} />
    </section>
  )
}

function canBeJson({ text }: Payload): boolean {
  return text !== null && prettyJson(text) !== null
}

function PayloadView({ payload, view }: { payload: Payload; view: View }): VNode {
  if (payload.bytes.length === 0) return <div class="payload muted">{t('browser.noPayload')}</div>
  if (view === 'msgpack') return <MessagePackView bytes={payload.bytes} />
  if (view === 'hex' || payload.text === null) {
    return <PayloadBox text={hexDump(payload.bytes)} hex />
  }
  const pretty = view === 'json' ? prettyJson(payload.text) : null
  return pretty === null ? <PayloadBox text={payload.text} /> : <JsonView text={pretty} />
}

/** The decoder is only fetched when somebody looks. */
function MessagePackView({ bytes }: { readonly bytes: Uint8Array }): VNode {
  const [text, setText] = useState<string | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  useEffect(() => {
    import('../decode/message-pack.ts')
      .then(({ messagePackText }) => setText(messagePackText(bytes)))
      .catch((error: unknown) => setFailure(error instanceof Error ? error.message : String(error)))
  }, [bytes])
  if (failure !== null) {
    return <div class="payload muted">{t('browser.noMessagePack', { reason: failure })}</div>
  }
  return text === null ? <div class="payload">…</div> : <JsonView text={text} />
}

function Deaths({ message }: { readonly message: MessageInfo }): VNode | null {
  const deaths = deathsOf(message)
  if (deaths.length === 0) return null
  return (
    <div>
      <h3>{t('death.title')}</h3>
      <ul class="deaths">
        {deaths.map(({ queue, reason, exchange, routingKeys, count, at }) => (
          <li key={`${queue} ${reason}`}>
            <b>{tOr(`reason.${reason}`, reason)}</b> {t('death.in', { queue })}
            {count > 1 ? <span class="badge">×{count}</span> : null}
            <div class="muted small">
              {at === null ? '' : `${formatTime(at)} · `}
              {t('death.route', {
                exchange: exchange || t('exchange.default'),
                key: routingKeys.join(', ') || '–',
              })}
            </div>
          </li>
        ))}
      </ul>
    </div>
  )
}

function facts(message: MessageInfo): readonly Fact[] {
  const { headers = {}, ...properties } = message.properties
  const shownHeaders = Object.fromEntries(
    Object.entries(headers).filter(([name]) => !/^x-(first-|last-)?death/.test(name)),
  )
  const list: (Fact | false)[] = [
    { name: t('word.exchange'), value: message.exchange || t('exchange.default') },
    { name: t('field.routingKey'), value: <code>{message.routing_key || '–'}</code> },
    message.published_at !== undefined && {
      name: t('field.publishedAt'),
      value: formatTime(message.published_at),
    },
    message.redelivered && { name: t('field.redelivered'), value: t('word.yes') },
    (message.delivery_count ?? 0) > 0 && {
      name: t('field.deliveryCount'),
      value: String(message.delivery_count),
    },
    ...Object.entries(properties).map(([name, value]) => ({
      name,
      value: <span class="mono">{showValue(value)}</span>,
    })),
    Object.keys(shownHeaders).length > 0 && {
      name: t('field.headers'),
      value: <ArgumentList values={shownHeaders} />,
    },
  ]
  return list.filter((fact) => fact !== false)
}
