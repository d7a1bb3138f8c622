// One request from a queue to its reply. The reply is published before the request is acknowledged:
// when the worker dies in between, the call runs again, but it is never lost.
import type { Channel, ConsumeMessage } from 'amqplib'
import { type Dispatcher, ServerCall } from '../call.ts'
import { RpcError } from '../error.ts'
import { StreamWindow } from '../stream-window.ts'
import { isAsyncIterable } from '../value.ts'
import type { CallerWatch, WatchedCaller } from './caller-watch.ts'
import {
  ControlType,
  type DecodedRequest,
  Header,
  headersOf,
  metadataOf,
  type Profile,
  type Reply,
} from './codec.ts'
import type { AmqpServerOptions } from './options.ts'
import { serverProfiles } from './profile-choice.ts'

/** Cancellations that came before their request did. */
const cancelledMax = 1000

interface Active {
  readonly call: ServerCall
  window: StreamWindow | undefined
  caller: WatchedCaller | undefined
}

export interface WorkerLink {
  readonly channel: Channel
  readonly controlQueue: string
  readonly callers: CallerWatch
}

export class AmqpHandler {
  readonly #dispatcher: Dispatcher
  readonly #channel: Channel
  readonly #options: AmqpServerOptions
  readonly #controlQueue: string
  readonly #callers: CallerWatch
  readonly #profileOf: (message: ConsumeMessage) => Profile
  readonly #active = new Map<string, Active>()
  readonly #cancelled = new Set<string>()
  #running = 0
  #stopped = false
  #lost = false

  constructor(dispatcher: Dispatcher, link: WorkerLink, options: AmqpServerOptions) {
    this.#dispatcher = dispatcher
    this.#channel = link.channel
    this.#options = options
    this.#controlQueue = link.controlQueue
    this.#callers = link.callers
    const { methods } = dispatcher.describe()
    const only = methods.length === 1 ? methods[0]?.name : undefined
    this.#profileOf = serverProfiles(options, options.rawMethod ?? only)
  }

  receive(message: ConsumeMessage): void {
    if (this.#stopped) {
      this.#channel.nack(message, false, true)
      return
    }
    this.#running += 1
    this.#serve(message)
      .catch(() => undefined)
      .finally(() => {
        this.#running -= 1
      })
  }

  control(message: ConsumeMessage): void {
    const { type, correlationId } = message.properties
    if (typeof correlationId !== 'string') return
    const active = this.#active.get(correlationId)
    if (type === ControlType.MORE) {
      const { count } = headersOf(message)
      active?.caller?.seen()
      if (typeof count === 'number' && count > 0) active?.window?.add(count)
    } else if (type === ControlType.CANCEL) {
      active?.call.abort(new RpcError('CANCELLED', 'cancelled by the caller'))
      active?.window?.close()
      if (active === undefined) this.#remember(correlationId)
    }
  }

  stop(): void {
    this.#stopped = true
  }

  /** Resolves when what was begun has been replied to, or after half a second. */
  async answered(): Promise<void> {
    const until = performance.now() + 500
    while (this.#running > 0 && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }

  lost(): void {
    this.#lost = true
    this.#callers.stop()
    for (const { call, window } of this.#active.values()) {
      call.abort(new RpcError('CANCELLED', 'the connection to the broker is lost'))
      window?.close()
    }
  }

  #remember(id: string): void {
    this.#cancelled.add(id)
    const [oldest] = this.#cancelled
    if (this.#cancelled.size > cancelledMax && oldest !== undefined) this.#cancelled.delete(oldest)
  }

  async #serve(message: ConsumeMessage): Promise<void> {
    const profile = this.#profileOf(message)
    let request: DecodedRequest
    try {
      request = this.#decoded(profile, message)
    } catch (reason) {
      const error = RpcError.from(reason, 'INVALID_ARGUMENT')
      this.#reply(message, profile, { kind: 'error', error }, undefined)
      // Not requeued: it would come back for ever. A dead-letter exchange can keep it.
      if (!this.#lost) this.#channel.nack(message, false, false)
      return
    }
    const reply = await this.#outcome(message, profile, request)
    if (reply !== undefined && request.oneWay !== true) {
      this.#reply(message, profile, reply, request.id)
    }
    if (!this.#lost) this.#channel.ack(message)
  }

  #decoded(profile: Profile, message: ConsumeMessage): DecodedRequest {
    if (message.content.length > (this.#options.bodyBytesMax ?? 10 * 1024 * 1024)) {
      throw new RpcError('RESOURCE_EXHAUSTED', 'the request is too large')
    }
    const deliveries = headersOf(message)['x-delivery-count']
    if (typeof deliveries === 'number' && deliveries >= (this.#options.deliveriesMax ?? 5)) {
      throw new RpcError('ABORTED', `given up after ${deliveries} deliveries`)
    }
    return profile.decodeRequest(message)
  }

  /** Undefined: there is nothing to reply, because nobody waits. */
  async #outcome(
    message: ConsumeMessage,
    profile: Profile,
    request: DecodedRequest,
  ): Promise<Reply | undefined> {
    const id = message.properties.correlationId as unknown
    if (typeof id === 'string' && this.#cancelled.delete(id)) return undefined
    if (request.method === 'rpc.describe') {
      return { kind: 'result', value: this.#dispatcher.describe() }
    }
    const deadline = headersOf(message)[Header.DEADLINE]
    const timeoutMs = typeof deadline === 'number' ? deadline - Date.now() : undefined
    // The broker drops expired requests only at the head of the queue.
    if (timeoutMs !== undefined && timeoutMs <= 0) return undefined
    const call = new ServerCall({
      ...request,
      metadata: metadataOf(message),
      transport: 'amqp',
      peer: message.properties.appId ?? '',
      timeoutMs,
    })
    const active: Active = { call, window: undefined, caller: undefined }
    if (typeof id === 'string') this.#active.set(id, active)
    try {
      const result = await this.#dispatcher.dispatch(call)
      if (!isAsyncIterable(result)) return { kind: 'result', value: result }
      if (request.oneWay === true || !hasReplyTo(message)) {
        // Nobody takes the items, so none are made.
        await result[Symbol.asyncIterator]().return?.()
        return undefined
      }
      await this.#stream({ message, profile, request, active }, result)
      return { kind: 'end' }
    } catch (reason) {
      return { kind: 'error', error: RpcError.from(reason) }
    } finally {
      if (typeof id === 'string') this.#active.delete(id)
    }
  }

  async #stream(
    context: { message: ConsumeMessage; profile: Profile; request: DecodedRequest; active: Active },
    items: AsyncIterable<unknown>,
  ): Promise<void> {
    const { message, profile, request, active } = context
    const asked = headersOf(message)[Header.WINDOW]
    // A caller that knows nothing of windows gets everything.
    active.window = new StreamWindow(typeof asked === 'number' ? asked : Number.POSITIVE_INFINITY)
    active.caller = this.#callers.watch(String(message.properties.replyTo), () => {
      active.call.abort(new RpcError('CANCELLED', 'the caller has gone'))
      active.window?.close()
    })
    this.#reply(message, profile, { kind: 'open' }, request.id)
    try {
      for await (const value of items) {
        if (!(await active.window.take())) return
        // The broker takes no more for now: items wait in their source, not in memory.
        const taken = this.#reply(message, profile, { kind: 'item', value }, request.id)
        if (!taken) await this.#drained()
      }
    } finally {
      active.caller.release()
    }
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#channel.off('drain', done)
        this.#channel.off('close', done)
        resolve()
      }
      this.#channel.on('drain', done)
      this.#channel.on('close', done)
    })
  }

  /** False when the connection has enough to write for now. */
  #reply(message: ConsumeMessage, profile: Profile, reply: Reply, id: unknown): boolean {
    const { replyTo, correlationId } = message.properties
    if (!hasReplyTo(message) || this.#lost) return true
    let encoded: ReturnType<Profile['encodeReply']>
    try {
      encoded = profile.encodeReply(reply, id)
    } catch (reason) {
      if (reply.kind === 'error') throw reason
      encoded = profile.encodeReply({ kind: 'error', error: RpcError.from(reason) }, id)
    }
    return this.#channel.publish(profile.routing?.exchange ?? '', replyTo, encoded.body, {
      ...encoded.properties,
      correlationId,
      replyTo: this.#controlQueue,
    })
  }
}

function hasReplyTo(message: ConsumeMessage): boolean {
  const { replyTo } = message.properties
  return typeof replyTo === 'string' && replyTo !== ''
}
