// Calls a ZeroRPC server, as Python's `zerorpc.Client` does, with any number of calls at once on one
// socket. The socket connects and reconnects by itself; a call that nobody answers ends by its
// deadline or by missing heartbeats.
import { randomBytes } from 'node:crypto'
import type { ClientCall, ClientTransport, ServiceDescription } from '../call.ts'
import { RpcError } from '../error.ts'
import { ItemQueue } from '../item-queue.ts'
import { tcpText } from '../zmtp/address.ts'
import { Dealer } from '../zmtp/dealer.ts'
import {
  EventCodec,
  EventName,
  IdSource,
  idKey,
  isEventId,
  protocolVersion,
  type ZerorpcEvent,
} from './codec.ts'
import { descriptionOf, listedDescription } from './description.ts'
import { errorOf } from './errors.ts'
import { type Beating, Liveness } from './liveness.ts'
import type { ZerorpcClientOptions } from './options.ts'
import {
  curveSettings,
  delimiter,
  EventSocket,
  limitsOf,
  loadZeroMq,
  type MessageSocket,
  socketSettings,
} from './socket.ts'

export async function openZerorpc(
  url: URL,
  options: ZerorpcClientOptions = {},
): Promise<ClientTransport> {
  return new ZerorpcClient(await openSocket(url, options), options)
}

async function openSocket(url: URL, options: ZerorpcClientOptions): Promise<MessageSocket> {
  const limits = { messageBytesMax: options.messageBytesMax, queuedMax: options.queuedMax }
  const isTcp = url.protocol !== 'zerorpc+ipc:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = Number(url.port || 4242)
  if (isTcp && options.curve === undefined) {
    return new Dealer({ host, port }, limitsOf(limits, 1))
  }
  const zeroMq = await loadZeroMq()
  const dealer = new zeroMq.Dealer({
    ...socketSettings(limits),
    ...curveSettings(zeroMq, options.curve),
  })
  dealer.connect(isTcp ? tcpText(host, port) : `ipc://${url.pathname}`)
  return new EventSocket(dealer, limits)
}

class ZerorpcClient implements ClientTransport {
  readonly codec: EventCodec
  readonly ids: IdSource = new IdSource(randomBytes(12))
  readonly liveness: Liveness
  readonly window: number
  readonly #socket: MessageSocket
  readonly #channelsMax: number
  readonly #channels = new Map<string, ClientChannel>()

  constructor(socket: MessageSocket, options: ZerorpcClientOptions) {
    this.codec = new EventCodec(options.depthMax)
    this.liveness = new Liveness(options.heartbeatMs ?? 5000)
    this.window = options.window ?? 100
    this.#channelsMax = options.channelsMax ?? 65_536
    this.#socket = socket
    socket.read(
      (frames) => this.#receive(frames),
      () => undefined,
    )
  }

  call(call: ClientCall): Promise<unknown> {
    return this.#request(call.method, call.args, call)
  }

  #request(method: string, args: readonly unknown[], call: ClientCall): Promise<unknown> {
    if (this.#channels.size >= this.#channelsMax) {
      return Promise.reject(new RpcError('RESOURCE_EXHAUSTED', 'too many calls are open'))
    }
    return new Promise((resolve, reject) => {
      const channel = new ClientChannel(this, resolve, reject)
      this.#channels.set(channel.key, channel)
      call.onAbort((error) => channel.cancel(error))
      if (call.aborted !== undefined) return
      try {
        channel.request(method, args, requestHeader(call))
      } catch (reason) {
        this.remove(channel)
        reject(RpcError.from(reason, 'INVALID_ARGUMENT'))
      }
    })
  }

  /** Every call is answered in ZeroRPC; the answer is not waited for. */
  async notify(call: ClientCall): Promise<void> {
    const { method, args } = call
    const message_id = this.ids.next()
    const header = { message_id, v: protocolVersion, ...requestHeader(call) }
    this.#socket.send([delimiter, this.codec.encode({ header, name: method, args })])
  }

  async describe(whole: ClientCall): Promise<ServiceDescription> {
    try {
      return descriptionOf(await this.#request('_zerorpc_inspect', [], whole))
    } catch (reason) {
      // Python's server cannot inspect since Python 3.11; it can still list.
      if (whole.aborted !== undefined) throw reason
      return listedDescription(await this.#request('_zerorpc_list', [], whole))
    }
  }

  async close(): Promise<void> {
    const closed = new RpcError('CANCELLED', 'the client is closed')
    for (const channel of this.#channels.values()) channel.cancel(closed)
    this.liveness.stop()
    await this.#socket.close()
  }

  emit(event: ZerorpcEvent): void {
    this.#socket.send([delimiter, this.codec.encode(event)])
  }

  remove(channel: ClientChannel): boolean {
    this.liveness.remove(channel)
    return this.#channels.delete(channel.key)
  }

  #receive(frames: Buffer[]): void {
    const payload = frames.at(-1)
    if (payload === undefined || frames.length > 2) return
    let event: ZerorpcEvent
    try {
      event = this.codec.decode(payload)
    } catch {
      return
    }
    const { response_to: responseTo } = event.header
    // What answers no open channel is late: the call was aborted.
    if (isEventId(responseTo)) this.#channels.get(idKey(responseTo))?.receive(event)
  }
}

function requestHeader(call: ClientCall): Record<string, unknown> {
  const remainingMs = call.remainingMs()
  return {
    ...call.metadata,
    ...(remainingMs === undefined ? {} : { timeout_ms: Math.max(0, Math.ceil(remainingMs)) }),
  }
}

class ClientChannel implements Beating {
  readonly key: string
  readonly #owner: ZerorpcClient
  readonly #id: Buffer
  readonly #resolve: (value: unknown) => void
  readonly #reject: (reason: unknown) => void
  #stream: ItemQueue | undefined
  #taken = 0

  constructor(
    owner: ZerorpcClient,
    resolve: (value: unknown) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#owner = owner
    this.#id = owner.ids.next()
    this.key = idKey(this.#id)
    this.#resolve = resolve
    this.#reject = reject
  }

  request(name: string, args: unknown, extra: Record<string, unknown>): void {
    const header = { ...extra, message_id: this.#id, v: protocolVersion }
    this.#owner.emit({ header, name, args })
    this.#owner.liveness.add(this)
  }

  receive(event: ZerorpcEvent): void {
    this.#owner.liveness.seen(this)
    switch (event.name) {
      case EventName.OK:
        this.#settle(Array.isArray(event.args) ? (event.args[0] as unknown) : event.args)
        return
      case EventName.ERR:
        this.#fail(errorOf(event.args, event.header))
        return
      case EventName.STREAM:
        this.#items().push(event.args)
        return
      case EventName.STREAM_DONE: {
        const stream = this.#items()
        this.#owner.remove(this)
        stream.end()
        return
      }
      default:
      // Heartbeats count as life, which is done above; grants are for more than we ever send.
    }
  }

  /** The caller has given up. The server is told in a way that others take for a heartbeat. */
  cancel(error: RpcError): void {
    if (!this.#owner.remove(this)) return
    this.#reject(error)
    this.#stream?.fail(error)
    this.#tellCancelled()
  }

  beat(): void {
    this.#emit(EventName.HEARTBEAT, [0])
  }

  lost(): void {
    const seconds = (2 * this.#owner.liveness.intervalMs) / 1000
    this.#fail(new RpcError('UNAVAILABLE', `lost remote after ${seconds}s without heartbeat`))
  }

  #settle(value: unknown): void {
    this.#owner.remove(this)
    this.#resolve(value)
  }

  #fail(error: RpcError): void {
    this.#owner.remove(this)
    if (this.#stream === undefined) this.#reject(error)
    else this.#stream.fail(error)
  }

  #items(): ItemQueue {
    if (this.#stream !== undefined) return this.#stream
    this.#stream = new ItemQueue({
      limit: this.#owner.window + 1,
      onTake: () => this.#took(),
      onCancel: () => {
        if (this.#owner.remove(this)) this.#tellCancelled()
      },
    })
    this.#resolve(this.#stream)
    // The first item came on the credit that every channel begins with.
    this.#emit(EventName.MORE, [this.#owner.window])
    return this.#stream
  }

  /** Grants in halves of the window, as Python does; never more than has been read. */
  #took(): void {
    this.#taken += 1
    // The item that came before the first grant was not covered by it.
    const half = Math.ceil(this.#owner.window / 2) + 1
    if (this.#taken <= half) return
    this.#taken -= half
    this.#emit(EventName.MORE, [half])
  }

  #tellCancelled(): void {
    this.#emit(EventName.HEARTBEAT, [0], { cancel: true })
  }

  #emit(name: string, args: unknown, extra?: Record<string, unknown>): void {
    const message_id = this.#owner.ids.next()
    const header = { message_id, v: protocolVersion, response_to: this.#id, ...extra }
    try {
      this.#owner.emit({ header, name, args })
    } catch {
      // The queue is full because the peer takes nothing: it would not take this one either.
    }
  }
}
