// Who is connected to a gateway, and how much of the calling is theirs.

import type { VNode } from 'preact'
import type { GatewayCaller } from '../api/gateway-types.ts'
import { formatCount, formatDuration } from '../format/number.ts'
import { t } from '../i18n/translate.ts'
import { language } from '../state/preferences.ts'
import { Table } from '../ui/table.tsx'

export function CallerTable({ callers }: { readonly callers: readonly GatewayCaller[] }): VNode {
  const count = (value: number): string => formatCount(value, language.value)
  return (
    <Table
      label={t('rpc.callers')}
      rows={callers}
      rowKey={({ gateway, name }) => `${gateway} ${name}`}
      sortBy="calls"
      descending
      columns={[
        {
          key: 'name',
          title: t('field.address'),
          sort: ({ name }) => name,
          cell: ({ name, gateway }) => (
            <>
              <code>{name}</code>
              <div class="small muted">{gateway}</div>
            </>
          ),
        },
        { key: 'user', title: t('field.user'), sort: ({ user }) => user, cell: ({ user }) => user },
        {
          key: 'since',
          title: t('rpc.since'),
          sort: ({ connected_at: at }) => at,
          number: true,
          wide: true,
          cell: ({ connected_at: at }) => formatDuration(Date.now() - at),
        },
        {
          key: 'calls',
          title: t('rpc.callCount'),
          sort: ({ calls }) => calls,
          number: true,
          cell: ({ calls }) => count(calls),
        },
        {
          key: 'running',
          title: t('rpc.running'),
          sort: ({ running_calls: running }) => running,
          number: true,
          cell: ({ running_calls: running }) => count(running),
        },
      ]}
    />
  )
}
