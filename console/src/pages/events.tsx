// Alarms that are raised now, and what has happened lately.

import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { readEvents } from '../api/live.ts'
import { useResource } from '../api/poll.ts'
import type { BrokerEvent, NodeInfo } from '../api/types.ts'
import { formatBytes, formatTime } from '../format/number.ts'
import { t, tOr } from '../i18n/translate.ts'
import { Icon } from '../ui/icon.tsx'
import { Page, Panel } from '../ui/page.tsx'
import { Empty, Failure, Loaded, Loading, Notice } from '../ui/states.tsx'
import { Table } from '../ui/table.tsx'
import { showValue } from './argument-list.tsx'

export function EventsPage(): VNode {
  return (
    <Page title={t('nav.events')}>
      <AlarmPanel />
      <EventPanel />
    </Page>
  )
}

function AlarmPanel(): VNode {
  const nodes = useResource<readonly NodeInfo[]>('nodes')
  return (
    <Panel title={t('alarms.title')}>
      <Loaded from={nodes}>
        {(all) => {
          const raised = all.flatMap(alarmsOf)
          if (raised.length === 0) {
            return <p class="state good">{t('alarms.none')}</p>
          }
          return (
            <div class="stack">
              {raised.map((text) => (
                <Notice key={text} kind="bad">
                  {text}
                </Notice>
              ))}
            </div>
          )
        }}
      </Loaded>
    </Panel>
  )
}

function alarmsOf(node: NodeInfo): readonly string[] {
  const { name, mem_used, mem_limit, disk_free, disk_free_limit } = node
  const memory = { node: name, used: formatBytes(mem_used), limit: formatBytes(mem_limit) }
  const disk = { node: name, free: formatBytes(disk_free), limit: formatBytes(disk_free_limit) }
  return [
    ...(node.mem_alarm ? [t('alarms.memory', memory)] : []),
    ...(node.disk_free_alarm ? [t('alarms.disk', disk)] : []),
  ]
}

const keptMax = 1000

function EventPanel(): VNode {
  const first = useResource<readonly BrokerEvent[]>('events?limit=200', { repeat: false })
  const [live, setLive] = useState<readonly BrokerEvent[]>([])
  const [text, setText] = useState('')
  useEffect(() => {
    const abort = new AbortController()
    const take = (name: string, data: string): void => {
      if (name !== 'event') return
      setLive((before) => [JSON.parse(data) as BrokerEvent, ...before].slice(0, keptMax))
    }
    // Without a stream the list stays as it was asked for; `refresh` brings the rest.
    readEvents('stream?overview=false', take, abort.signal).catch(() => undefined)
    return () => abort.abort()
  }, [])
  if (first.error?.status === 404) {
    return (
      <Panel title={t('events.title')}>
        <Empty title={t('events.notOffered')}>{t('events.notOfferedText')}</Empty>
      </Panel>
    )
  }
  const all = new Map([...live, ...(first.data ?? [])].map((event) => [event.id, event]))
  const shown = [...all.values()]
    .filter((event) => JSON.stringify(event).toLowerCase().includes(text.toLowerCase()))
    .sort((a, b) => b.id - a.id)
  return (
    <Panel
      title={t('events.title')}
      flush
      actions={
        <div class="search">
          <Icon name="search" />
          <input
            type="search"
            value={text}
            placeholder={t('list.filter')}
            aria-label={t('list.filter')}
            data-filter="true"
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </div>
      }
    >
      {first.error === null ? null : <Failure error={first.error} retry={first.reload} />}
      {first.data === null ? (
        <Loading />
      ) : shown.length === 0 ? (
        <Empty title={t('events.none')}>{t('events.noneText')}</Empty>
      ) : (
        <EventTable events={shown.slice(0, 300)} />
      )}
    </Panel>
  )
}

function EventTable({ events }: { readonly events: readonly BrokerEvent[] }): VNode {
  return (
    <Table
      label={t('events.title')}
      rows={events}
      rowKey={(row) => String(row.id)}
      columns={[
        {
          key: 'at',
          title: t('field.time'),
          cell: (row) => <span class="nowrap">{formatTime(row.at)}</span>,
        },
        {
          key: 'kind',
          title: t('field.event'),
          cell: (row) => (
            <span class={`badge ${toneOf(row.kind)}`}>{tOr(`event.${row.kind}`, row.kind)}</span>
          ),
        },
        {
          key: 'name',
          title: t('field.name'),
          cell: (row) => (
            <span class="clip" title={row.name ?? ''}>
              {titleOf(row)}
            </span>
          ),
        },
        { key: 'vhost', title: t('word.vhost'), wide: true, cell: (row) => row.vhost ?? '–' },
        { key: 'user', title: t('field.user'), wide: true, cell: (row) => row.user ?? '–' },
        {
          key: 'detail',
          title: t('field.detail'),
          wide: true,
          cell: (row) => <Detail event={row} />,
        },
      ]}
    />
  )
}

/** What stands in columns of its own, and what nobody reads a log for. */
const told = new Set(
  `name vhost user queue consumer_tag source_name source_kind destination_name destination_kind
  number host port protocol connection_type frame_max channel_max timeout connected_at`.split(
    /\s+/,
  ),
)

function Detail({ event }: { readonly event: BrokerEvent }): VNode {
  const parts = Object.entries(event.detail ?? {})
    .filter(([name, value]) => !told.has(name) && value !== false && value !== '')
    .filter(([, value]) => JSON.stringify(value) !== '{}' && JSON.stringify(value) !== '[]')
    .map(([name, value]) => `${name} ${showValue(value)}`)
  return <span class="small muted mono">{parts.join(' · ')}</span>
}

/** A binding has two ends, a connection often a better name than its addresses. */
function titleOf({ name, detail }: BrokerEvent): string {
  const {
    source_name: source,
    destination_name: destination,
    user_provided_name: given,
  } = detail ?? {}
  if (typeof destination === 'string') return `${source || t('exchange.default')} → ${destination}`
  return typeof given === 'string' && given !== '' ? given : (name ?? '–')
}

function toneOf(kind: string): string {
  if (/failure|alarm\.set/.test(kind)) return 'bad'
  if (/deleted|closed|cleared/.test(kind)) return 'warn'
  if (/created|set|authentication\.success/.test(kind)) return 'good'
  return ''
}
