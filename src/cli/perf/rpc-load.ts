// Request and reply through the broker with direct reply-to: clients publish with
// `reply_to: amq.rabbitmq.reply-to`, servers answer through the default exchange. [RMQ: direct reply-to]
import { coresSince, nowUs } from './clock.ts'
import { type Latency, newHistogram, record, summarize } from './stats.ts'
import { ByteWriter } from './wire/byte-writer.ts'
import { Channel } from './wire/channel.ts'
import { Connection } from './wire/connection.ts'
import { appendBody, publishHead } from './wire/frames.ts'
import { type Delivery, Receiver } from './wire/receiver.ts'

export type RpcOptions = {
  readonly uris: readonly string[]
  readonly clients: number
  readonly servers: number
  readonly inFlight: number
  readonly size: number
  readonly queueName: string
  readonly timeSeconds: number
  readonly warmupSeconds: number
  readonly phase: (phase: 'measure-start' | 'measure-end') => void
}

export type RpcResult = {
  readonly seconds: number
  readonly calls: number
  readonly rate: number
  /** Cores that this program itself kept busy. */
  readonly generatorCores: number
  readonly latency?: Latency
}

const REPLY_TO = 'amq.rabbitmq.reply-to'
/** Correlation ids are this long so that they can be written over one another. */
const ID_BYTES = 8

/** One ready-made publish of which only correlation id and stamp change. */
class Template {
  readonly bytes: Buffer
  readonly #idAt: number
  readonly #bodyAt: number
  readonly #size: number

  constructor(size: number, target: { routingKey: string; replyTo?: string; frameMax: number }) {
    const head = publishHead(1, {
      exchange: '',
      routingKey: target.routingKey,
      mandatory: false,
      properties: {
        correlationId: '\0'.repeat(ID_BYTES),
        ...(target.replyTo === undefined ? {} : { replyTo: target.replyTo }),
      },
      size,
    })
    const writer = new ByteWriter().append(head)
    this.#bodyAt = appendBody(writer, 1, { size, frameMax: target.frameMax })
    this.bytes = writer.finish()
    this.#size = size
    this.#idAt = this.bytes.indexOf(Buffer.from([ID_BYTES, ...Array(ID_BYTES).fill(0)])) + 1
  }

  /** A copy to send, carrying `id` and, where there is room, the time of the request. */
  fill(id: Uint8Array, stamp: number): Buffer {
    const copy = Buffer.from(this.bytes)
    copy.set(id, this.#idAt)
    if (this.#size >= 8) copy.writeDoubleBE(stamp, this.#bodyAt)
    return copy
  }
}

/** Gathers what one read calls for into one write. */
class Outbox {
  readonly #connection: Connection
  #parts: Buffer[] = []

  constructor(connection: Connection) {
    this.#connection = connection
  }

  add(bytes: Buffer): void {
    this.#parts.push(bytes)
  }

  flush(): void {
    if (this.#parts.length === 0) return
    const bytes = this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts)
    this.#parts = []
    this.#connection.socket.write(bytes as Buffer)
  }
}

type Request = { readonly replyTo: string; readonly id: Buffer }

/** The two properties a server needs, in the order of the specification. [AMQP 1.7, basic] */
function requestOf(delivery: Delivery, at: number): Request {
  const { bytes, view, end } = delivery.scanner
  const flags = view.getUint16(at + 12)
  let next = at + 14
  const skipShort = (bit: number): number => {
    const from = next
    if ((flags & (1 << bit)) !== 0) next += 1 + (bytes[next] as number)
    return from
  }
  skipShort(15)
  skipShort(14)
  if ((flags & (1 << 13)) !== 0) next += 4 + view.getUint32(next)
  if ((flags & (1 << 12)) !== 0) next += 1
  if ((flags & (1 << 11)) !== 0) next += 1
  const idAt = skipShort(10)
  const replyAt = skipShort(9)
  const raw = Buffer.from(bytes.buffer, bytes.byteOffset, end)
  return {
    id: Buffer.from(raw.subarray(idAt + 1, next === replyAt ? idAt + 1 : replyAt)),
    replyTo: raw.toString('latin1', replyAt + 1, next),
  }
}

class Server extends Receiver {
  readonly #connection: Connection
  readonly #outbox: Outbox
  readonly #templates = new Map<string, Template>()
  readonly #fail: (error: Error) => void
  #request: Request = { replyTo: '', id: Buffer.alloc(ID_BYTES) }

  constructor(connection: Connection, fail: (error: Error) => void) {
    super()
    this.#connection = connection
    this.#outbox = new Outbox(connection)
    this.#fail = fail
    connection.setReceiver(this)
  }

  override onContentHeader(delivery: Delivery, at: number): void {
    this.#request = requestOf(delivery, at)
  }

  override onDelivery(delivery: Delivery): void {
    const { replyTo, id } = this.#request
    let template = this.#templates.get(replyTo)
    if (template === undefined) {
      const { frameMax } = this.#connection
      template = new Template(delivery.bodySize, { routingKey: replyTo, frameMax })
      this.#templates.set(replyTo, template)
    }
    this.#outbox.add(template.fill(id, delivery.stamp))
  }

  override onReadEnd(): void {
    this.#outbox.flush()
  }

  override onFailure(error: Error): void {
    this.#fail(error)
  }
}

class Client extends Receiver {
  readonly #outbox: Outbox
  readonly #template: Template
  readonly #onReply: (us: number) => void
  readonly #fail: (error: Error) => void
  readonly #id = Buffer.alloc(ID_BYTES, '0')
  #count = 0

  constructor(
    connection: Connection,
    template: Template,
    onReply: (us: number) => void,
    fail: (error: Error) => void,
  ) {
    super()
    this.#outbox = new Outbox(connection)
    this.#template = template
    this.#onReply = onReply
    this.#fail = fail
    connection.setReceiver(this)
  }

  start(inFlight: number): void {
    for (let index = 0; index < inFlight; index += 1) this.#ask()
    this.#outbox.flush()
  }

  #ask(): void {
    this.#count += 1
    this.#id.write(this.#count.toString(36).padStart(ID_BYTES, '0'))
    this.#outbox.add(this.#template.fill(this.#id, nowUs()))
  }

  override onDelivery(delivery: Delivery): void {
    this.#onReply(delivery.stamp > 0 ? nowUs() - delivery.stamp : -1)
    this.#ask()
  }

  override onReadEnd(): void {
    this.#outbox.flush()
  }

  override onFailure(error: Error): void {
    this.#fail(error)
  }
}

export async function runRpc(options: RpcOptions): Promise<RpcResult> {
  const histogram = newHistogram()
  const connections: Connection[] = []
  let failure: Error | undefined
  let calls = 0
  const fail = (error: Error): void => {
    failure ??= error
  }
  const open = async (index: number): Promise<Channel> => {
    const connection = await Connection.open(options.uris[index % options.uris.length] as string)
    connections.push(connection)
    return Channel.open(connection)
  }
  const onReply = (us: number): void => {
    calls += 1
    if (us >= 0) record(histogram, us)
  }
  try {
    const control = await open(0)
    const queue = { name: options.queueName, durable: false, exclusive: false, autoDelete: false }
    await control.declareQueue({ ...queue, arguments: {} })
    for (let index = 0; index < options.servers; index += 1) {
      const channel = await open(index)
      new Server(channel.connection, fail)
      await channel.consume(options.queueName, String(index), true)
    }
    for (let index = 0; index < options.clients; index += 1) {
      const channel = await open(index)
      const { frameMax } = channel.connection
      const target = { routingKey: options.queueName, replyTo: REPLY_TO, frameMax }
      const template = new Template(options.size, target)
      const client = new Client(channel.connection, template, onReply, fail)
      await channel.consume(REPLY_TO, '0', true)
      client.start(options.inFlight)
    }
    await pause(options.warmupSeconds)
    histogram.reset()
    calls = 0
    options.phase('measure-start')
    const cpu = process.cpuUsage()
    const startUs = nowUs()
    await pause(options.timeSeconds)
    const seconds = (nowUs() - startUs) / 1e6
    const generatorCores = coresSince(cpu, seconds * 1e6)
    options.phase('measure-end')
    if (failure !== undefined) throw failure
    const latency = summarize(histogram)
    const done = calls
    await control.deleteQueue(options.queueName)
    return {
      seconds,
      calls: done,
      rate: Math.round(done / seconds),
      generatorCores,
      ...(latency === undefined ? {} : { latency }),
    }
  } finally {
    for (const connection of connections) connection.destroy()
  }
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000))
}
