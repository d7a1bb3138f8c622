// All queues: however many there are, sorted and filtered by the broker.

import type { VNode } from 'preact'
import type { QueueInfo } from '../api/types.ts'
import { formatCount, formatRate } from '../format/number.ts'
import { rateOf } from '../format/samples.ts'
import { t } from '../i18n/translate.ts'
import { href } from '../router/route.ts'
import { language, vhost } from '../state/preferences.ts'
import { Marks, queueMarks, State } from '../ui/badges.tsx'
import { ListPage } from '../ui/list-page.tsx'
import type { GridColumn } from '../ui/virtual-table.tsx'
import { AddQueue } from './queue-add.tsx'

/** What the rows show, and no more: ten thousand rows shall stay cheap to send. */
const fields =
  'name,vhost,type,state,durable,auto_delete,exclusive,arguments,policy,effective_policy_definition,consumers,messages,messages_ready,messages_unacknowledged,message_stats.publish_details.rate,message_stats.deliver_get_details.rate,message_stats.ack_details.rate'

const count = (value: number | undefined): string => formatCount(value ?? 0, language.value)

function rateColumn(key: string, title: string, name: string): GridColumn<QueueInfo> {
  return {
    key,
    title,
    width: '82px',
    number: true,
    wide: true,
    sort: `message_stats.${name}_details.rate`,
    cell: (queue) => rate(rateOf(queue.message_stats, name)),
  }
}

/** Silence is not worth a digit. */
function rate(value: number | undefined): VNode | string {
  if (value === undefined || value === 0) return <span class="muted">–</span>
  return formatRate(value, language.value)
}

function columns(): readonly GridColumn<QueueInfo>[] {
  return [
    {
      key: 'name',
      title: t('field.name'),
      width: 'minmax(150px, 3fr)',
      sort: 'name',
      cell: (queue) => (
        <a href={href('queues', queue.vhost, queue.name)} title={queue.name}>
          {queue.name}
        </a>
      ),
    },
    ...(vhost.value === ''
      ? [
          {
            key: 'vhost',
            title: t('word.vhost'),
            width: 'minmax(98px, 0.6fr)',
            sort: 'vhost',
            wide: true,
            cell: (queue: QueueInfo) => queue.vhost,
          },
        ]
      : []),
    {
      key: 'marks',
      title: t('field.features'),
      width: 'minmax(148px, 1.5fr)',
      wide: true,
      cell: (queue) => <Marks marks={queueMarks(queue)} />,
    },
    {
      key: 'state',
      title: t('field.state'),
      width: '92px',
      sort: 'state',
      wide: true,
      cell: (queue) => <State state={queue.state} />,
    },
    {
      key: 'depth',
      title: t('chart.messages'),
      width: '84px',
      wide: true,
      cell: (queue) => <Depth queue={queue} />,
    },
    {
      key: 'ready',
      title: t('stat.ready'),
      width: '92px',
      number: true,
      sort: 'messages_ready',
      cell: (queue) => count(queue.messages_ready),
    },
    {
      key: 'unacked',
      title: t('stat.unackedShort'),
      width: '84px',
      number: true,
      sort: 'messages_unacknowledged',
      cell: (queue) => count(queue.messages_unacknowledged),
    },
    rateColumn('in', t('stat.in'), 'publish'),
    rateColumn('out', t('stat.out'), 'deliver_get'),
    rateColumn('ack', t('stat.ackShort'), 'ack'),
    {
      key: 'consumers',
      title: t('nav.consumers'),
      width: '96px',
      number: true,
      sort: 'consumers',
      wide: true,
      cell: (queue) => count(queue.consumers),
    },
  ]
}

/** Ten messages and ten million must both be seen: the length is a logarithm. */
function Depth({ queue }: { readonly queue: QueueInfo }): VNode {
  const { messages_ready: ready = 0, messages_unacknowledged: unacked = 0 } = queue
  const total = ready + unacked
  const length = total === 0 ? 0 : Math.min(1, Math.log10(total + 1) / 7)
  const width = (share: number): string => `${total === 0 ? 0 : (share / total) * length * 100}%`
  return (
    <span class="depth" aria-hidden="true">
      <i class="unacked" style={{ width: width(unacked) }} />
      <i class="ready" style={{ width: width(ready) }} />
    </span>
  )
}

export function QueuesPage(): VNode {
  return (
    <ListPage<QueueInfo>
      title={t('nav.queues')}
      kind="queues"
      fields={fields}
      columns={columns()}
      order={{ by: 'name', down: false }}
      actions={<AddQueue />}
      emptyTitle={t('queues.empty')}
      emptyText={t('queues.emptyText')}
    />
  )
}
