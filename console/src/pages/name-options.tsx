// Suggestions for a field that names a queue or an exchange: the first few that match.

import type { VNode } from 'preact'
import { apiPath, withQuery } from '../api/paths.ts'
import { useResource } from '../api/poll.ts'
import type { Page } from '../api/types.ts'

export interface NameOptionsProps {
  readonly id: string
  readonly kind: 'queues' | 'exchanges'
  readonly vhost: string
  readonly name: string
}

const shownMax = 20

export function NameOptions({ id, kind, vhost, name }: NameOptionsProps): VNode {
  const query = { page: 1, page_size: shownMax, name, columns: 'name', pagination: true }
  const found = useResource<Page<{ readonly name: string }>>(
    withQuery(apiPath(kind, vhost), query),
    { repeat: false },
  )
  return (
    <datalist id={id}>
      {(found.data?.items ?? [])
        .filter((item) => item.name !== '')
        .map((item) => (
          <option key={item.name} value={item.name} />
        ))}
    </datalist>
  )
}
