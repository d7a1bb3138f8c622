// The server side of ZeroRPC: events to calls and back. One call is one channel; the first event of
// a channel is the request, whose name is the method.
import { randomBytes } from 'node:crypto'
import { type Dispatcher, type Metadata, noMetadata, ServerCall } from '../call.ts'
import { RpcError } from '../error.ts'
import { StreamWindow } from '../stream-window.ts'
import { isAsyncIterable } from '../value.ts'
import { BuiltIns } from './built-ins.ts'
import {
  EventCodec,
  type EventHeader,
  type EventId,
  EventName,
  IdSource,
  idKey,
  isEventId,
  protocolVersion,
  type ZerorpcEvent,
} from './codec.ts'
import { grantOf } from './credit.ts'
import { errorArgs, errorHeader } from './errors.ts'
import { type Beating, Liveness } from './liveness.ts'
import type { ZerorpcServerOptions } from './options.ts'
import { delimiter, type Frame } from './socket.ts'

/** Routing frames before the payload; each proxy on the way adds one. */
const routingFramesMax = 15

export class ZerorpcHandler {
  readonly dispatcher: Dispatcher
  readonly builtIns: BuiltIns
  readonly codec: EventCodec
  readonly ids: IdSource = new IdSource(randomBytes(12))
  readonly liveness: Liveness
  readonly #send: (frames: Frame[]) => void
  readonly #channelsMax: number
  readonly #channels = new Map<string, ServerChannel>()
  readonly #channelsOfPeer = new Map<string, number>()
  #stopped = false

  constructor(
    dispatcher: Dispatcher,
    options: ZerorpcServerOptions,
    send: (frames: Frame[]) => void,
  ) {
    this.dispatcher = dispatcher
    this.builtIns = new BuiltIns(dispatcher)
    this.codec = new EventCodec(options.depthMax)
    this.liveness = new Liveness(options.heartbeatMs ?? 5000)
    this.#channelsMax = options.channelsMax ?? 4096
    this.#send = send
  }

  receive(frames: Buffer[]): void {
    const payload = frames.at(-1)
    if (payload === undefined || frames.length < 2 || frames.length > routingFramesMax + 2) return
    let event: ZerorpcEvent
    try {
      event = this.codec.decode(payload)
    } catch {
      // Python logs and drops what is no event: nobody could be told anyway.
      return
    }
    const routing = frames.slice(0, -1).filter((frame) => frame.length > 0)
    const peer = routing.map((frame) => frame.toString('latin1')).join('/')
    const { response_to: responseTo, message_id: id } = event.header
    if (responseTo !== undefined) {
      if (isEventId(responseTo)) this.#channels.get(`${peer} ${idKey(responseTo)}`)?.receive(event)
      return
    }
    if (isEventId(id)) this.#open(peer, routing, id, event)
  }

  /** The connection of that name has ended, and its calls with it. */
  peerGone(name: Buffer): void {
    for (const channel of this.#channels.values()) {
      if (channel.isOf(name)) channel.lost()
    }
  }

  /** New requests are refused, open channels go on. */
  stop(): void {
    this.#stopped = true
  }

  async close(): Promise<void> {
    // The calls have ended, but the last events of their channels may wait for credit.
    const until = performance.now() + 500
    while (this.#channels.size > 0 && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    for (const channel of this.#channels.values()) channel.lost()
    this.liveness.stop()
  }

  send(frames: Frame[]): void {
    this.#send(frames)
  }

  remove(channel: ServerChannel): void {
    if (!this.#channels.delete(channel.key)) return
    this.liveness.remove(channel)
    const open = (this.#channelsOfPeer.get(channel.peer) ?? 1) - 1
    if (open === 0) this.#channelsOfPeer.delete(channel.peer)
    else this.#channelsOfPeer.set(channel.peer, open)
  }

  #open(peer: string, routing: Buffer[], id: EventId, event: ZerorpcEvent): void {
    const key = `${peer} ${idKey(id)}`
    // A channel is opened once; a second event with its id is a peer's mistake.
    if (this.#channels.has(key)) return
    const channel = new ServerChannel(this, { key, peer, routing, id })
    const open = this.#channelsOfPeer.get(peer) ?? 0
    this.#channels.set(key, channel)
    this.#channelsOfPeer.set(peer, open + 1)
    if (this.#stopped) {
      channel.fail(new RpcError('UNAVAILABLE', 'the server is shutting down'), event)
    } else if (open >= this.#channelsMax) {
      channel.fail(new RpcError('RESOURCE_EXHAUSTED', 'too many calls are open'), event)
    } else {
      this.liveness.add(channel)
      channel.run(event).catch(() => this.remove(channel))
    }
  }
}

interface ChannelAddress {
  readonly key: string
  readonly peer: string
  readonly routing: readonly Buffer[]
  readonly id: EventId
}

class ServerChannel implements Beating {
  readonly key: string
  readonly peer: string
  readonly #owner: ZerorpcHandler
  readonly #prefix: readonly Frame[]
  readonly #id: EventId
  readonly #credit = new StreamWindow(1)
  #call: ServerCall | undefined

  constructor(owner: ZerorpcHandler, address: ChannelAddress) {
    this.key = address.key
    this.peer = address.peer
    this.#owner = owner
    this.#prefix = [...address.routing, delimiter]
    this.#id = address.id
  }

  isOf(connection: Buffer): boolean {
    return this.#prefix[0] !== undefined && connection.equals(this.#prefix[0])
  }

  async run(request: ZerorpcEvent): Promise<void> {
    try {
      const result = await this.#result(request)
      if (isAsyncIterable(result)) await this.#stream(result)
      else this.#emit(EventName.OK, [result])
    } catch (reason) {
      this.fail(RpcError.from(reason), request)
    } finally {
      this.#owner.remove(this)
    }
  }

  fail(error: RpcError, request: ZerorpcEvent): void {
    const version = typeof request.header.v === 'number' ? request.header.v : 1
    const args = errorArgs(error, request.name, version)
    try {
      this.#emit(EventName.ERR, args, errorHeader(error))
    } catch {
      // Details that cannot be sent must not hide the error itself.
      this.#emit(EventName.ERR, args)
    }
    this.#owner.remove(this)
  }

  receive(event: ZerorpcEvent): void {
    this.#owner.liveness.seen(this)
    if (event.name === EventName.MORE) this.#credit.add(grantOf(event.args))
    else if (event.name === EventName.HEARTBEAT) {
      // ZeroRPC has no word for cancelling. Ours is a heartbeat with a mark in its header, which
      // other servers take for a heartbeat; they notice the silence that follows.
      if (event.header.cancel === true) this.#end('cancelled by the caller')
      else this.#owner.liveness.echo(this)
    }
  }

  beat(): void {
    this.#emit(EventName.HEARTBEAT, [0])
  }

  lost(): void {
    this.#end('the caller is lost')
  }

  #end(why: string): void {
    this.#call?.abort(new RpcError('CANCELLED', why))
    this.#credit.close()
    this.#owner.remove(this)
  }

  #result(request: ZerorpcEvent): Promise<unknown> | unknown {
    const { name, args, header } = request
    if (!Array.isArray(args)) throw new RpcError('INVALID_ARGUMENT', 'arguments must be an array')
    const own = this.#owner.builtIns.call(name, args)
    if (own !== undefined) return own
    const { timeout_ms: timeoutMs } = header
    this.#call = new ServerCall({
      method: name,
      args,
      metadata: metadataOf(header),
      transport: 'zerorpc',
      peer: Buffer.from(this.peer, 'latin1').toString('hex'),
      timeoutMs: typeof timeoutMs === 'number' && timeoutMs >= 0 ? timeoutMs : undefined,
    })
    return this.#owner.dispatcher.dispatch(this.#call)
  }

  async #stream(items: AsyncIterable<unknown>): Promise<void> {
    for await (const item of items) {
      if (!(await this.#credit.take())) return
      this.#emit(EventName.STREAM, item)
    }
    if (await this.#credit.take()) this.#emit(EventName.STREAM_DONE, null)
  }

  #emit(name: string, args: unknown, extra?: Record<string, unknown>): void {
    const header = {
      message_id: this.#owner.ids.next(),
      v: protocolVersion,
      response_to: this.#id,
      ...extra,
    }
    this.#owner.send([...this.#prefix, this.#owner.codec.encode({ header, name, args })])
  }
}

const protocolKeys = new Set(['message_id', 'response_to', 'v', 'timeout_ms'])

function metadataOf(header: EventHeader): Metadata {
  let metadata: Record<string, string> | undefined
  for (const key in header) {
    const value = header[key]
    if (protocolKeys.has(key) || typeof value !== 'string') continue
    metadata ??= {}
    metadata[key.toLowerCase()] = value
  }
  return metadata ?? noMetadata
}
