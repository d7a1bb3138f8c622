// Messages that the broker dropped lately, and why: what other brokers only count.

import type { VNode } from 'preact'
import { listPath } from '../api/paths.ts'
import { useResource } from '../api/poll.ts'
import type { Drop } from '../api/types.ts'
import { formatBytes, formatTime } from '../format/number.ts'
import { t, tOr } from '../i18n/translate.ts'
import { hrefWith } from '../router/route.ts'
import { vhost } from '../state/preferences.ts'
import { Panel } from '../ui/page.tsx'
import { Empty, Failure } from '../ui/states.tsx'
import { Table } from '../ui/table.tsx'

const shownMax = 40

export function RecentDrops(): VNode | null {
  const drops = useResource<readonly Drop[]>(`${listPath('drops', vhost.value)}?limit=200`)
  if (drops.error?.status === 404) return null
  return (
    <Panel title={t('drops.title')} flush>
      {drops.error === null ? null : <Failure error={drops.error} retry={drops.reload} />}
      {(drops.data ?? []).length === 0 ? (
        <Empty title={t('drops.none')}>{t('drops.noneText')}</Empty>
      ) : (
        <DropTable drops={(drops.data ?? []).slice(0, shownMax)} />
      )}
    </Panel>
  )
}

function DropTable({ drops }: { readonly drops: readonly Drop[] }): VNode {
  return (
    <Table
      label={t('drops.title')}
      rows={drops}
      rowKey={(row, index) => `${row.at} ${index}`}
      columns={[
        {
          key: 'at',
          title: t('field.time'),
          sort: (row) => row.at,
          cell: (row) => formatTime(row.at),
        },
        {
          key: 'reason',
          title: t('field.reason'),
          sort: (row) => row.reason,
          cell: (row) => <span class="badge bad">{tOr(`reason.${row.reason}`, row.reason)}</span>,
        },
        {
          key: 'exchange',
          title: t('word.exchange'),
          sort: (row) => row.exchange,
          cell: (row) => (
            <a
              href={hrefWith(
                { vhost: row.vhost, exchange: row.exchange, key: row.routing_key },
                'explain',
              )}
            >
              {row.exchange || t('exchange.default')}
            </a>
          ),
        },
        {
          key: 'key',
          title: t('field.routingKey'),
          sort: (row) => row.routing_key,
          cell: (row) => <code>{row.routing_key || '–'}</code>,
        },
        { key: 'queue', title: t('word.queue'), wide: true, cell: (row) => row.queue ?? '–' },
        {
          key: 'size',
          title: t('field.size'),
          number: true,
          wide: true,
          sort: (row) => row.payload_bytes,
          cell: (row) =>
            `${formatBytes(row.payload_bytes)}${(row.count ?? 1) > 1 ? ` ×${row.count}` : ''}`,
        },
      ]}
    />
  )
}
