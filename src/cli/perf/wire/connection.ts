// One AMQP connection: handshake, calls with an answer, and messages handed to a Receiver. At most
// one channel may receive contents, which is what a load generator needs and lets the message being
// received be fields of this object instead of a new one for each.
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { readProducer, readSequence, SEQUENCE_BYTES, STAMP_BYTES } from './body.ts'
import type { ByteWriter } from './byte-writer.ts'
import { type FrameHandler, FrameScanner } from './frame-scanner.ts'
import { methodFrame, PROTOCOL_HEADER } from './frames.ts'
import { METHOD } from './methods.ts'
import { type Delivery, Receiver } from './receiver.ts'
import { type Endpoint, parseUri } from './uri.ts'

export type ConnectOptions = {
  readonly frameMax: number
  readonly heartbeatSeconds: number
  readonly name: string
}

export const DEFAULT_CONNECT: ConnectOptions = {
  frameMax: 131_072,
  heartbeatSeconds: 0,
  name: 'warren-perf',
}

type Pending = {
  readonly method: number
  readonly resolve: (reply: Buffer) => void
  readonly reject: (error: Error) => void
}

// On POSIX systems libuv asks for memory right before it reads and hands it over at once, so all
// sockets of a process can read into the same place; elsewhere reads are posted ahead of time.
const READ_BYTES = 131_072
const sharedMemory = new Uint8Array(READ_BYTES)
const sharedView = new DataView(sharedMemory.buffer)

const PUBLISHER_CAPABILITIES = {
  publisher_confirms: true,
  'basic.nack': true,
  'connection.blocked': true,
  consumer_cancel_notify: true,
  authentication_failure_close: true,
}

export class Connection implements FrameHandler, Delivery {
  readonly socket: Socket
  readonly #scanner = new FrameScanner(this)
  readonly #endpoint: Endpoint
  readonly #options: ConnectOptions
  readonly #pending = new Map<number, Pending[]>()
  #receiver = new Receiver()
  #closing = false
  #failure: Error | undefined
  #heartbeat: NodeJS.Timeout | undefined
  #onClose: (() => void) | undefined
  #content: 'none' | 'delivery' | 'return' = 'none'
  #bodyLeft = 0
  #isBodyStart = false
  frameMax = 4096
  /** The arguments of connection.start: version and properties of the broker. */
  greeting: Buffer = Buffer.alloc(0)

  // The message being received, as `Delivery` describes it.
  deliveryTag = 0
  redelivered = false
  consumer = 0
  bodySize = 0
  stamp = 0
  producer = -1
  sequence = -1

  static async open(uri: string, options: ConnectOptions = DEFAULT_CONNECT): Promise<Connection> {
    const connection = new Connection(parseUri(uri), options)
    await connection.#handshake()
    return connection
  }

  private constructor(endpoint: Endpoint, options: ConnectOptions) {
    this.#endpoint = endpoint
    this.#options = options
    this.socket = endpoint.tls ? this.#dialTls() : this.#dialTcp()
    this.socket.setNoDelay(true)
    this.socket.on('error', (error) => this.#fail(error))
    this.socket.on('close', () => {
      clearInterval(this.#heartbeat)
      this.#onClose?.()
      if (!this.#closing) this.#fail(new Error('the broker closed the connection'))
    })
  }

  get scanner(): FrameScanner {
    return this.#scanner
  }

  setReceiver(receiver: Receiver): void {
    this.#receiver = receiver
    if (this.#failure !== undefined) receiver.onFailure(this.#failure)
  }

  #dialTcp(): Socket {
    const { host, port } = this.#endpoint
    const own = process.platform === 'win32'
    const memory = own ? new Uint8Array(READ_BYTES) : sharedMemory
    const view = own ? new DataView(memory.buffer) : sharedView
    const callback = (length: number): boolean => {
      this.#onRead(memory, view, length)
      return true
    }
    return connectTcp({ host, port, onread: { buffer: memory, callback } })
  }

  #dialTls(): Socket {
    const { host, port } = this.#endpoint
    const socket = connectTls({ host, port, servername: host })
    socket.on('data', (chunk: Buffer) => {
      const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      this.#onRead(chunk, view, chunk.length)
    })
    return socket
  }

  #onRead(bytes: Uint8Array, view: DataView, length: number): void {
    try {
      this.#scanner.feed(bytes, view, length)
      this.#receiver.onReadEnd()
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  async #handshake(): Promise<void> {
    const start = this.#expect(0, METHOD.connectionStart)
    this.socket.write(PROTOCOL_HEADER)
    this.greeting = await start
    const { user, password, vhost } = this.#endpoint
    const tune = await this.call(0, METHOD.connectionTune, METHOD.connectionStartOk, (writer) =>
      writer
        .table({
          product: 'warren-perf',
          platform: 'Node.js',
          connection_name: this.#options.name,
          capabilities: PUBLISHER_CAPABILITIES,
        })
        .shortString('PLAIN')
        .longString(`\0${user}\0${password}`)
        .shortString('en_US'),
    )
    const offered = tune.readUInt32BE(2)
    this.frameMax = Math.min(offered === 0 ? 2 ** 31 : offered, this.#options.frameMax)
    const heartbeat = this.#options.heartbeatSeconds
    this.socket.write(
      methodFrame(0, METHOD.connectionTuneOk, (writer) =>
        writer.u16(tune.readUInt16BE(0)).u32(this.frameMax).u16(heartbeat),
      ),
    )
    await this.call(0, METHOD.connectionOpenOk, METHOD.connectionOpen, (writer) =>
      writer.shortString(vhost).shortString('').u8(0),
    )
    if (heartbeat > 0) this.#beat(heartbeat)
  }

  #beat(seconds: number): void {
    const frame = Buffer.from([8, 0, 0, 0, 0, 0, 0, 0xce])
    this.#heartbeat = setInterval(() => this.socket.write(frame), (seconds * 1000) / 2)
    this.#heartbeat.unref()
  }

  /** Sends a method and resolves to the arguments of its answer. */
  async call(
    channel: number,
    answer: number,
    method: number,
    fill?: (writer: ByteWriter) => void,
  ): Promise<Buffer> {
    const reply = this.#expect(channel, answer)
    this.socket.write(methodFrame(channel, method, fill))
    return reply
  }

  #expect(channel: number, method: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure)
        return
      }
      const queue = this.#pending.get(channel)
      const pending = { method, resolve, reject }
      if (queue === undefined) this.#pending.set(channel, [pending])
      else queue.push(pending)
    })
  }

  onMethod(channel: number, method: number, at: number): void {
    const { bytes, view } = this.#scanner
    switch (method) {
      case METHOD.basicDeliver:
        this.#onDeliver(at)
        return
      case METHOD.basicAck:
        this.#receiver.onConfirm(readTag(view, at), bytes[at + 8] === 1, true)
        return
      case METHOD.basicNack:
        this.#receiver.onConfirm(readTag(view, at), ((bytes[at + 8] as number) & 1) === 1, false)
        return
      case METHOD.basicGetOk:
        this.#content = 'delivery'
        this.deliveryTag = readTag(view, at)
        this.redelivered = bytes[at + 8] === 1
        this.consumer = 0
        return
      case METHOD.basicGetEmpty:
        this.#receiver.onGetEmpty()
        return
      case METHOD.basicReturn:
        this.#content = 'return'
        return
      default:
        this.#onRareMethod(channel, method, at)
    }
  }

  #onDeliver(at: number): void {
    const { bytes, view } = this.#scanner
    const tagEnd = at + 1 + (bytes[at] as number)
    let consumer = 0
    for (let i = at + 1; i < tagEnd; i += 1) consumer = consumer * 10 + (bytes[i] as number) - 48
    this.consumer = consumer
    this.deliveryTag = readTag(view, tagEnd)
    this.redelivered = bytes[tagEnd + 8] === 1
    this.#content = 'delivery'
  }

  #onRareMethod(channel: number, method: number, at: number): void {
    const bytes = Buffer.from(this.#scanner.bytes.subarray(at, this.#scanner.end))
    switch (method) {
      case METHOD.connectionBlocked:
        this.#receiver.onPause(true)
        return
      case METHOD.connectionUnblocked:
        this.#receiver.onPause(false)
        return
      case METHOD.channelFlow:
        this.#receiver.onPause(bytes[0] === 0)
        this.socket.write(
          methodFrame(channel, METHOD.channelFlowOk, (w) => w.u8(bytes[0] as number)),
        )
        return
      case METHOD.basicCancel:
        throw new Error('the broker cancelled a consumer: its queue is gone')
      case METHOD.connectionClose:
        this.socket.write(methodFrame(0, METHOD.connectionCloseOk))
        this.#closing = true
        this.#fail(new Error(`the broker closed the connection: ${closeText(bytes)}`))
        return
      case METHOD.channelClose:
        this.socket.write(methodFrame(channel, METHOD.channelCloseOk))
        this.#fail(new Error(`the broker closed the channel: ${closeText(bytes)}`))
        return
      default:
        this.#onAnswer(channel, method, bytes)
    }
  }

  #onAnswer(channel: number, method: number, bytes: Buffer): void {
    const pending = this.#pending.get(channel)?.shift()
    if (pending === undefined || pending.method !== method) {
      throw new Error(`unexpected method ${method >>> 16},${method & 0xffff} from the broker`)
    }
    pending.resolve(bytes)
  }

  onHeader(_channel: number, bodySize: number, at: number): void {
    this.bodySize = bodySize
    this.#bodyLeft = bodySize
    this.#isBodyStart = true
    this.stamp = 0
    this.sequence = -1
    this.#receiver.onContentHeader(this, at)
    if (bodySize === 0) this.#onContent()
  }

  onBody(_channel: number, size: number, at: number): void {
    if (this.#isBodyStart) {
      this.#isBodyStart = false
      const view = this.#scanner.view
      if (size >= STAMP_BYTES) this.stamp = view.getFloat64(at)
      if (size >= SEQUENCE_BYTES) {
        this.producer = readProducer(view, at)
        this.sequence = readSequence(view, at)
      }
    }
    this.#bodyLeft -= size
    if (this.#bodyLeft === 0) this.#onContent()
    else if (this.#bodyLeft < 0) throw new Error('the broker sent more body than its header said')
  }

  #onContent(): void {
    if (this.#content === 'return') this.#receiver.onReturn()
    else this.#receiver.onDelivery(this)
    this.#content = 'none'
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    const calls = [...this.#pending.values()].flat()
    this.#pending.clear()
    for (const call of calls) call.reject(error)
    if (calls.length === 0) this.#receiver.onFailure(error)
    this.socket.destroySoon()
  }

  /** Closes in the way the protocol asks for. */
  async close(): Promise<void> {
    if (this.#failure !== undefined) return
    this.#closing = true
    await this.call(0, METHOD.connectionCloseOk, METHOD.connectionClose, (writer) =>
      writer.u16(200).shortString('').u16(0).u16(0),
    )
    await this.#end()
  }

  #end(): Promise<void> {
    return new Promise((resolve) => {
      if (this.socket.destroyed) {
        resolve()
        return
      }
      this.#onClose = resolve
      this.socket.destroySoon()
    })
  }

  /** Drops the socket without a word. */
  destroy(): void {
    this.#closing = true
    this.#receiver = new Receiver()
    this.socket.destroy()
  }
}

function readTag(view: DataView, at: number): number {
  return view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4)
}

function closeText(bytes: Buffer): string {
  const length = bytes[2] as number
  return `${bytes.readUInt16BE(0)} ${bytes.toString('utf8', 3, 3 + length)}`
}
