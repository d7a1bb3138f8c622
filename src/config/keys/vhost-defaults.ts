// What virtual hosts of certain names get when they are created: limits, operator policies and users,
// for RabbitMQ's keys of the same names.

import type { DefaultLimits, DefaultPolicy, DefaultUser } from '../config.ts'
import type { Setting } from '../setting.ts'
import { joinedSection } from '../setting.ts'
import { bytes, integer, text, type ValueType } from '../value-types.ts'

const defaults = joinedSection('vhostDefaults')

const pattern: ValueType<string> = {
  name: 'regular expression',
  parse(given) {
    try {
      new RegExp(given, 'u')
    } catch {
      throw new RangeError(`expected a regular expression, got '${given}'`)
    }
    return given
  },
}

const noLimits: DefaultLimits = { pattern: '.*', limits: {} }
const noPolicy: DefaultPolicy = { vhostPattern: '.*', queuePattern: '.*', definition: {} }
const noUser: DefaultUser = {
  vhostPattern: '.*',
  password: null,
  tags: [],
  configure: '.*',
  write: '.*',
  read: '.*',
}

type Named<T> = Readonly<Record<string, T>>

function changed<T>(all: Named<T>, name: string, byDefault: T, change: (one: T) => T): Named<T> {
  return { ...all, [name]: change(all[name] ?? byDefault) }
}

function limit(key: string, name: string, documentation: string): Setting {
  return defaults('limits', {
    key: `default_limits.vhosts.$id.${key}`,
    type: integer(-1),
    join: ({ current, value, captured }) =>
      changed(current, captured, noLimits, (one) => ({
        ...one,
        limits: { ...one.limits, [name]: value },
      })),
    documentation,
  })
}

function policyKey(key: string, type: ValueType<number>): Setting {
  const name = key.replaceAll('_', '-')
  return defaults('operatorPolicies', {
    key: `default_policies.operator.$id.${key}`,
    type,
    join: ({ current, value, captured }) =>
      changed(current, captured, noPolicy, (one) => ({
        ...one,
        definition: { ...one.definition, [name]: value },
      })),
    documentation: `\`${name}\` of the operator policy.`,
  })
}

function userKey(key: 'configure' | 'write' | 'read', documentation: string): Setting {
  return defaults('users', {
    key: `default_users.$name.${key}`,
    type: pattern,
    join: ({ current, value, captured }) =>
      changed(current, captured, noUser, (one) => ({ ...one, [key]: value })),
    documentation,
  })
}

export const vhostDefaultSettings: readonly Setting[] = [
  defaults('limits', {
    key: 'default_limits.vhosts.$id.pattern',
    type: pattern,
    byDefault: {},
    defaultText: '`.*`',
    join: ({ current, value, captured }) =>
      changed(current, captured, noLimits, (one) => ({ ...one, pattern: value })),
    documentation: 'Which new virtual hosts get these limits, by name; the first that fits counts.',
  }),
  limit('max_connections', 'max-connections', 'Connections to such a virtual host.'),
  limit('max_queues', 'max-queues', 'Queues in such a virtual host.'),
  defaults('operatorPolicies', {
    key: 'default_policies.operator.$id.vhost_pattern',
    type: pattern,
    byDefault: {},
    defaultText: '`.*`',
    join: ({ current, value, captured }) =>
      changed(current, captured, noPolicy, (one) => ({ ...one, vhostPattern: value })),
    documentation: 'Which new virtual hosts get this operator policy, by name.',
  }),
  defaults('operatorPolicies', {
    key: 'default_policies.operator.$id.queue_pattern',
    type: pattern,
    defaultText: '`.*`',
    join: ({ current, value, captured }) =>
      changed(current, captured, noPolicy, (one) => ({ ...one, queuePattern: value })),
    documentation: 'Which queues it is for, by name.',
  }),
  policyKey('expires', integer(1)),
  policyKey('message_ttl', integer(0)),
  policyKey('max_length', integer(0)),
  policyKey('max_length_bytes', bytes),
  policyKey('delivery_limit', integer(-1)),
  defaults('users', {
    key: 'default_users.$name.vhost_pattern',
    type: pattern,
    byDefault: {},
    defaultText: '`.*`',
    join: ({ current, value, captured }) =>
      changed(current, captured, noUser, (one) => ({ ...one, vhostPattern: value })),
    documentation: 'Which new virtual hosts this user gets permissions in, by name.',
  }),
  defaults('users', {
    key: 'default_users.$name.password',
    type: text,
    secret: true,
    join: ({ current, value, captured }) =>
      changed(current, captured, noUser, (one) => ({ ...one, password: value })),
    documentation: 'The password that the user is created with, if there is none of the name yet.',
  }),
  defaults('users', {
    key: 'default_users.$name.tags',
    type: text,
    join: ({ current, value, captured }) =>
      changed(current, captured, noUser, (one) => ({ ...one, tags: words(value) })),
    documentation: 'Tags, by commas.',
  }),
  userKey('configure', 'What the user may declare and delete there.'),
  userKey('write', 'What the user may publish to.'),
  userKey('read', 'What the user may consume from.'),
]

function words(list: string): string[] {
  return list
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
}
