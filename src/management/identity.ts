// Who sends a request and what that person may do: Basic authentication against the broker's users,
// or the control token of this machine (docs/decisions/0003). RabbitMQ's tags decide the rest.

import { timingSafeEqual } from 'node:crypto'
import type { BrokerCore } from '../broker/broker-core.ts'
import type { VirtualHost } from '../broker/vhost.ts'
import { notAuthorised } from './errors.ts'

export interface Identity {
  readonly name: string
  readonly tags: readonly string[]
  /** Holder of the control token: stands above permissions, as the Erlang cookie does. */
  readonly isOwner: boolean
}

/** What a route asks for. `none` needs no login, `any` any user who can log in. */
export type Access = 'none' | 'any' | 'management' | 'policymaker' | 'monitoring' | 'administrator'

/** Which tags are enough for what [RMQ: management, permissions]. */
const enough: Readonly<Record<Exclude<Access, 'none' | 'any'>, readonly string[]>> = {
  management: ['management', 'policymaker', 'monitoring', 'administrator'],
  policymaker: ['policymaker', 'administrator'],
  monitoring: ['monitoring', 'administrator'],
  administrator: ['administrator'],
}
const refusals: Readonly<Record<Exclude<Access, 'none' | 'any'>, string>> = {
  management: 'Not management user',
  policymaker: 'Not policymaker user',
  monitoring: 'Not monitor user',
  administrator: 'Not administrator user',
}

export interface Credentials {
  readonly authorization: string | undefined
  readonly remoteAddress: string
}

export interface AuthenticationOptions {
  readonly core: BrokerCore
  readonly controlToken: string | null
  readonly loopbackUsers: readonly string[]
}

const owner: Identity = { name: 'warren-control', tags: ['administrator'], isOwner: true }

/** Throws 401 when nobody the broker knows is behind the request. */
export function authenticate(
  { authorization, remoteAddress }: Credentials,
  { core, controlToken, loopbackUsers }: AuthenticationOptions,
): Identity {
  const [scheme = '', value = ''] = (authorization ?? '').split(' ', 2)
  if (scheme.toLowerCase() === 'bearer') {
    if (controlToken !== null && sameText(value, controlToken)) return owner
    throw notAuthorised('Login failed')
  }
  if (scheme.toLowerCase() !== 'basic') throw notAuthorised('Login failed')
  const { http: logins } = core.counters.logins
  logins.failed += 1
  const identity = identify(value, remoteAddress, { core, loopbackUsers })
  logins.failed -= 1
  logins.succeeded += 1
  return identity
}

function identify(
  value: string,
  remoteAddress: string,
  { core, loopbackUsers }: Pick<AuthenticationOptions, 'core' | 'loopbackUsers'>,
): Identity {
  const decoded = Buffer.from(value, 'base64').toString('utf8')
  const colon = decoded.indexOf(':')
  const name = colon === -1 ? decoded : decoded.slice(0, colon)
  const user = core.access.users.get(name)
  const password = colon === -1 ? '' : decoded.slice(colon + 1)
  if (user === undefined || !core.hasher.verify(password, user.password)) {
    throw notAuthorised('Login failed')
  }
  if (loopbackUsers.includes(name) && !isLoopback(remoteAddress)) {
    throw notAuthorised('User can only log in via localhost')
  }
  return { name, tags: user.tags, isOwner: false }
}

export function requireAccess(identity: Identity, access: Access): void {
  if (access === 'none' || access === 'any') return
  if (identity.tags.some((tag) => enough[access].includes(tag))) return
  throw notAuthorised(refusals[access])
}

export function may(identity: Identity, access: Exclude<Access, 'none' | 'any'>): boolean {
  return identity.tags.some((tag) => enough[access].includes(tag))
}

/** Monitors and administrators see every virtual host, others those that they have permissions in. */
export function sees(identity: Identity, vhost: VirtualHost): boolean {
  return may(identity, 'monitoring') || mayEnter(identity, vhost)
}

export function mayEnter(identity: Identity, vhost: VirtualHost): boolean {
  return identity.isOwner || vhost.access.mayEnter(identity.name, vhost.name)
}

function sameText(left: string, right: string): boolean {
  const one = Buffer.from(left)
  const other = Buffer.from(right)
  return one.length === other.length && timingSafeEqual(one, other)
}

function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:/, '')
  return plain === '::1' || plain.startsWith('127.')
}
