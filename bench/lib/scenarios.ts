// What is measured. Each scenario is a call of warren-perf and the one figure of it that counts.

export type Metric = {
  readonly name: string
  readonly unit: string
  readonly isHigherBetter: boolean
  /** Where the figure is in a measurement: a path into the JSON of warren-perf, or one of ours. */
  readonly path: string
  readonly digits?: number
}

export type Scenario = {
  readonly id: string
  readonly title: string
  /** Run before the measured call, each to its end. */
  readonly before?: readonly (readonly string[])[]
  readonly args: readonly string[]
  readonly metric: Metric
  /** Uses durable queues and persistent messages, so that durability modes matter. */
  readonly isDurable?: boolean
  /** Needs a broker that has done nothing before. */
  readonly isFresh?: boolean
  /** warren-perf has no warm-up or measuring time for this one: it takes as long as it takes. */
  readonly isUntimed?: boolean
  /** How many times better than RabbitMQ's classic queues is wanted. */
  readonly target?: { readonly floor: number; readonly goal: number }
}

export const DELIVERED: Metric = {
  name: 'delivered',
  unit: 'messages/s',
  isHigherBetter: true,
  path: 'rates.receive',
}
const CONFIRMED: Metric = { ...DELIVERED, name: 'confirmed', path: 'rates.confirm' }
const P99: Metric = {
  name: 'delivery latency, p99',
  unit: 'ms',
  isHigherBetter: false,
  path: 'latency.delivery.p99Us',
  digits: 2,
}
const CYCLES: Metric = { ...DELIVERED, name: 'cycles', unit: 'cycles/s', path: 'rate' }
const CALLS: Metric = { ...DELIVERED, name: 'calls', unit: 'calls/s', path: 'rate' }

const fast = { floor: 4, goal: 6 }

const CPU: Metric = {
  name: 'CPU of the broker per million messages',
  unit: 's',
  isHigherBetter: false,
  path: 'cpuSecondsPerMillion',
  digits: 2,
}

/** The same work spread over more and more of something, at a rate that every broker can keep. */
function growth(
  what: 'queues' | 'connections' | 'size',
  amount: string,
  args: readonly string[],
): Scenario {
  const texts = {
    queues: `${amount} queues, 10 connections, 5,000 messages/s`,
    connections: `${amount} connections, 10 queues, 5,000 messages/s`,
    size: `Bodies of ${amount} bytes, 2,000 messages/s`,
  }
  return { id: `s-${what}-${amount}`, title: texts[what], args, metric: CPU }
}

function fanout(queues: number): Scenario {
  return {
    id: `f-${queues}`,
    title: `Fanout to ${queues} ${queues === 1 ? 'queue' : 'queues'}, 16 B, automatic ack`,
    args: ['-e', 'fanout', '-q', String(queues), '-y', String(Math.min(queues, 10))],
    metric: DELIVERED,
    target: fast,
  }
}

export const SCENARIOS: readonly Scenario[] = [
  {
    id: 'a',
    title: '1 producer, 1 consumer, transient 16 B, automatic ack',
    args: [],
    metric: DELIVERED,
    target: fast,
  },
  {
    id: 'b',
    title: '1 producer, 1 consumer, transient 16 B, acks of 100, prefetch 1000',
    args: ['-a', '100', '-f', '1000'],
    metric: DELIVERED,
    target: { floor: 5, goal: 7 },
  },
  {
    id: 'c',
    title: '1 producer, 1 consumer, 1 KB persistent, 100 confirms in flight',
    args: ['-d', '-p', '-s', '1k', '-c', '100', '-a', '100', '-f', '1000'],
    metric: CONFIRMED,
    isDurable: true,
    target: fast,
  },
  {
    id: 'd',
    title: '10 producers, 10 consumers on one queue, ack each, prefetch 100',
    args: ['-x', '10', '-y', '10', '-a', '1', '-f', '100'],
    metric: DELIVERED,
    target: fast,
  },
  {
    id: 'e',
    title: '100 publishers on 100 queues, 1 KB persistent, 10 confirms in flight each',
    args: [
      '-q',
      '100',
      '-x',
      '100',
      '-y',
      '100',
      '-d',
      '-p',
      '-s',
      '1k',
      '-c',
      '10',
      '-a',
      '1',
      '-f',
      '100',
    ],
    metric: CONFIRMED,
    isDurable: true,
    target: fast,
  },
  fanout(1),
  fanout(10),
  fanout(100),
  fanout(1000),
  {
    id: 'g',
    title: 'Topic exchange with 10,000 bindings to 10 queues, 16 B, automatic ack',
    args: [
      '-e',
      'topic',
      '-q',
      '10',
      '-y',
      '10',
      '--bindings',
      '10k',
      '--binding-key',
      'device.%d.*',
      '--routing-key',
      'device.%d.on',
      '--routing-keys',
      '10k',
    ],
    metric: DELIVERED,
    target: fast,
  },
  {
    id: 'h',
    title: 'Headers exchange with 100 bindings (x-match: all) to 10 queues, 16 B, automatic ack',
    args: [
      '-e',
      'headers',
      '-q',
      '10',
      '-y',
      '10',
      '--bindings',
      '100',
      '--binding-arg',
      'x-match=all',
      '--binding-arg',
      'device=device-%d',
      '--binding-arg',
      'state=on',
      '--header',
      'device=device-%d',
      '--header',
      'state=on',
      '--routing-keys',
      '100',
    ],
    metric: DELIVERED,
    target: fast,
  },
  {
    id: 'i-16k',
    title: '1 producer, 1 consumer, transient 16 KB, automatic ack',
    args: ['-s', '16k'],
    metric: DELIVERED,
    target: { floor: 1.2, goal: 2 },
  },
  {
    id: 'i-1m',
    title: '1 producer, 1 consumer, transient 1 MB, automatic ack',
    args: ['-s', '1M'],
    metric: DELIVERED,
    target: { floor: 1.2, goal: 2 },
  },
  {
    id: 'j',
    title: 'As b, with a backlog of 5 million messages before it',
    before: [['-y', '0', '-n', '5M', '-c', '10000', '--keep']],
    args: ['-a', '100', '-f', '1000'],
    metric: DELIVERED,
    isFresh: true,
  },
  {
    id: 'k-idle',
    title: '5,000 idle connections with a channel each: memory of a connection',
    args: ['idle', '-x', '5000', '-t', '5'],
    metric: {
      name: 'memory of a connection',
      unit: 'KB',
      isHigherBetter: false,
      path: 'connectionKilobytes',
      digits: 1,
    },
    isFresh: true,
    isUntimed: true,
  },
  {
    id: 'k-churn',
    title: 'Connections opened (with a channel) and closed, 10 at a time',
    args: ['churn', 'connection'],
    metric: CYCLES,
    target: { floor: 3, goal: 5 },
  },
  {
    id: 'l-queue',
    title: 'Queues declared, bound and deleted, 10 at a time',
    args: ['churn', 'queue'],
    metric: CYCLES,
  },
  {
    id: 'l-binding',
    title: 'Bindings made and removed, 10 at a time',
    args: ['churn', 'binding'],
    metric: CYCLES,
  },
  {
    id: 'm',
    title: 'RPC round trips with direct reply-to, 1 client, 1 server, one call at a time',
    args: ['rpc'],
    metric: CALLS,
    target: { floor: 2, goal: 4 },
  },
  {
    id: 'm-32',
    title: 'RPC round trips with direct reply-to, 1 client with 32 calls in flight, 1 server',
    args: ['rpc', '-i', '32'],
    metric: CALLS,
    target: { floor: 2, goal: 4 },
  },
  {
    id: 'm-10',
    title: 'RPC round trips with direct reply-to, 10 clients with 10 calls each, 1 server',
    args: ['rpc', '-x', '10', '-i', '10'],
    metric: CALLS,
    target: { floor: 2, goal: 4 },
  },
  {
    id: 'n-10k',
    title: 'Latency at 10,000 messages/s, 16 B, automatic ack',
    args: ['-r', '10k'],
    metric: P99,
    target: { floor: 1, goal: 2 },
  },
  {
    id: 'n-50k',
    title: 'Latency at 50,000 messages/s, 16 B, automatic ack',
    args: ['-r', '50k'],
    metric: P99,
    target: { floor: 1, goal: 2 },
  },
  {
    id: 'o-priority',
    title: 'Queue with 10 priorities, messages of all of them, acks of 100',
    args: ['--queue-arg', 'x-max-priority=9', '--priority', '0-9', '-a', '100', '-f', '1000'],
    metric: DELIVERED,
  },
  {
    id: 'o-ttl',
    title: 'Queue with a message time to live of 60 s, acks of 100',
    args: ['--queue-arg', 'x-message-ttl=60000', '-a', '100', '-f', '1000'],
    metric: DELIVERED,
  },
  ...['1', '10', '100', '1000'].map((queues) =>
    growth('queues', queues, ['-q', queues, '-x', '5', '-y', '5', '-r', '5000']),
  ),
  ...['2', '10', '100', '1000'].map((connections) => {
    const half = String(Number(connections) / 2)
    return growth('connections', connections, ['-q', '10', '-x', half, '-y', half, '-r', '5000'])
  }),
  ...['16', '256', '4k', '64k'].map((size) => growth('size', size, ['-s', size, '-r', '2000'])),
]

export const QUICK: readonly string[] = ['a', 'b', 'c', 'm', 'n-10k']

/** `a,f,n-10k`: whole ids or the letter of a family. */
export function selectScenarios(text: string): Scenario[] {
  const names = text.split(',').map((name) => name.trim())
  for (const name of names) {
    if (!SCENARIOS.some((scenario) => isNamed(scenario, name))) {
      throw new Error(`no scenario ${name}; there are ${SCENARIOS.map(({ id }) => id).join(', ')}`)
    }
  }
  return SCENARIOS.filter((scenario) => names.some((name) => isNamed(scenario, name)))
}

function isNamed(scenario: Scenario, name: string): boolean {
  return scenario.id === name || scenario.id.startsWith(`${name}-`)
}
