// Policies of a virtual host: settings for all queues and exchanges whose names match a pattern, and
// operator policies, which bound what users may set [RMQ: parameters and policies].

import { compilePattern, compileStoredPattern } from './pattern.ts'
import type { MetadataStore } from './ports.ts'
import type { PolicyDefinition } from './queues/settings.ts'

export type PolicyKind = 'policy' | 'operator-policy'

export type PolicyTarget =
  | 'queues'
  | 'classic_queues'
  | 'quorum_queues'
  | 'streams'
  | 'exchanges'
  | 'all'

export interface Policy {
  readonly name: string
  readonly pattern: string
  readonly applyTo: PolicyTarget
  readonly priority: number
  readonly definition: PolicyDefinition
}

export interface EffectivePolicy {
  readonly policy: string | null
  readonly operatorPolicy: string | null
  readonly definition: PolicyDefinition | null
}

export interface PolicySubject {
  readonly kind: 'queue' | 'exchange'
  readonly name: string
  readonly queueType: string
}

type Check = (value: unknown) => string | null

const notNegative =
  (what: string): Check =>
  (value) =>
    Number.isInteger(value) && Number(value) >= 0 ? null : `${show(value)} is not a valid ${what}`
const text =
  (what: string): Check =>
  (value) =>
    typeof value === 'string' ? null : `${show(value)} is not a valid ${what}`
const oneOf =
  (what: string, words: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && words.includes(value)
      ? null
      : `${show(value)} is not a valid ${what}`
const anything: Check = () => null

/** What a policy may hold; keys that only RabbitMQ acts on are taken and kept [RMQ: rabbit_policies]. */
const checks: Readonly<Record<string, Check>> = {
  'message-ttl': notNegative('message TTL'),
  expires: (value) =>
    Number.isInteger(value) && Number(value) >= 1
      ? null
      : `${show(value)} is not a valid queue expiry`,
  'max-length': notNegative('maximum length'),
  'max-length-bytes': notNegative('maximum length in bytes'),
  'dead-letter-exchange': text('dead letter exchange name'),
  'dead-letter-routing-key': text('dead letter routing key'),
  'dead-letter-strategy': oneOf('dead letter strategy', ['at-most-once', 'at-least-once']),
  overflow: oneOf('overflow', ['drop-head', 'reject-publish', 'reject-publish-dlx']),
  'delivery-limit': (value) =>
    Number.isInteger(value) && Number(value) >= -1
      ? null
      : `${show(value)} is not a valid delivery limit`,
  'alternate-exchange': text('alternate exchange name'),
  'queue-mode': oneOf('queue mode', ['default', 'lazy']),
  'queue-version': anything,
  'queue-master-locator': anything,
  'queue-leader-locator': anything,
  'max-in-memory-length': anything,
  'max-in-memory-bytes': anything,
  'initial-cluster-size': anything,
  'target-group-size': anything,
  'consumer-timeout': notNegative('consumer timeout'),
  'max-age': anything,
  'stream-max-segment-size-bytes': anything,
  'stream-filter-size-bytes': anything,
  'federation-upstream': anything,
  'federation-upstream-set': anything,
  'ha-mode': anything,
  'ha-params': anything,
  'ha-sync-mode': anything,
  'ha-sync-batch-size': anything,
  'ha-promote-on-shutdown': anything,
  'ha-promote-on-failure': anything,
  'delayed-retry-type': oneOf('delayed retry type', ['disabled', 'all', 'failed', 'returned']),
  'delayed-retry-min': notNegative('delayed retry minimum'),
  'delayed-retry-max': notNegative('delayed retry maximum'),
  'delayed-retry-multiplier': notNegative('delayed retry multiplier'),
  'delayed-message': (value) =>
    typeof value === 'boolean' ? null : `${show(value)} is not a valid delayed message setting`,
  durability: oneOf('durability', ['fsync', 'write', 'none']),
}

/** Keys of which an operator policy and a user's take the smaller value. */
const bounded = ['message-ttl', 'expires', 'max-length', 'max-length-bytes', 'delivery-limit']

const targets: readonly string[] = [
  'queues',
  'classic_queues',
  'quorum_queues',
  'streams',
  'exchanges',
  'all',
]

export function isPolicyTarget(value: unknown): value is PolicyTarget {
  return typeof value === 'string' && targets.includes(value)
}

/** Null when the policy is fine, otherwise RabbitMQ's sentence about what is wrong. */
export function findPolicyFault(policy: Policy): string | null {
  try {
    compilePattern(policy.pattern)
  } catch (error) {
    const reason = error instanceof Error ? error.message : ''
    return `pattern should be regular expression but is invalid: ${reason}`
  }
  const entries = Object.entries(policy.definition)
  if (entries.length === 0) return 'no policy provided'
  const unknown = entries.filter(([key]) => checks[key] === undefined)
  if (unknown.length > 0) {
    const terms = unknown.map(([key, value]) => `{<<"${key}">>,${show(value)}}`)
    return `[${terms.join(',')}] are not recognised policy settings`
  }
  for (const [key, value] of entries) {
    const fault = checks[key]?.(value) ?? null
    if (fault !== null) return fault
  }
  return null
}

/** Told which event has happened, and to what. */
export type PolicyChange = (event: string, attributes: Readonly<Record<string, string>>) => void

/** The policies of one virtual host. Applying them to what exists is `onChange`'s. */
export class PolicyBook {
  readonly policies: Map<string, Policy> = new Map()
  readonly operatorPolicies: Map<string, Policy> = new Map()
  readonly #patterns = new WeakMap<Policy, RegExp>()
  readonly #vhost: string
  readonly #metadata: MetadataStore
  readonly #onChange: PolicyChange

  constructor(vhost: string, metadata: MetadataStore, onChange: PolicyChange) {
    this.#vhost = vhost
    this.#metadata = metadata
    this.#onChange = onChange
  }

  /** `policy` has been looked at by `findPolicyFault`. */
  put(kind: PolicyKind, policy: Policy): void {
    this.#of(kind).set(policy.name, policy)
    this.#metadata.put(kind, JSON.stringify([this.#vhost, policy.name]), policy)
    this.#onChange('policy.set', { name: policy.name, pattern: policy.pattern })
  }

  /** Whether there was one. */
  delete(kind: PolicyKind, name: string): boolean {
    if (!this.#of(kind).delete(name)) return false
    this.#metadata.delete(kind, JSON.stringify([this.#vhost, name]))
    this.#onChange('policy.cleared', { name })
    return true
  }

  /** Takes back what the metadata store kept; before the queues that it applies to. */
  restore(kind: PolicyKind, name: string, value: unknown): void {
    this.#of(kind).set(name, value as Policy)
  }

  /** Drops all of them, as their virtual host is being deleted. */
  clear(): void {
    for (const kind of ['policy', 'operator-policy'] as const) {
      for (const name of [...this.#of(kind).keys()]) this.delete(kind, name)
    }
  }

  #of(kind: PolicyKind): Map<string, Policy> {
    return kind === 'policy' ? this.policies : this.operatorPolicies
  }

  effective(subject: PolicySubject): EffectivePolicy {
    if (this.policies.size === 0 && this.operatorPolicies.size === 0) return none
    const policy = this.#match(this.policies, subject)
    const operator = this.#match(this.operatorPolicies, subject)
    return {
      policy: policy?.name ?? null,
      operatorPolicy: operator?.name ?? null,
      definition: merge(policy?.definition ?? null, operator?.definition ?? null),
    }
  }

  /** The one of the highest priority among those that match. */
  #match(policies: ReadonlyMap<string, Policy>, subject: PolicySubject): Policy | null {
    let best: Policy | null = null
    for (const policy of policies.values()) {
      if (best !== null && policy.priority <= best.priority) continue
      if (appliesTo(policy.applyTo, subject) && this.#pattern(policy).test(subject.name)) {
        best = policy
      }
    }
    return best
  }

  #pattern(policy: Policy): RegExp {
    const known = this.#patterns.get(policy)
    if (known !== undefined) return known
    const pattern = compileStoredPattern(policy.pattern)
    this.#patterns.set(policy, pattern)
    return pattern
  }
}

const none: EffectivePolicy = { policy: null, operatorPolicy: null, definition: null }

function appliesTo(target: PolicyTarget, { kind, queueType }: PolicySubject): boolean {
  if (target === 'all') return true
  if (kind === 'exchange') return target === 'exchanges'
  return target === 'queues' || target === `${queueType}_queues`
}

/** An operator's bound is the smaller value; anything else of the operator's fills in. */
function merge(
  user: PolicyDefinition | null,
  operator: PolicyDefinition | null,
): PolicyDefinition | null {
  if (user === null || operator === null) return user ?? operator
  const merged: Record<string, unknown> = { ...operator, ...user }
  for (const key of bounded) {
    if (user[key] === undefined || operator[key] === undefined) continue
    merged[key] = Math.min(Number(user[key]), Number(operator[key]))
  }
  return merged
}

function show(value: unknown): string {
  return typeof value === 'string' ? `<<"${value}">>` : JSON.stringify(value)
}
