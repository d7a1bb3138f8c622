// Which queues, bindings and messages a load consists of, and who uses which: the same arithmetic in
// every process, so that a consumer knows what to expect of a producer it has never met.
import { type LoadOptions, numbered, numberedTable } from './options.ts'
import { Channel } from './wire/channel.ts'
import type { Connection } from './wire/connection.ts'
import type { Message, Properties } from './wire/frames.ts'

/** Long cycles of keys, sizes and priorities are cut here: the ring of a producer must fit in memory. */
const CYCLE_MAX = 65_536
/** Calls in flight while declaring. */
const PIPELINE = 200
const RING_BYTES_MAX = 64 * 1024 * 1024

export function queueNames(options: LoadOptions): string[] {
  if (options.queues === 1) return [options.queueName]
  return Array.from({ length: options.queues }, (_, index) => `${options.queueName}-${index + 1}`)
}

/** The queues a consumer reads: shared when there are more consumers than queues, else dealt out. */
export function queuesOfConsumer(options: LoadOptions, consumer: number): number[] {
  return dealt(options.queues, options.consumers, consumer)
}

/** The queues a producer writes to by name, through the default or a direct exchange. */
export function queuesOfProducer(options: LoadOptions, producer: number): number[] {
  return dealt(options.queues, options.producers, producer)
}

function dealt(queues: number, users: number, user: number): number[] {
  if (users >= queues) return [user % queues]
  const mine: number[] = []
  for (let queue = user; queue < queues; queue += users) mine.push(queue)
  return mine
}

/** Whether a producer's messages go to the queues whose names are their routing keys. */
function isByName(options: LoadOptions): boolean {
  return options.exchange === '' || (options.exchangeType === 'direct' && options.bindings === 0)
}

/** By how much sequence numbers of one producer grow from message to message of one queue; 0: unknown. */
export function sequenceStep(options: LoadOptions, producer: number): number {
  if (options.priorities.length > 1) return 0
  if (options.consumers > options.queues) return 0
  if (options.producers === 0) return 1
  if (isByName(options)) return queuesOfProducer(options, producer).length
  return options.exchangeType === 'fanout' ? 1 : 0
}

/** How many queues get a copy of each message, as far as the exchange tells. */
export function copies(options: LoadOptions): number {
  return options.exchange !== '' && options.exchangeType === 'fanout' ? options.queues : 1
}

function routingKeys(options: LoadOptions, producer: number): string[] {
  if (isByName(options)) {
    const names = queueNames(options)
    return queuesOfProducer(options, producer).map((queue) => names[queue] as string)
  }
  const count = Math.max(1, options.routingKeys)
  // Producers begin at different places, so that they do not all ask for the same key at once.
  const shift = Math.floor((count * producer) / Math.max(1, options.producers))
  return Array.from({ length: count }, (_, index) =>
    numbered(options.routingKey, (index + shift) % count),
  )
}

/** One cycle of the messages that a producer sends over and over. */
export function messagesOf(options: LoadOptions, producer: number): Message[] {
  const keys = routingKeys(options, producer)
  const { sizes, priorities } = options
  const cycle = Math.min(
    CYCLE_MAX,
    [keys.length, sizes.length, Math.max(1, priorities.length)].reduce(leastCommonMultiple),
  )
  const messages: Message[] = []
  let bytes = 0
  for (let index = 0; index < cycle; index += 1) {
    // Every key has to occur, however large the messages.
    if (bytes > RING_BYTES_MAX && index % keys.length === 0) break
    const size = sizes[index % sizes.length] as number
    bytes += size + 100
    messages.push({
      exchange: options.exchange,
      routingKey: keys[index % keys.length] as string,
      mandatory: options.mandatory,
      properties: propertiesOf(options, index),
      size,
    })
  }
  return messages
}

function propertiesOf(options: LoadOptions, index: number): Properties {
  const { priorities, headers } = options
  const number = index % Math.max(1, options.routingKeys)
  return {
    ...(options.persistent ? { persistent: true } : {}),
    ...(priorities.length > 0 ? { priority: priorities[index % priorities.length] as number } : {}),
    ...(options.expirationMs > 0 ? { expiration: String(options.expirationMs) } : {}),
    ...(Object.keys(headers).length > 0 ? { headers: numberedTable(headers, number) } : {}),
  }
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b]
  while (y !== 0) [x, y] = [y, x % y]
  return (a / x) * b
}

/** Declares everything and returns how many messages lie in the queues already. */
export async function declareTopology(
  connection: Connection,
  options: LoadOptions,
): Promise<number> {
  const channel = await Channel.open(connection)
  const { durable, autoDelete, queueArguments } = options
  let waiting = 0
  await pipelined(queueNames(options), async (name) => {
    const spec = { name, durable, exclusive: false, autoDelete, arguments: queueArguments }
    const found = await channel.declareQueue(spec, options.predeclared)
    waiting += found
  })
  if (options.exchange !== '' && !options.predeclared) await declareBindings(channel, options)
  await channel.close()
  return waiting
}

async function declareBindings(channel: Channel, options: LoadOptions): Promise<void> {
  const { exchange } = options
  if (!exchange.startsWith('amq.')) {
    await channel.declareExchange(exchange, options.exchangeType, options.durable)
  }
  const names = queueNames(options)
  const count = options.bindings === 0 ? names.length : options.bindings
  const indexes = Array.from({ length: count }, (_, index) => index)
  await pipelined(indexes, async (index) => {
    const queue = names[index % names.length] as string
    await channel.bind({
      queue,
      exchange,
      routingKey: isByName(options) ? queue : numbered(options.bindingKey, index),
      arguments: numberedTable(options.bindingArguments, index),
    })
  })
}

/** Sends many calls before it waits for their answers. */
async function pipelined<T>(items: readonly T[], call: (item: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += PIPELINE) {
    await Promise.all(items.slice(at, at + PIPELINE).map(call))
  }
}

export async function deleteTopology(connection: Connection, options: LoadOptions): Promise<void> {
  const channel = await Channel.open(connection)
  const { exchange } = options
  if (exchange !== '' && !exchange.startsWith('amq.')) await channel.deleteExchange(exchange)
  await pipelined(queueNames(options), (name) => channel.deleteQueue(name))
  await channel.close()
}
