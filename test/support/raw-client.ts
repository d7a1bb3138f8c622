// A small AMQP client for tests, on node:net and on its own codec. It sends any method with any
// field, any frame and any bytes, and hands out what the server sends, in order. It does not
// retry, does not check, and shares nothing with src/protocol.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import {
  amqplainResponse,
  type Field,
  headerBytes,
  methodBytes,
  Reader,
  readHeader,
  readMethod,
  type Values,
} from './raw-codec.ts'
import { methodNamed, methodWithIds } from './raw-methods.ts'

export const FrameType = { method: 1, header: 2, body: 3, heartbeat: 8 } as const

/** One thing the server said: a method with its content, a heartbeat, or the end of the socket. */
export interface Said {
  readonly channel: number
  readonly name: string
  readonly args: Readonly<Record<string, unknown>>
  readonly properties?: Readonly<Record<string, unknown>> & {
    readonly headers?: Record<string, Field>
  }
  readonly body?: string
}

export interface ConnectOptions {
  readonly user?: string
  readonly password?: string
  readonly vhost?: string
  readonly mechanism?: string
  readonly capabilities?: Readonly<Record<string, boolean>>
  readonly clientProperties?: Values
  readonly tune?: { channelMax?: number; frameMax?: number; heartbeat?: number }
  readonly localAddress?: string
}

/** What every current client library announces. */
export const usualCapabilities = {
  publisher_confirms: true,
  exchange_exchange_bindings: true,
  'basic.nack': true,
  consumer_cancel_notify: true,
  'connection.blocked': true,
  authentication_failure_close: true,
} as const

export class RawClient {
  readonly socket: Socket
  #received: Buffer = Buffer.alloc(0)
  #said: Said[] = []
  #waiting: ((said: Said) => void)[] = []
  #partial = new Map<number, { said: Said; bodySize: number; parts: Buffer[] }>()
  /** Set once the negotiation is over; the body is cut into frames of this size. */
  frameMax = 131_072
  /** Of the frames that came, with head and end. */
  longestFrame = 0
  /** For answers that are not frames, such as the server's protocol header. */
  keepRaw = false

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => this.#onData(chunk))
    socket.on('error', () => {})
    socket.on('close', () => this.#push({ channel: 0, name: 'socket.closed', args: {} }))
  }

  /** Only TCP: not a byte of AMQP is sent. */
  static async dial(url: string, localAddress?: string): Promise<RawClient> {
    const { hostname, port } = new URL(url)
    const socket = connect({
      host: hostname,
      port: Number(port),
      noDelay: true,
      ...(localAddress === undefined ? {} : { localAddress }),
    })
    await once(socket, 'connect')
    return new RawClient(socket)
  }

  /** A connection that is open, with nothing on it but channel 0. */
  static async connect(url: string, options: ConnectOptions = {}): Promise<RawClient> {
    const client = await RawClient.dial(url, options.localAddress)
    client.sendProtocolHeader()
    await client.expect('connection.start')
    client.login(options)
    const tune = await client.expect('connection.tune')
    client.send(0, 'connection.tune-ok', { ...tune.args, heartbeat: 0, ...options.tune })
    client.frameMax = options.tune?.frameMax ?? Number(tune.args.frameMax)
    client.send(0, 'connection.open', { virtualHost: options.vhost ?? '/' })
    await client.expect('connection.open-ok')
    return client
  }

  /** An open connection with channel 1 open. */
  static async channel(url: string, options: ConnectOptions = {}): Promise<RawClient> {
    const client = await RawClient.connect(url, options)
    await client.call(1, 'channel.open')
    return client
  }

  sendProtocolHeader(): void {
    this.socket.write('AMQP\0\0\x09\x01')
  }

  login(options: ConnectOptions = {}): void {
    const user = options.user ?? 'guest'
    const password = options.password ?? 'guest'
    const mechanism = options.mechanism ?? 'PLAIN'
    this.send(0, 'connection.start-ok', {
      clientProperties: {
        product: 'raw test client',
        capabilities: options.capabilities ?? usualCapabilities,
        ...options.clientProperties,
      },
      mechanism,
      response:
        mechanism === 'AMQPLAIN' ? amqplainResponse(user, password) : `\0${user}\0${password}`,
      locale: 'en_US',
    })
  }

  send(channel: number, name: string, values: Values = {}): void {
    this.sendFrame(FrameType.method, channel, methodBytes(methodNamed(name), values))
  }

  sendFrame(type: number, channel: number, payload: Uint8Array, end = 0xce): void {
    const head = Buffer.alloc(7)
    head.writeUInt8(type)
    head.writeUInt16BE(channel, 1)
    head.writeUInt32BE(payload.length, 3)
    this.socket.write(Buffer.concat([head, payload, Buffer.from([end])]))
  }

  publish(
    channel: number,
    values: Values,
    body: string | Uint8Array = '',
    properties: Values = {},
  ): void {
    const bytes = Buffer.from(body as string)
    this.socket.cork()
    this.send(channel, 'basic.publish', values)
    this.sendFrame(FrameType.header, channel, headerBytes(bytes.length, properties))
    const step = this.frameMax === 0 ? bytes.length : this.frameMax - 8
    for (let at = 0; at < bytes.length; at += step)
      this.sendFrame(FrameType.body, channel, bytes.subarray(at, at + step))
    this.socket.uncork()
  }

  /** Sends and returns what the server says next, whatever that is. */
  async call(channel: number, name: string, values: Values = {}): Promise<Said> {
    this.send(channel, name, values)
    return await this.next()
  }

  async next(timeoutMs = 10_000): Promise<Said> {
    const said = await this.nextOrNothing(timeoutMs)
    if (said === undefined) throw new Error(`the server said nothing within ${timeoutMs} ms`)
    return said
  }

  async nextOrNothing(timeoutMs: number): Promise<Said | undefined> {
    const first = this.#said.shift()
    if (first !== undefined) return first
    return await new Promise((resolve) => {
      const waiter = (said: Said): void => {
        clearTimeout(timer)
        resolve(said)
      }
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1)
        resolve(undefined)
      }, timeoutMs)
      this.#waiting.push(waiter)
    })
  }

  async expect(name: string, timeoutMs?: number): Promise<Said> {
    const said = await this.next(timeoutMs)
    if (said.name !== name) {
      throw new Error(`expected ${name}, the server said ${said.name} ${JSON.stringify(said.args)}`)
    }
    return said
  }

  /**
   * Everything said until the answer to a harmless call. What the channel itself does is complete
   * then; deliveries come from queues, which are on their own time, so wait for those by number.
   */
  async settle(channel = 1): Promise<Said[]> {
    this.send(channel, 'channel.flow', { active: true })
    const before: Said[] = []
    for (;;) {
      const said = await this.next()
      if (said.name === 'channel.flow-ok' && said.channel === channel) return before
      before.push(said)
      if (said.name === 'socket.closed') return before
      if (said.name === 'channel.close' && said.channel === channel) return before
      if (said.name === 'connection.close') return before
    }
  }

  async close(): Promise<void> {
    if (this.socket.destroyed) return
    this.send(0, 'connection.close', { replyCode: 200, replyText: 'done' })
    for (;;) {
      const said = await this.next(5_000)
      if (said.name === 'connection.close-ok' || said.name === 'socket.closed') break
    }
    this.socket.destroy()
  }

  destroy(): void {
    this.socket.destroy()
  }

  get rawBytes(): Buffer {
    return this.#received
  }

  #push(said: Said): void {
    const waiter = this.#waiting.shift()
    if (waiter === undefined) this.#said.push(said)
    else waiter(said)
  }

  #onData(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk])
    if (this.keepRaw) return
    for (;;) {
      if (this.#received.length < 8) return
      const length = this.#received.readUInt32BE(3)
      if (this.#received.length < length + 8) return
      const type = this.#received.readUInt8()
      const channel = this.#received.readUInt16BE(1)
      const payload = this.#received.subarray(7, 7 + length)
      if (this.#received[7 + length] !== 0xce) throw new Error('the server sent a bad frame end')
      this.#received = this.#received.subarray(length + 8)
      this.longestFrame = Math.max(this.longestFrame, length + 8)
      this.#onFrame(type, channel, payload)
    }
  }

  #onFrame(type: number, channel: number, payload: Buffer): void {
    if (type === FrameType.heartbeat) {
      this.#push({ channel, name: 'heartbeat', args: {} })
      return
    }
    if (type === FrameType.method) {
      const reader = new Reader(payload)
      const method = methodWithIds(reader.number(2), reader.number(2))
      const said: Said = { channel, name: method.name, args: readMethod(reader, method) }
      if (['basic.deliver', 'basic.get-ok', 'basic.return'].includes(method.name))
        this.#partial.set(channel, { said, bodySize: -1, parts: [] })
      else this.#push(said)
      return
    }
    const partial = this.#partial.get(channel)
    if (partial === undefined) throw new Error(`content on channel ${channel} without a method`)
    if (type === FrameType.header) {
      const { bodySize, properties } = readHeader(payload)
      partial.bodySize = bodySize
      partial.said = { ...partial.said, properties }
    } else partial.parts.push(payload)
    const body = Buffer.concat(partial.parts)
    if (body.length < partial.bodySize) return
    this.#partial.delete(channel)
    this.#push({ ...partial.said, body: body.toString() })
  }
}

/** A field table without its type letters. */
export function plainTable(table: Readonly<Record<string, Field>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(table).map(([key, field]) => [key, plainField(field)]))
}

function plainField([letter, value]: Field): unknown {
  if (letter === 'F') return plainTable(value as Record<string, Field>)
  if (letter === 'A') return (value as Field[]).map(plainField)
  return value
}
