// The channels of one connection.

import type { VNode } from 'preact'
import type { ChannelInfo } from '../api/types.ts'
import { formatCount } from '../format/number.ts'
import { t } from '../i18n/translate.ts'
import { href } from '../router/route.ts'
import { State } from '../ui/badges.tsx'
import { Table } from '../ui/table.tsx'

export function ChannelTable({ channels }: { readonly channels: readonly ChannelInfo[] }): VNode {
  return (
    <Table
      label={t('nav.channels')}
      rows={channels}
      rowKey={(row) => row.name}
      sortBy="number"
      columns={[
        {
          key: 'number',
          title: t('word.channel'),
          sort: (row) => row.number ?? 0,
          cell: (row) => <a href={href('channels', row.name)}>{row.number ?? row.name}</a>,
        },
        { key: 'state', title: t('field.state'), cell: (row) => <State state={row.state} /> },
        { key: 'mode', title: t('field.mode'), cell: (row) => <ChannelMode channel={row} /> },
        {
          key: 'prefetch',
          title: t('field.prefetch'),
          number: true,
          cell: (row) => (row.prefetch_count ? String(row.prefetch_count) : '∞'),
        },
        {
          key: 'unacked',
          title: t('stat.unackedShort'),
          number: true,
          cell: (row) => formatCount(row.messages_unacknowledged ?? 0),
        },
      ]}
    />
  )
}

export function ChannelMode({ channel }: { readonly channel: ChannelInfo }): VNode {
  return (
    <span class="badges">
      {channel.confirm ? <span class="badge blue">{t('channel.confirm')}</span> : null}
      {channel.transactional ? (
        <span class="badge violet">{t('channel.transactional')}</span>
      ) : null}
      {channel.confirm || channel.transactional ? null : <span class="muted">–</span>}
    </span>
  )
}
