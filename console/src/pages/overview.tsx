// The first page: how much waits, how fast it moves, how the node is, who listens where.

import type { VNode } from 'preact'
import { withQuery } from '../api/paths.ts'
import { type Resource, useResource } from '../api/poll.ts'
import type { NodeInfo, Overview } from '../api/types.ts'
import { formatCount, formatRate } from '../format/number.ts'
import { countOf, rateOf } from '../format/samples.ts'
import { type TextKey, t } from '../i18n/translate.ts'
import { language } from '../state/preferences.ts'
import { hasTag } from '../state/session.ts'
import { Figure, Page, Panel } from '../ui/page.tsx'
import { Loaded } from '../ui/states.tsx'
import { Table } from '../ui/table.tsx'
import { useLiveOverview } from './live-overview.ts'
import { NodePanel } from './node-panel.tsx'
import { DepthChart, historyQuery, messageLines, RateChart } from './stat-charts.tsx'

export function OverviewPage(): VNode {
  const overview = useResource<Overview>(withQuery('overview', historyQuery))
  const live = useLiveOverview()
  const nodes = useResource<readonly NodeInfo[]>(hasTag('monitoring') ? 'nodes' : null)
  return (
    <Page title={t('nav.overview')}>
      <Loaded from={overview}>
        {(data) => (
          <>
            <Totals overview={{ ...data, ...live }} />
            <div class="columns stretch">
              <DepthChart stats={data.queue_totals} />
              <RateChart stats={data.message_stats} lines={messageLines} />
            </div>
            <Node nodes={nodes} />
            <div class="columns">
              <Listeners overview={data} />
              <Churn overview={data} />
            </div>
          </>
        )}
      </Loaded>
    </Page>
  )
}

const objects = ['connections', 'channels', 'consumers', 'exchanges', 'queues'] as const

function Totals({ overview }: { readonly overview: Overview }): VNode {
  const { queue_totals: totals, message_stats: stats, object_totals: counts } = overview
  const count = (value: number | undefined): string => formatCount(value ?? 0, language.value)
  const rate = (value: number | undefined): string => formatRate(value ?? 0, language.value)
  return (
    <>
      <div class="figures">
        <Figure
          label={t('stat.ready')}
          value={count(countOf(totals, 'messages_ready'))}
          colour="var(--chart-ready)"
        />
        <Figure
          label={t('stat.unacked')}
          value={count(countOf(totals, 'messages_unacknowledged'))}
          colour="var(--chart-unacked)"
        />
        <Figure
          label={t('stat.publish')}
          value={rate(rateOf(stats, 'publish'))}
          colour="var(--chart-in)"
        />
        <Figure
          label={t('stat.deliver')}
          value={rate(rateOf(stats, 'deliver_get'))}
          colour="var(--chart-out)"
        />
        <Figure
          label={t('stat.ack')}
          value={rate(rateOf(stats, 'ack'))}
          colour="var(--chart-ack)"
        />
      </div>
      <div class="figures">
        {objects.map((key) => (
          <Figure key={key} label={t(`nav.${key}`)} value={count(counts?.[key])} to={`#/${key}`} />
        ))}
      </div>
    </>
  )
}

function Node({ nodes }: { readonly nodes: Resource<readonly NodeInfo[]> }): VNode {
  return (
    <>
      {(nodes.data ?? []).map((node) => (
        <NodePanel key={node.name} node={node} />
      ))}
    </>
  )
}

function Listeners({ overview }: { readonly overview: Overview }): VNode {
  const rows = (overview.listeners ?? []).map(({ protocol, ip_address, port }) => ({
    protocol,
    address: ip_address === '::' || ip_address === '0.0.0.0' ? t('listener.all') : ip_address,
    port,
  }))
  return (
    <Panel title={t('overview.listeners')} flush>
      <Table
        label={t('overview.listeners')}
        rows={rows}
        rowKey={(row) => `${row.protocol}${row.address}${row.port}`}
        columns={[
          { key: 'protocol', title: t('field.protocol'), cell: (row) => row.protocol },
          { key: 'address', title: t('field.address'), cell: (row) => row.address },
          { key: 'port', title: t('field.port'), cell: (row) => row.port, number: true },
        ]}
      />
    </Panel>
  )
}

const churn: readonly { readonly name: string; readonly label: TextKey }[] = [
  { name: 'connection_created', label: 'churn.connectionsOpened' },
  { name: 'connection_closed', label: 'churn.connectionsClosed' },
  { name: 'channel_created', label: 'churn.channelsOpened' },
  { name: 'channel_closed', label: 'churn.channelsClosed' },
  { name: 'queue_declared', label: 'churn.queuesDeclared' },
  { name: 'queue_created', label: 'churn.queuesCreated' },
  { name: 'queue_deleted', label: 'churn.queuesDeleted' },
]

function Churn({ overview }: { readonly overview: Overview }): VNode {
  const rates = overview.churn_rates
  return (
    <Panel title={t('overview.churn')} flush>
      <Table
        label={t('overview.churn')}
        rows={churn}
        rowKey={({ name }) => name}
        columns={[
          { key: 'what', title: t('field.what'), cell: ({ label }) => t(label) },
          {
            key: 'rate',
            title: t('field.rate'),
            number: true,
            cell: ({ name }) => formatRate(rateOf(rates, name) ?? 0, language.value),
          },
          {
            key: 'count',
            title: t('field.sinceStart'),
            number: true,
            cell: ({ name }) => formatCount(countOf(rates, name) ?? 0, language.value),
          },
        ]}
      />
    </Panel>
  )
}
