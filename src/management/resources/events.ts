// The event log: what happened in the broker of late, besides messages.

import type { BrokerEvent } from '../../broker/events.ts'
import { tableToJson } from '../../broker/json-values.ts'
import type { Resource } from '../route.ts'
import { countOf } from './browse.ts'

const eventsMax = 1000

export const events: Resource = ({ core }) => [
  {
    method: 'GET',
    path: '/events',
    access: 'monitoring',
    summary: 'What happened of late, the newest first: limit',
    answer: ({ query }) =>
      core.events.recent.newest(countOf(query.limit, 200, eventsMax)).map(eventView),
  },
]

export function eventView({ id, atMs, kind, attributes }: BrokerEvent): object {
  const detail = tableToJson(attributes)
  return {
    id,
    at: atMs,
    kind,
    vhost: detail.vhost ?? null,
    name: detail.name ?? detail.queue ?? detail.source_name ?? detail.consumer_tag ?? null,
    user: detail.user ?? null,
    detail,
  }
}
