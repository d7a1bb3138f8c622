// What a load is made of, as plain data that can be sent to a worker process, and the parsers of the
// option values that are more than a number or a word.
import type { Field, Table } from './wire/byte-writer.ts'

export type ExchangeType = 'direct' | 'fanout' | 'topic' | 'headers'

export type LoadOptions = {
  readonly uris: readonly string[]
  readonly frameMax: number
  readonly heartbeatSeconds: number
  readonly producers: number
  readonly consumers: number
  readonly producerProcesses: number
  readonly consumerProcesses: number
  readonly queues: number
  readonly queueName: string
  readonly queueArguments: Table
  readonly durable: boolean
  readonly autoDelete: boolean
  readonly predeclared: boolean
  readonly keep: boolean
  /** Empty for the default exchange. */
  readonly exchange: string
  readonly exchangeType: ExchangeType
  readonly bindings: number
  readonly bindingKey: string
  readonly bindingArguments: Table
  readonly routingKey: string
  readonly routingKeys: number
  readonly headers: Table
  readonly sizes: readonly number[]
  readonly priorities: readonly number[]
  readonly expirationMs: number
  readonly persistent: boolean
  readonly mandatory: boolean
  /** Messages a second of all producers together, 0 for as many as possible. */
  readonly rate: number
  /** Messages a producer may have unconfirmed, 0 for no confirms. */
  readonly confirms: number
  /** Deliveries per acknowledgement, 0 for automatic acknowledgement. */
  readonly ackBatch: number
  readonly prefetch: number
  readonly poll: boolean
  /** Messages of all producers (or, without producers, of all consumers) together, 0 for no limit. */
  readonly count: number
  readonly timeSeconds: number
  readonly warmupSeconds: number
  readonly latency: boolean
  readonly verify: boolean
  readonly pacing: 'spin' | 'timer'
  /** Polls also where nothing is paced, so that no wait ends with a wake-up of the generator. */
  readonly awake: boolean
}

/** `16`, `16,1024` (in turn) or `16:9,1024:1` (nine of ten); evenly mixed and the same in every run. */
export function parseSizes(text: string): number[] {
  const parts = text.split(',').map((part) => {
    const [size, weight] = part.split(':')
    return { size: parseBytes(size ?? ''), weight: parseCount(weight ?? '1') }
  })
  const total = parts.reduce((sum, part) => sum + part.weight, 0)
  if (total === 0 || total > 10_000) throw new Error(`weights must add up to 1 to 10000: ${text}`)
  // The part furthest behind its share comes next, which spreads rare sizes evenly.
  const given = parts.map(() => 0)
  return Array.from({ length: total }, (_, turn) => {
    let best = 0
    let bestLag = Number.NEGATIVE_INFINITY
    for (const [index, part] of parts.entries()) {
      const lag = (part.weight * (turn + 1)) / total - (given[index] as number)
      if (lag > bestLag + 1e-9) {
        best = index
        bestLag = lag
      }
    }
    given[best] = (given[best] as number) + 1
    return (parts[best] as { size: number }).size
  })
}

/** `1024`, `16k`, `1M` (powers of 1024). */
export function parseBytes(text: string): number {
  const match = /^(\d+)([kKmM]?)b?$/i.exec(text.trim())
  if (match === null) throw new Error(`not a size: ${text}`)
  const unit = (match[2] ?? '').toLowerCase()
  return Number(match[1]) * (unit === 'm' ? 1024 ** 2 : unit === 'k' ? 1024 : 1)
}

/** `5000`, `50k`, `5M` (powers of 1000). */
export function parseCount(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([kKmM]?)$/.exec(text.trim())
  if (match === null) throw new Error(`not a count: ${text}`)
  const unit = (match[2] ?? '').toLowerCase()
  return Number(match[1]) * (unit === 'm' ? 1e6 : unit === 'k' ? 1e3 : 1)
}

/** `5`, `1,5,9` or `0-9`. */
export function parsePriorities(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const [low, high] = part.split('-').map(Number)
    if (low === undefined || !Number.isInteger(low) || low < 0) {
      throw new Error(`not a priority: ${part}`)
    }
    const last = high ?? low
    return Array.from({ length: last - low + 1 }, (_, index) => low + index)
  })
}

/** Adds `key=value` to a table. Integers, true and false are sent as such; `key:str=1` forces a string. */
export function addArgument(text: string, table: Table): Table {
  const match = /^([^=]+?)(:str)?=(.*)$/s.exec(text)
  if (match === null) throw new Error(`not key=value: ${text}`)
  const [, key = '', forced, value = ''] = match
  return { ...table, [key]: forced === undefined ? typed(value) : value }
}

function typed(value: string): Field {
  if (value === 'true' || value === 'false') return value === 'true'
  return /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value
}

/** Replaces `%d` by a number. */
export function numbered(pattern: string, number: number): string {
  return pattern.replaceAll('%d', String(number))
}

export function numberedTable(table: Table, number: number): Table {
  const entries = Object.entries(table).map(([key, value]) => [
    key,
    typeof value === 'string' ? numbered(value, number) : value,
  ])
  return Object.fromEntries(entries) as Table
}

/** Refuses what would hang or measure nothing. */
export function validate(options: LoadOptions): LoadOptions {
  const { ackBatch, prefetch, producers, consumers } = options
  if (producers + consumers === 0) throw new Error('neither producers nor consumers')
  if (prefetch > 0 && ackBatch > prefetch) {
    throw new Error(`an ack batch of ${ackBatch} never fills with a prefetch of ${prefetch}`)
  }
  if (options.confirms > 65_536) throw new Error('at most 65536 messages may be unconfirmed')
  if (producers > 65_535) throw new Error('at most 65535 producers')
  if (options.queues < 1) throw new Error('at least one queue')
  if (options.exchange === '' && options.bindings > 0) {
    throw new Error('bindings need an exchange')
  }
  return options
}
