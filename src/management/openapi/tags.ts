// The headings under which routes are found in the document, by the first word of their paths.

export interface Tag {
  readonly name: string
  readonly description: string
  /** First words of paths. */
  readonly words: readonly string[]
}

export const tags: readonly Tag[] = [
  {
    name: 'Overview',
    description: 'The broker at a glance, what happens in it, and the node.',
    words: ['overview', 'nodes', 'events', 'stream', 'cluster-name'],
  },
  {
    name: 'Queues',
    description: 'Queues, and the messages in them.',
    words: ['queues'],
  },
  {
    name: 'Exchanges',
    description: 'Exchanges, publishing to them, and what became of messages.',
    words: ['exchanges', 'drops'],
  },
  { name: 'Bindings', description: 'From exchanges to queues and exchanges.', words: ['bindings'] },
  {
    name: 'Delayed messages',
    description: 'What waits for its time.',
    words: ['delayed'],
  },
  {
    name: 'Clients',
    description: 'Connections, channels and consumers.',
    words: ['connections', 'channels', 'consumers'],
  },
  { name: 'RPC gateways', description: 'Calls that become messages.', words: ['gateways'] },
  {
    name: 'Virtual hosts',
    description: 'Virtual hosts and their limits.',
    words: ['vhosts', 'vhost-limits'],
  },
  {
    name: 'Users',
    description: 'Users, their limits, and logging in.',
    words: ['users', 'user-limits', 'whoami', 'auth'],
  },
  {
    name: 'Permissions',
    description: 'Who may do what.',
    words: ['permissions', 'topic-permissions'],
  },
  {
    name: 'Policies and parameters',
    description: 'What applies to many objects at once.',
    words: ['policies', 'operator-policies', 'parameters', 'global-parameters'],
  },
  { name: 'Definitions', description: 'Everything but the messages.', words: ['definitions'] },
  {
    name: 'Health',
    description: 'For probes and load balancers: 200 or 503.',
    words: ['health', 'healthchecks', 'aliveness-test'],
  },
  {
    name: 'Node',
    description: 'Settings, operations, and what RabbitMQ’s tools ask.',
    words: [
      'config',
      'node',
      'openapi.json',
      'version',
      'extensions',
      'feature-flags',
      'deprecated-features',
      'rebalance',
      'reset',
      'shovels',
      'federation-links',
      'traces',
      'trace-files',
    ],
  },
]

export function tagOf(path: string): Tag | undefined {
  const word = path.split('/')[1] ?? ''
  return tags.find(({ words }) => words.includes(word))
}
