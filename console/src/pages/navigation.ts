// The map of the console: which pages there are, in which group, and who gets to see them.

import { type TextKey, t } from '../i18n/translate.ts'
import { href } from '../router/route.ts'
import { hasTag } from '../state/session.ts'

interface Entry {
  readonly key: string
  readonly label: TextKey
  /** Tags of which one is needed; empty: everybody. */
  readonly tags: readonly string[]
  /** Member of the overview's `object_totals` to show beside it. */
  readonly count?: string
}

export interface Group {
  readonly label: string
  readonly entries: readonly { key: string; label: string; to: string; count?: string }[]
}

const groups: readonly { readonly label: TextKey; readonly entries: readonly Entry[] }[] = [
  {
    label: 'nav.traffic',
    entries: [
      { key: '', label: 'nav.overview', tags: [] },
      { key: 'connections', label: 'nav.connections', tags: [], count: 'connections' },
      { key: 'channels', label: 'nav.channels', tags: [], count: 'channels' },
      { key: 'consumers', label: 'nav.consumers', tags: [], count: 'consumers' },
      { key: 'rpc', label: 'nav.rpc', tags: [] },
    ],
  },
  {
    label: 'nav.burrows',
    entries: [
      { key: 'queues', label: 'nav.queues', tags: [], count: 'queues' },
      { key: 'exchanges', label: 'nav.exchanges', tags: [], count: 'exchanges' },
      { key: 'explain', label: 'nav.explain', tags: [] },
      { key: 'delayed', label: 'nav.delayed', tags: [] },
      { key: 'dead-letters', label: 'nav.deadLetters', tags: [] },
    ],
  },
  {
    label: 'nav.admin',
    entries: [
      { key: 'users', label: 'nav.users', tags: ['administrator'] },
      { key: 'permissions', label: 'nav.permissions', tags: ['administrator'] },
      { key: 'vhosts', label: 'nav.vhosts', tags: [] },
      { key: 'limits', label: 'nav.limits', tags: ['administrator'] },
      { key: 'policies', label: 'nav.policies', tags: ['policymaker'] },
      { key: 'definitions', label: 'nav.definitions', tags: ['administrator'] },
      { key: 'events', label: 'nav.events', tags: ['monitoring'] },
    ],
  },
]

export function visibleGroups(): readonly Group[] {
  return groups
    .map(({ label, entries }) => ({
      label: t(label),
      entries: entries
        .filter(({ tags }) => tags.length === 0 || hasTag(...tags))
        .map(({ key, label, count }) => ({
          key,
          label: t(label),
          to: key === '' ? '#/' : href(key),
          ...(count === undefined ? {} : { count }),
        })),
    }))
    .filter(({ entries }) => entries.length > 0)
}

export function allPages(): readonly { label: string; to: string }[] {
  return visibleGroups().flatMap(({ entries }) => entries)
}
