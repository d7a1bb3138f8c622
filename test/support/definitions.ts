// Users, vhosts, permissions and policies of a test's broker, in the JSON that RabbitMQ imports.
import { createHash, randomBytes } from 'node:crypto'

export interface Definitions {
  readonly users: readonly {
    name: string
    password_hash: string
    hashing_algorithm: string
    tags: string[]
    limits?: Readonly<Record<string, number>>
  }[]
  readonly vhosts: readonly { name: string; tracing?: boolean }[]
  readonly permissions: readonly Permission[]
  readonly topic_permissions?: readonly TopicPermission[]
  readonly parameters?: readonly object[]
  readonly policies?: readonly Policy[]
}

export interface Permission {
  readonly user: string
  readonly vhost: string
  readonly configure: string
  readonly write: string
  readonly read: string
}

export interface TopicPermission {
  readonly user: string
  readonly vhost: string
  readonly exchange: string
  readonly write: string
  readonly read: string
}

export interface Policy {
  readonly vhost: string
  readonly name: string
  readonly pattern: string
  readonly 'apply-to': string
  readonly definition: Readonly<Record<string, unknown>>
  readonly priority: number
}

/** RabbitMQ's rabbit_password_hashing_sha256: base64(salt + sha256(salt + password)). */
function passwordHash(password: string): string {
  const salt = randomBytes(4)
  const digest = createHash('sha256').update(salt).update(password).digest()
  return Buffer.concat([salt, digest]).toString('base64')
}

export function user(
  name: string,
  password: string,
  ...tags: string[]
): Definitions['users'][number] {
  return {
    name,
    password_hash: passwordHash(password),
    hashing_algorithm: 'rabbit_password_hashing_sha256',
    tags,
  }
}

export function everything(name: string, vhost = '/'): Permission {
  return { user: name, vhost, configure: '.*', write: '.*', read: '.*' }
}
