// Consumers of a queue, of a channel, or of all.

import type { VNode } from 'preact'
import type { ConsumerInfo } from '../api/types.ts'
import { t } from '../i18n/translate.ts'
import { href } from '../router/route.ts'
import { type Column, Table } from '../ui/table.tsx'

export interface ConsumerTableProps {
  readonly consumers: readonly ConsumerInfo[]
  /** Whose page it is: a column that says the same in each row is left out. */
  readonly without: 'queue' | 'channel' | ''
}

export function ConsumerTable({ consumers, without }: ConsumerTableProps): VNode {
  const columns: readonly Column<ConsumerInfo>[] = [
    {
      key: 'tag',
      title: t('field.consumerTag'),
      sort: (row) => row.consumer_tag,
      cell: (row) => <span class="mono">{row.consumer_tag}</span>,
    },
    ...(without === 'queue'
      ? []
      : [
          {
            key: 'queue',
            title: t('word.queue'),
            sort: (row: ConsumerInfo) => row.queue.name,
            cell: (row: ConsumerInfo) => (
              <a href={href('queues', row.queue.vhost, row.queue.name)}>{row.queue.name}</a>
            ),
          },
        ]),
    ...(without === 'channel'
      ? []
      : [
          {
            key: 'channel',
            title: t('word.channel'),
            wide: true,
            sort: (row: ConsumerInfo) => row.channel_details?.name ?? '',
            cell: (row: ConsumerInfo) => <ChannelLink name={row.channel_details?.name} />,
          },
        ]),
    {
      key: 'ack',
      title: t('field.ackMode'),
      cell: (row) => t(row.ack_required ? 'ack.manual' : 'ack.automatic'),
    },
    {
      key: 'prefetch',
      title: t('field.prefetch'),
      number: true,
      sort: (row) => row.prefetch_count ?? 0,
      cell: (row) => (row.prefetch_count ? String(row.prefetch_count) : '∞'),
    },
    {
      key: 'active',
      title: t('field.active'),
      wide: true,
      cell: (row) => (
        <span class="badges">
          {row.active === false ? (
            <span class="badge">{t('consumer.waiting')}</span>
          ) : (
            <span class="badge good">{t('consumer.active')}</span>
          )}
          {row.exclusive ? <span class="badge">{t('mark.exclusive')}</span> : null}
        </span>
      ),
    },
  ]
  return (
    <Table
      label={t('nav.consumers')}
      columns={columns}
      rows={consumers}
      rowKey={(row, index) => `${row.channel_details?.name}${row.consumer_tag}${index}`}
      sortBy="tag"
    />
  )
}

export function ChannelLink({ name }: { readonly name: string | undefined }): VNode {
  if (name === undefined) return <span class="muted">–</span>
  return (
    <a class="nowrap" href={href('channels', name)} title={name}>
      {shortChannel(name)}
    </a>
  )
}

/** `1.2.3.4:5000 -> 5.6.7.8:5672 (1)` is `1.2.3.4:5000 (1)`: the broker's side is the same for all. */
function shortChannel(name: string): string {
  return name.replace(/ -> \S+(?= \(\d+\)$)/, '')
}
