// What the configuration gives a virtual host when it is created [RMQ: virtual hosts, defaults].

import type { BrokerCore } from './broker/broker-core.ts'
import type { VirtualHost } from './broker/vhost.ts'
import type { VhostDefaultsConfig } from './config/config.ts'

export function applyVhostDefaults(
  { access, hasher }: BrokerCore,
  vhost: VirtualHost,
  { limits, operatorPolicies, users }: VhostDefaultsConfig,
): void {
  const matches = (pattern: string): boolean => new RegExp(pattern, 'u').test(vhost.name)
  const limited = Object.values(limits).find(({ pattern }) => matches(pattern))
  if (limited !== undefined) vhost.setQuotas(limited.limits)
  for (const [name, { vhostPattern, queuePattern, definition }] of Object.entries(
    operatorPolicies,
  )) {
    if (!matches(vhostPattern) || Object.keys(definition).length === 0) continue
    const policy = {
      name,
      pattern: queuePattern,
      applyTo: 'queues',
      priority: 0,
      definition,
    } as const
    vhost.policies.put('operator-policy', policy)
  }
  for (const [name, user] of Object.entries(users)) {
    if (!matches(user.vhostPattern)) continue
    if (!access.users.has(name)) {
      // Without a password the user is one that somebody else is to create.
      if (user.password === null) continue
      access.putUser({ name, password: hasher.hash(user.password), tags: user.tags, limits: {} })
    }
    const { configure, write, read } = user
    access.setPermissions(name, vhost.name, { configure, write, read })
  }
}
