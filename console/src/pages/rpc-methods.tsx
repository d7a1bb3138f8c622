// The methods that were called: how often, how fast, and what went wrong.

import type { VNode } from 'preact'
import type { GatewayMethod } from '../api/gateway-types.ts'
import { formatCount, formatRate, formatTime } from '../format/number.ts'
import { t } from '../i18n/translate.ts'
import { language } from '../state/preferences.ts'
import { Button } from '../ui/button.tsx'
import { Sparkline } from '../ui/sparkline.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { formatLatency } from './rpc-format.ts'

export interface MethodTableProps {
  readonly methods: readonly GatewayMethod[]
  readonly tryOut: (method: GatewayMethod) => void
}

export function MethodTable({ methods, tryOut }: MethodTableProps): VNode {
  return (
    <Table
      label={t('rpc.methods')}
      rows={methods}
      rowKey={({ gateway, name }) => `${gateway} ${name}`}
      columns={[nameColumn(), rateColumn(), ...latencyColumns(), ...countColumns(), tail(tryOut)]}
      sortBy="rate"
      descending
    />
  )
}

type MethodColumn = Column<GatewayMethod>

function nameColumn(): MethodColumn {
  return {
    key: 'name',
    title: t('rpc.method'),
    sort: ({ name }) => name,
    cell: ({ name, gateway, target }) => (
      <>
        <code class="method">{name}</code>
        <div class="small muted method-way">
          {gateway} → {target}
        </div>
      </>
    ),
  }
}

function rateColumn(): MethodColumn {
  return {
    key: 'rate',
    title: t('field.rate'),
    sort: ({ rate, calls }) => rate + calls / 1e12,
    number: true,
    cell: ({ rate, rates }) => (
      <span class="spark-cell">
        <Sparkline values={rates} />
        <span>{formatRate(rate, language.value)}</span>
      </span>
    ),
  }
}

function latencyColumns(): readonly MethodColumn[] {
  return (['p50', 'p95', 'p99'] as const).map((key) => ({
    key,
    title: key,
    sort: ({ latency_ms: latency }) => latency?.[key] ?? -1,
    number: true,
    wide: key !== 'p95',
    cell: ({ latency_ms: latency }) => formatLatency(latency?.[key]),
  }))
}

function countColumns(): readonly MethodColumn[] {
  const count = (value: number): string => formatCount(value, language.value)
  const bad = (value: number): VNode | string =>
    value > 0 ? <span class="bad-text">{count(value)}</span> : count(value)
  return [
    {
      key: 'calls',
      title: t('rpc.callCount'),
      sort: ({ calls }) => calls,
      number: true,
      wide: true,
      cell: ({ calls }) => count(calls),
    },
    {
      key: 'errors',
      title: t('rpc.errors'),
      sort: ({ errors }) => errors,
      number: true,
      cell: ({ errors }) => bad(errors),
    },
    {
      key: 'busy',
      title: t('rpc.busy'),
      sort: ({ busy }) => busy,
      number: true,
      wide: true,
      cell: ({ busy }) => bad(busy),
    },
    {
      key: 'timeouts',
      title: t('rpc.timeouts'),
      sort: ({ timeouts }) => timeouts,
      number: true,
      wide: true,
      cell: ({ timeouts }) => bad(timeouts),
    },
    {
      key: 'last',
      title: t('rpc.lastError'),
      wide: true,
      cell: ({ last_error: last }) =>
        last === null ? (
          <span class="muted">–</span>
        ) : (
          <span class="clip small last-error" title={last.text}>
            {formatTime(last.at)} <b>{last.code}</b> {last.text}
          </span>
        ),
    },
  ]
}

function tail(tryOut: (method: GatewayMethod) => void): MethodColumn {
  return {
    key: 'try',
    title: '',
    tail: true,
    cell: (method) => (
      <Button small onPress={() => tryOut(method)}>
        {t('rpc.tryShort')}
      </Button>
    ),
  }
}
