// What stands behind the transports of one listener: finds a call's route and user, counts it, and has it
// run. Knows no protocol.

import { randomUUID } from 'node:crypto'
import type { Dispatcher, ServerCall, ServiceDescription } from '../rpc/call.ts'
import { Deadlines } from '../rpc/deadlines.ts'
import { RpcError } from '../rpc/error.ts'
import { Limiter } from '../rpc/limiter.ts'
import { Callers } from './callers.ts'
import type { Codec } from './codecs.ts'
import { busy } from './errors.ts'
import { MethodTable } from './method-statistics.ts'
import type { CodecName } from './options.ts'
import { addressOf } from './peer-address.ts'
import { type Route, type Routes, routingKeyOf } from './routes.ts'
import { RunningCall } from './running-call.ts'
import type { UserLinks } from './user-links.ts'

export interface GatewayDispatcherOptions {
  readonly routes: Routes
  readonly codecs: Readonly<Record<CodecName, Codec>>
  readonly links: UserLinks
  /** Who calls when the transport does not say; undefined: nobody may. */
  readonly defaultUser: (call: ServerCall) => string | undefined
  /** Why the broker takes no messages now, or null. */
  readonly blocked: () => string | null
  /** Further methods to describe, beside those with a route of their own. */
  readonly methodNames: readonly string[]
  readonly runningMax: number
  readonly waitingMax: number
  readonly callerMax: number
  readonly workerWaitMs: number
  readonly replyBytesMax: number
}

/** A name travels as a short string [AMQP 0-9-1, 4.2.5.3]. */
const methodBytesMax = 255

export class GatewayDispatcher implements Dispatcher {
  readonly methods: MethodTable = new MethodTable()
  readonly callers: Callers = new Callers()
  readonly limiter: Limiter
  readonly #options: GatewayDispatcherOptions
  readonly #idBase = randomUUID()
  readonly #running = new Set<RunningCall>()
  readonly #deadlines = new Deadlines<RunningCall>((running) => running.lateError())
  #lastId = 0
  #isStopping = false
  #onIdle: (() => void) | null = null

  constructor(options: GatewayDispatcherOptions) {
    this.#options = options
    this.limiter = new Limiter(options)
  }

  describe(): ServiceDescription {
    const { routes, methodNames } = this.#options
    const names = [...new Set([...routes.names, ...methodNames])]
    return {
      name: 'Gateway',
      doc: 'Calls are answered by the workers of a queue.',
      methods: names.map((name) => ({
        name,
        doc: '',
        parameters: undefined,
        stream: false,
        idempotent: false,
      })),
    }
  }

  async dispatch(call: ServerCall): Promise<unknown> {
    if (this.#isStopping) throw new RpcError('UNAVAILABLE', 'the broker is stopping')
    const user = call.principal?.name ?? this.#options.defaultUser(call)
    if (user === undefined) throw new RpcError('UNAUTHENTICATED', 'credentials are not accepted')
    const route = this.#options.routes.find(call.method)
    const nowMs = Date.now()
    const row = this.methods.row(call.method, nowMs)
    const peer = addressOf(call.peer)
    const isGreedy = this.callers.running(peer, user) >= this.#options.callerMax
    row.began(route === null ? '' : targetText(route, call.method), nowMs)
    const callerEnded = this.callers.began(peer, user, nowMs)
    const ended = (error: RpcError | undefined, durationMs: number): void => {
      const endMs = Date.now()
      row.ended(error, durationMs, endMs)
      callerEnded(endMs)
    }
    try {
      if (route === null || Buffer.byteLength(call.method) > methodBytesMax) {
        const name = JSON.stringify(call.method.slice(0, 100))
        throw new RpcError('UNIMPLEMENTED', `there is no method ${name}`)
      }
      if (isGreedy) throw busy('too many calls of one caller are under way')
      const reason = this.#options.blocked()
      if (reason !== null) throw busy(`the broker is ${reason}`)
    } catch (reason) {
      ended(RpcError.from(reason), 0)
      throw reason
    }
    return this.#run(call, route, user, ended)
  }

  /** Refuses new calls, waits for those under way, and ends what is left after `graceMs`. */
  async drain(graceMs: number): Promise<void> {
    this.#isStopping = true
    if (this.#running.size === 0) return
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve
      timer = setTimeout(resolve, graceMs)
    })
    clearTimeout(timer)
    const error = new RpcError('UNAVAILABLE', 'the broker is stopping')
    for (const running of [...this.#running]) running.fail(error)
  }

  #run(
    call: ServerCall,
    route: Route,
    user: string,
    ended: (error: RpcError | undefined, durationMs: number) => void,
  ): Promise<unknown> {
    const { codecs, links, workerWaitMs, replyBytesMax } = this.#options
    this.#lastId += 1
    const running = new RunningCall(
      {
        // Unguessable, so that nobody else can answer; counted, because that is cheap.
        id: `${this.#idBase}-${this.#lastId}`,
        call,
        route,
        codec: codecs[route.codec],
        user,
        limiter: this.limiter,
        link: () => links.of(user),
        workerWaitMs,
        replyBytesMax,
        deadlines: this.#deadlines,
      },
      ({ error, durationMs }) => {
        this.#running.delete(running)
        ended(error, durationMs)
        if (this.#running.size === 0) this.#onIdle?.()
      },
    )
    this.#running.add(running)
    return running.run()
  }
}

function targetText(route: Route, method: string): string {
  return route.exchange === '' ? routingKeyOf(route, method) : route.exchange
}
