// A queue at a glance: figures, charts, settings, consumers.

import type { VNode } from 'preact'
import type { QueueInfo, Stats } from '../api/types.ts'
import {
  formatBytes,
  formatCount,
  formatPercent,
  formatRate,
  formatTime,
} from '../format/number.ts'
import { rateOf } from '../format/samples.ts'
import { t } from '../i18n/translate.ts'
import { language } from '../state/preferences.ts'
import { type Fact, Facts, Figure, Panel } from '../ui/page.tsx'
import { Empty } from '../ui/states.tsx'
import { ArgumentList } from './argument-list.tsx'
import { ConsumerTable } from './consumer-table.tsx'
import { DepthChart, messageLines, RateChart } from './stat-charts.tsx'

export function QueueOverview({ queue }: { readonly queue: QueueInfo }): VNode {
  const stats = queue.message_stats
  const count = (value: number | undefined): string => formatCount(value ?? 0, language.value)
  const rate = (name: string): string => formatRate(rateOf(stats, name) ?? 0, language.value)
  return (
    <>
      <div class="figures">
        <Figure
          label={t('stat.ready')}
          value={count(queue.messages_ready)}
          colour="var(--chart-ready)"
        />
        <Figure
          label={t('stat.unacked')}
          value={count(queue.messages_unacknowledged)}
          colour="var(--chart-unacked)"
        />
        <Figure label={t('stat.publish')} value={rate('publish')} colour="var(--chart-in)" />
        <Figure label={t('stat.deliver')} value={rate('deliver_get')} colour="var(--chart-out)" />
        <Figure label={t('stat.ack')} value={rate('ack')} colour="var(--chart-ack)" />
        <Figure label={t('nav.consumers')} value={count(queue.consumers)} />
      </div>
      <div class="columns stretch">
        <DepthChart stats={levelStats(queue)} />
        <RateChart stats={stats} lines={messageLines} />
      </div>
      <div class="columns">
        <Panel title={t('queue.settings')}>
          <Facts facts={settings(queue)} />
        </Panel>
        <Panel title={t('nav.consumers')} flush>
          {(queue.consumer_details ?? []).length === 0 ? (
            <Empty title={t('consumers.empty')}>{t('consumers.emptyQueue')}</Empty>
          ) : (
            <ConsumerTable consumers={queue.consumer_details ?? []} without="queue" />
          )}
        </Panel>
      </div>
    </>
  )
}

/** A queue has its levels beside its name; the overview has them in `queue_totals`. */
function levelStats(queue: QueueInfo): Stats {
  const names = ['messages', 'messages_ready', 'messages_unacknowledged'] as const
  const details = names.map((name) => [`${name}_details`, queue[`${name}_details`]])
  return Object.fromEntries(details) as Stats
}

function settings(queue: QueueInfo): readonly Fact[] {
  const facts: (Fact | false)[] = [
    { name: t('field.type'), value: queue.type ?? 'classic' },
    { name: t('field.arguments'), value: <ArgumentList values={queue.arguments} /> },
    { name: t('field.policy'), value: queue.policy || '–' },
    Boolean(queue.operator_policy) && {
      name: t('field.operatorPolicy'),
      value: queue.operator_policy,
    },
    {
      name: t('field.effective'),
      value: <ArgumentList values={queue.effective_policy_definition ?? {}} />,
    },
    { name: t('field.size'), value: formatBytes(queue.message_bytes) },
    queue.consumer_utilisation !== undefined && {
      name: t('field.capacity'),
      value: formatPercent(queue.consumer_utilisation),
    },
    typeof queue.head_message_timestamp === 'number' && {
      name: t('field.headTime'),
      value: formatTime(queue.head_message_timestamp * 1000),
    },
    queue.idle_since !== undefined && {
      name: t('field.idleSince'),
      value: String(queue.idle_since),
    },
  ]
  return facts.filter((fact) => fact !== false)
}
