// One call from its arrival at a gateway to its answer: waits for a place, goes out as a message, and
// ends by the worker's reply, by its deadline, because the caller is gone, or because nobody takes it.
// Whatever ends it, it ends once.

import { BrokerError } from '../broker/errors.ts'
import type { Message } from '../broker/message.ts'
import type { PublishTarget } from '../broker/publish-target.ts'
import { ttlMsMax } from '../broker/queues/arguments.ts'
import type { Queue } from '../broker/queues/queue.ts'
import { ControlType, controlExchange, Header } from '../rpc/amqp/codec.ts'
import type { ServerCall } from '../rpc/call.ts'
import type { Deadlines } from '../rpc/deadlines.ts'
import { RpcError } from '../rpc/error.ts'
import { ItemQueue } from '../rpc/item-queue.ts'
import type { Limiter } from '../rpc/limiter.ts'
import type { Codec, Reply } from './codecs.ts'
import { busy, errorOfBroker } from './errors.ts'
import { requestHeaders } from './headers.ts'
import { isFull, withdraw } from './queue-state.ts'
import { type Route, routesByName, routingKeyOf } from './routes.ts'
import type { IncomingReply, ReplyTaker, UserLink } from './user-link.ts'

/** Items of a stream that a worker may send ahead of the reader. */
const window = 256

export interface CallSettings {
  readonly id: string
  readonly call: ServerCall
  readonly route: Route
  readonly codec: Codec
  readonly user: string
  readonly limiter: Limiter
  /** The user's link; throws BrokerError. */
  readonly link: () => UserLink
  readonly workerWaitMs: number
  readonly replyBytesMax: number
  readonly deadlines: Deadlines<RunningCall>
}

export interface CallEnd {
  readonly error: RpcError | undefined
  readonly durationMs: number
}

export class RunningCall implements ReplyTaker {
  readonly #settings: CallSettings
  readonly #ended: (end: CallEnd) => void
  readonly #startMs = performance.now()
  #resolve: (value: unknown) => void = () => undefined
  #reject: (error: RpcError) => void = () => undefined
  #leaveLine: (() => void) | null = null
  #isRunning = false
  #isOver = false
  #patience: NodeJS.Timeout | undefined
  #link: UserLink | null = null
  #sent: { readonly target: PublishTarget; readonly message: Message } | null = null
  #stream: ItemQueue | null = null
  #worker: string | undefined

  constructor(settings: CallSettings, ended: (end: CallEnd) => void) {
    this.#settings = settings
    this.#ended = ended
  }

  run(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      const { call, limiter } = this.#settings
      call.onAbort((error) => this.#callOff(error))
      if (this.#isOver) return
      this.#armDeadline()
      try {
        this.#leaveLine = limiter.enter(() => this.#send())
      } catch {
        this.fail(busy('too many calls are waiting'))
      }
    })
  }

  take(reply: IncomingReply): void {
    if (reply.replyTo !== undefined) this.#worker = reply.replyTo
    this.#handle(this.#decoded(reply))
  }

  fail(error: RpcError): void {
    if (!this.#end(error)) return
    this.#stream?.fail(error)
    this.#reject(error)
  }

  /** In milliseconds of the Unix epoch. */
  get deadline(): number | undefined {
    return this.#settings.call.deadline
  }

  abort(error: RpcError): void {
    this.#callOff(error)
  }

  /** What it is told at its deadline. */
  lateError(): RpcError {
    const queues = this.#sent?.target.queues ?? []
    const waited = `no answer from ${this.#place()} in time`
    const alone = queues.length > 0 && queues.every(({ consumers }) => consumers.count === 0)
    return new RpcError('DEADLINE_EXCEEDED', alone ? `${waited}: it has no consumers` : waited)
  }

  #armDeadline(): void {
    const { call, route, deadlines } = this.#settings
    call.deadline = Math.min(
      call.deadline ?? Number.POSITIVE_INFINITY,
      Date.now() + route.timeoutMs,
    )
    deadlines.add(this)
  }

  // Sending

  #send(): void {
    this.#isRunning = true
    try {
      this.#publish()
    } catch (reason) {
      if (reason instanceof BrokerError) this.fail(errorOfBroker(reason))
      else if (reason instanceof RangeError) {
        this.fail(new RpcError('INVALID_ARGUMENT', reason.message, { cause: reason }))
      } else this.fail(RpcError.from(reason, 'INTERNAL'))
    }
  }

  #publish(): void {
    const { id, call, route, codec } = this.#settings
    const link = this.#settings.link()
    const target = link.target(route.exchange, routingKeyOf(route, call.method))
    const queues = target.queues ?? []
    if (queues.some(isFull)) throw busy(`${this.#place()} is full`)
    const patient = this.#needsPatience(queues)
    const { method, args, named, oneWay } = call
    const body = codec.encode({ method, args, named, id: oneWay ? null : id })
    this.#link = link
    if (!oneWay) link.expect(id, this)
    const sent = link.publish(target, { properties: this.#properties(link), body })
    if (sent.outcome === 'unroutable') throw this.#nobody()
    if (sent.outcome === 'refused') throw busy(`${this.#place()} is full`)
    this.#sent = { target, message: sent.message }
    if (oneWay) this.#succeed(null)
    else if (patient) this.#waitForWorker(queues)
  }

  #properties(link: UserLink): Record<string, unknown> {
    const { id, call, codec, user } = this.#settings
    const remainingMs = Math.max(1, Math.ceil(call.remainingMs() ?? ttlMsMax))
    const common = {
      content_type: codec.contentType,
      type: call.method,
      user_id: user,
      app_id: call.peer.slice(0, 100),
      delivery_mode: 1,
      // Nobody should begin what nobody waits for any more.
      ...(remainingMs > ttlMsMax ? {} : { expiration: String(remainingMs) }),
    }
    const headers = {
      ...requestHeaders(call.metadata),
      [Header.DEADLINE]: call.deadline ?? null,
      ...(codec.hasStreams ? { [Header.WINDOW]: window } : {}),
    }
    if (call.oneWay) return { ...common, headers }
    return { ...common, headers, reply_to: link.replyTo, correlation_id: id }
  }

  /** Whether all queues are without a consumer; throws when a call does not wait for one. */
  #needsPatience(queues: readonly Queue[]): boolean {
    if (queues.length === 0 || queues.some(({ consumers }) => consumers.count > 0)) return false
    if (this.#settings.workerWaitMs === 0) throw this.#idle()
    return true
  }

  #waitForWorker(queues: readonly Queue[]): void {
    this.#patience = setTimeout(() => {
      if (queues.every(({ consumers }) => consumers.count === 0)) this.#callOff(this.#idle())
    }, this.#settings.workerWaitMs)
  }

  #idle(): RpcError {
    return new RpcError('UNAVAILABLE', `nobody serves this: ${this.#place()} has no consumers`)
  }

  #nobody(): RpcError {
    const { route, call } = this.#settings
    if (routesByName(route)) {
      return new RpcError('UNIMPLEMENTED', `there is no method ${JSON.stringify(call.method)}`)
    }
    const place = this.#place()
    const why = route.exchange === '' ? `there is no ${place}` : `${place} has no queue for it`
    return new RpcError('UNAVAILABLE', `nobody serves this: ${why}`)
  }

  #place(): string {
    const { route, call } = this.#settings
    const key = routingKeyOf(route, call.method)
    return route.exchange === '' ? `queue '${key}'` : `exchange '${route.exchange}'`
  }

  // The answer

  #decoded({ body, headers }: IncomingReply): Reply {
    if (body.length > this.#settings.replyBytesMax) {
      return { kind: 'error', error: new RpcError('RESOURCE_EXHAUSTED', 'the reply is too large') }
    }
    try {
      return this.#settings.codec.decode(body, headers)
    } catch (cause) {
      const error = new RpcError('INTERNAL', 'the reply of the worker cannot be read', { cause })
      return { kind: 'error', error }
    }
  }

  #handle(reply: Reply): void {
    switch (reply.kind) {
      case 'result':
        this.#succeed(reply.value)
        return
      case 'error':
        this.fail(reply.error)
        return
      case 'open':
        this.#items()
        return
      case 'item':
        this.#items().push(reply.value)
        return
      case 'end':
        if (this.#end(undefined)) this.#items().end()
    }
  }

  #items(): ItemQueue {
    if (this.#stream !== null) return this.#stream
    let taken = 0
    this.#stream = new ItemQueue({
      limit: window + 1,
      onTake: () => {
        taken += 1
        if (taken < window / 2) return
        this.#tellWorker(ControlType.MORE, { count: taken })
        taken = 0
      },
      onCancel: () => this.#callOff(new RpcError('CANCELLED', 'the reader has left')),
    })
    this.#resolve(this.#stream)
    return this.#stream
  }

  #succeed(value: unknown): void {
    if (this.#end(undefined)) this.#resolve(value)
  }

  // The end

  /** Ends a call that a worker may still have before it, or under its hands. */
  #callOff(error: RpcError): void {
    if (this.#isOver) return
    if (this.#sent !== null) {
      const { target, message } = this.#sent
      if (!withdraw(target.queues ?? [], message)) this.#tellWorker(ControlType.CANCEL, {})
    }
    this.fail(error)
  }

  /** Workers of `warren/rpc` listen to this; others have no such exchange. */
  #tellWorker(type: string, headers: Readonly<Record<string, unknown>>): void {
    const link = this.#link
    const { id, codec } = this.#settings
    if (link === null || !codec.hasStreams) return
    const worker = this.#worker
    if (worker === undefined && !link.hasExchange(controlExchange)) return
    try {
      const target =
        worker === undefined ? link.target(controlExchange, '') : link.target('', worker)
      const properties = { type, correlation_id: id, headers }
      link.publish(target, { properties, body: Buffer.alloc(0) })
    } catch (error) {
      // Without the permission the worker does for nothing what it has begun.
      if (!(error instanceof BrokerError)) throw error
    }
  }

  #end(error: RpcError | undefined): boolean {
    if (this.#isOver) return false
    this.#isOver = true
    this.#settings.deadlines.remove(this)
    clearTimeout(this.#patience)
    this.#link?.forget(this.#settings.id)
    if (this.#isRunning) this.#settings.limiter.leave()
    else this.#leaveLine?.()
    this.#ended({ error, durationMs: performance.now() - this.#startMs })
    return true
  }
}
