// Settings of the user and vhost that an empty data directory starts with.

import type { Setting } from '../setting.ts'
import { joinedSection, section } from '../setting.ts'
import { boolean, text } from '../value-types.ts'

const firstStart = section('firstStart')
const firstStartJoined = joinedSection('firstStart')

export const firstStartSettings: readonly Setting[] = [
  firstStart('user', {
    key: 'default_user',
    type: text,
    byDefault: 'guest',
    environment: 'RABBITMQ_DEFAULT_USER',
    documentation: 'The first user. Created only when the data directory is empty.',
  }),
  firstStart('password', {
    key: 'default_pass',
    type: text,
    byDefault: 'guest',
    environment: 'RABBITMQ_DEFAULT_PASS',
    secret: true,
    documentation:
      'The first user’s password. `RABBITMQ_DEFAULT_PASS_FILE` and `RABBITMQ_DEFAULT_USER_FILE` name files that hold them (Docker secrets).',
  }),
  firstStart('vhost', {
    key: 'default_vhost',
    type: text,
    byDefault: '/',
    environment: 'RABBITMQ_DEFAULT_VHOST',
    documentation: 'The first virtual host.',
  }),
  firstStartJoined('tags', {
    key: 'default_user_tags.$tag',
    type: boolean,
    byDefault: ['administrator'],
    defaultText: 'administrator = true',
    join: ({ current, value, captured }) => withOrWithout(current, captured, value),
    documentation: 'Which tags the first user has.',
  }),
  firstStart('configure', {
    key: 'default_permissions.configure',
    type: text,
    byDefault: '.*',
    documentation: 'What the first user may declare and delete in the first virtual host.',
  }),
  firstStart('write', {
    key: 'default_permissions.write',
    type: text,
    byDefault: '.*',
    documentation: 'What the first user may publish to.',
  }),
  firstStart('read', {
    key: 'default_permissions.read',
    type: text,
    byDefault: '.*',
    documentation: 'What the first user may consume from.',
  }),
  firstStartJoined('loopbackUsers', {
    key: 'loopback_users.$user',
    type: boolean,
    byDefault: ['guest'],
    defaultText: 'guest = true',
    join: ({ current, value, captured }) => withOrWithout(current, captured, value),
    documentation: 'Users that may connect from this machine only.',
  }),
  firstStartJoined('loopbackUsers', {
    key: 'loopback_users',
    type: { name: 'none', parse: parseNone },
    join: () => [],
    documentation: '`none`: every user may connect from anywhere.',
  }),
]

function withOrWithout(list: readonly string[], item: string, present: boolean): string[] {
  const others = list.filter((name) => name !== item)
  return present ? [...others, item] : others
}

function parseNone(given: string): null {
  if (given === 'none') return null
  throw new RangeError(`expected none, got '${given}' (one user: loopback_users.NAME = true)`)
}
