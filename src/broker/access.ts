// Who may do what: users, and for each virtual host three patterns of resource names that a user
// may configure, write and read (rabbit_access_control, rabbit_auth_backend_internal).

import { accessRefused, resourceText } from './errors.ts'
import type { Emit } from './events.ts'
import { compilePattern, compileStoredPattern } from './pattern.ts'
import type { MetadataStore } from './ports.ts'

export type Permission = 'configure' | 'write' | 'read'

export interface PasswordHash {
  /** base64 of a 4-byte salt and the digest of salt and password, as RabbitMQ keeps it; '' = none. */
  readonly hash: string
  /** `rabbit_password_hashing_sha256`, `..._sha512` or `..._md5`. */
  readonly algorithm: string
}

/** Digests are computed outside of the pure core. */
export interface PasswordHasher {
  hash(password: string): PasswordHash
  /** In a time that does not depend on how much of the password is right. */
  verify(password: string, hash: PasswordHash): boolean
}

export interface User {
  readonly name: string
  readonly password: PasswordHash
  readonly tags: readonly string[]
  readonly limits: Readonly<Record<string, number>>
}

export interface PermissionPatterns {
  readonly configure: string
  readonly write: string
  readonly read: string
}

export interface TopicPatterns {
  readonly write: string
  readonly read: string
}

interface Compiled {
  readonly patterns: PermissionPatterns
  readonly expressions: Readonly<Record<Permission, RegExp>>
}

/** The empty pattern matches nothing but the empty name [RMQ: rabbit_auth_backend_internal]. */
function compile(pattern: string, by: (source: string) => RegExp = compilePattern): RegExp {
  return pattern === '' ? /^$/ : by(pattern)
}

/** Text as a pattern that matches nothing else. */
function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

const key = (...parts: string[]): string => JSON.stringify(parts)

export class AccessControl {
  readonly users: Map<string, User> = new Map()
  readonly #permissions = new Map<string, Compiled>()
  readonly #topicPermissions = new Map<string, TopicPatterns>()
  readonly #metadata: MetadataStore
  readonly #emit: Emit
  /** Rises with every change, so that cached decisions are known to be old. */
  version = 1

  constructor(metadata: MetadataStore, emit: Emit) {
    this.#metadata = metadata
    this.#emit = emit
  }

  putUser(user: User): void {
    const isNew = !this.users.has(user.name)
    this.users.set(user.name, user)
    this.#metadata.put('user', user.name, user)
    this.#emit(isNew ? 'user.created' : 'user.changed', { name: user.name, tags: user.tags })
    this.version += 1
  }

  deleteUser(name: string): void {
    this.users.delete(name)
    this.#metadata.delete('user', name)
    this.#emit('user.deleted', { name })
    for (const { user, vhost } of this.listPermissions()) {
      if (user === name) this.clearPermissions(user, vhost)
    }
    for (const { user, vhost, exchange } of this.listTopicPermissions()) {
      if (user === name) this.clearTopicPermissions(user, vhost, exchange)
    }
    this.version += 1
  }

  /** Throws SyntaxError when a pattern is not a regular expression. */
  setPermissions(user: string, vhost: string, patterns: PermissionPatterns): void {
    const { configure, write, read } = patterns
    const expressions = {
      configure: compile(configure),
      write: compile(write),
      read: compile(read),
    }
    this.#permissions.set(key(user, vhost), { patterns: { configure, write, read }, expressions })
    this.#metadata.put('permission', key(user, vhost), { configure, write, read })
    this.#emit('permission.created', { user, vhost, configure, write, read })
    this.version += 1
  }

  clearPermissions(user: string, vhost: string): void {
    this.#permissions.delete(key(user, vhost))
    this.#metadata.delete('permission', key(user, vhost))
    this.#emit('permission.deleted', { user, vhost })
    this.version += 1
  }

  permissions(user: string, vhost: string): PermissionPatterns | null {
    return this.#permissions.get(key(user, vhost))?.patterns ?? null
  }

  listPermissions(): ({ user: string; vhost: string } & PermissionPatterns)[] {
    return [...this.#permissions].map(([pair, { patterns }]) => {
      const [user, vhost] = JSON.parse(pair) as [string, string]
      return { user, vhost, ...patterns }
    })
  }

  setTopicPermissions(
    user: string,
    vhost: string,
    exchange: string,
    patterns: TopicPatterns,
  ): void {
    const { write, read } = patterns
    compile(write)
    compile(read)
    this.#topicPermissions.set(key(user, vhost, exchange), { write, read })
    this.#metadata.put('topic-permission', key(user, vhost, exchange), { write, read })
    this.#emit('topic.permission.created', { user, vhost, exchange, write, read })
    this.version += 1
  }

  clearTopicPermissions(user: string, vhost: string, exchange: string): void {
    this.#topicPermissions.delete(key(user, vhost, exchange))
    this.#metadata.delete('topic-permission', key(user, vhost, exchange))
    this.#emit('topic.permission.deleted', { user, vhost, exchange })
    this.version += 1
  }

  listTopicPermissions(): ({ user: string; vhost: string; exchange: string } & TopicPatterns)[] {
    return [...this.#topicPermissions].map(([triple, patterns]) => {
      const [user, vhost, exchange] = JSON.parse(triple) as [string, string, string]
      return { user, vhost, exchange, ...patterns }
    })
  }

  /** Drops what was granted in a virtual host that is being deleted. */
  forgetVhost(name: string): void {
    for (const { user, vhost } of this.listPermissions()) {
      if (vhost === name) this.clearPermissions(user, vhost)
    }
    for (const { user, vhost, exchange } of this.listTopicPermissions()) {
      if (vhost === name) this.clearTopicPermissions(user, vhost, exchange)
    }
  }

  mayEnter(user: string, vhost: string): boolean {
    return this.#permissions.has(key(user, vhost))
  }

  allowed(user: string, vhost: string, name: string, permission: Permission): boolean {
    const compiled = this.#permissions.get(key(user, vhost))
    return compiled?.expressions[permission].test(name) ?? false
  }

  /** Throws ACCESS_REFUSED. The default exchange is known to patterns as `amq.default`. */
  check(user: string, vhost: string, resource: Resource, permission: Permission): void {
    const name =
      resource.kind === 'exchange' && resource.name === '' ? 'amq.default' : resource.name
    if (this.allowed(user, vhost, name, permission)) return
    const text = resourceText(resource.kind, name, vhost)
    throw accessRefused(`${permission} access to ${text} refused for user '${user}'`)
  }

  /** Throws ACCESS_REFUSED when the user may not use the routing key on a topic exchange. */
  checkTopic(user: string, vhost: string, topic: Topic, permission: 'write' | 'read'): void {
    const patterns = this.#topicPermissions.get(key(user, vhost, topic.exchange))
    if (patterns === undefined) return
    const pattern = patterns[permission]
      .replaceAll('{username}', () => literal(user))
      .replaceAll('{vhost}', () => literal(vhost))
    if (compile(pattern, compileStoredPattern).test(topic.routingKey)) return
    throw accessRefused(
      `${permission} access to topic '${topic.routingKey}' in exchange '${topic.exchange}' ` +
        `in vhost '${vhost}' refused for user '${user}'`,
    )
  }

  /** Takes back what the metadata store kept. */
  restore(kind: string, recordKey: string, value: unknown): void {
    if (kind === 'user') this.users.set(recordKey, value as User)
    if (kind === 'permission') {
      const patterns = value as PermissionPatterns
      const { configure, write, read } = patterns
      const expressions = {
        configure: compile(configure, compileStoredPattern),
        write: compile(write, compileStoredPattern),
        read: compile(read, compileStoredPattern),
      }
      this.#permissions.set(recordKey, { patterns, expressions })
    }
    if (kind === 'topic-permission') this.#topicPermissions.set(recordKey, value as TopicPatterns)
  }
}

export interface Resource {
  readonly kind: 'queue' | 'exchange'
  readonly name: string
}

export interface Topic {
  readonly exchange: string
  readonly routingKey: string
}
