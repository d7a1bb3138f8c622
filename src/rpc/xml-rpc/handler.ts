// One XML-RPC request to its answer. Everything that goes wrong inside is a fault with HTTP 200.
import { type Dispatcher, type Metadata, ServerCall } from '../call.ts'
import { RpcError } from '../error.ts'
import { metadataOf, timeoutOf } from '../http/headers.ts'
import type { HttpAnswer, HttpExchange } from '../http/server.ts'
import { isAsyncIterable } from '../value.ts'
import { encodeFault, encodeResult } from './codec.ts'
import { type Fault, faultOf, MalformedError } from './errors.ts'
import { IntrospectionMethods } from './introspection.ts'
import type { XmlRpcServerOptions } from './options.ts'
import { decodeMessage } from './reader.ts'

/** Items of a stream that an answer, which is one value, may hold. */
const streamItemsMax = 100_000

interface Caller {
  readonly exchange: HttpExchange
  readonly metadata: Metadata
  readonly timeoutMs: number | undefined
  readonly calls: Set<ServerCall>
}

export class XmlRpcHandler {
  readonly #dispatcher: Dispatcher
  readonly #options: XmlRpcServerOptions
  readonly #introspection: IntrospectionMethods

  constructor(dispatcher: Dispatcher, options: XmlRpcServerOptions) {
    this.#dispatcher = dispatcher
    this.#options = options
    this.#introspection = new IntrospectionMethods(dispatcher, options)
  }

  async answer(exchange: HttpExchange): Promise<HttpAnswer> {
    let method = ''
    let text: string
    try {
      const message = decodeMessage(exchange.body, this.#options)
      if (message.kind !== 'call') throw new MalformedError('structure', 'not a method call')
      method = message.method
      const { headers } = exchange.request
      const calls = new Set<ServerCall>()
      const caller = {
        exchange,
        metadata: metadataOf(headers),
        timeoutMs: timeoutOf(headers),
        calls,
      }
      exchange.onGone(() => {
        for (const call of calls) call.abort(new RpcError('CANCELLED', 'the caller has gone'))
      })
      text = encodeResult(await this.#result(method, message.args, caller), this.#options)
    } catch (reason) {
      text = encodeFault(this.#fault(reason, method))
    }
    return { status: 200, contentType: 'text/xml', text }
  }

  #result(method: string, args: readonly unknown[], caller: Caller): Promise<unknown> {
    if (method === 'system.multicall' && this.#options.multicall !== false) {
      return this.#multicall(args, caller)
    }
    const own = this.#introspection.call(method, args)
    if (own !== undefined) return Promise.resolve(own)
    return this.#dispatch(method, args, caller)
  }

  async #dispatch(method: string, args: readonly unknown[], caller: Caller): Promise<unknown> {
    const call = new ServerCall({
      method,
      args,
      metadata: caller.metadata,
      transport: 'xml-rpc',
      peer: caller.exchange.peer,
      principal: caller.exchange.principal,
      timeoutMs: caller.timeoutMs,
    })
    caller.calls.add(call)
    try {
      const result = await this.#dispatcher.dispatch(call)
      return isAsyncIterable(result) ? await collected(result) : result
    } finally {
      caller.calls.delete(call)
    }
  }

  /** Calls run one after the other, as callers of Python's server expect. */
  async #multicall(args: readonly unknown[], caller: Caller): Promise<unknown[]> {
    const [list] = args
    const most = this.#options.multicallMax ?? 1000
    if (!Array.isArray(list) || args.length !== 1) {
      throw new RpcError('INVALID_ARGUMENT', 'system.multicall takes one array')
    }
    if (list.length > most) throw new RpcError('INVALID_ARGUMENT', `more than ${most} calls`)
    const answers: unknown[] = []
    for (const entry of list) {
      const { methodName, params } = (entry ?? {}) as { methodName?: unknown; params?: unknown }
      try {
        if (typeof methodName !== 'string' || !Array.isArray(params)) {
          throw new RpcError('INVALID_ARGUMENT', 'a call needs methodName and params')
        }
        if (methodName === 'system.multicall') {
          throw new RpcError('INVALID_ARGUMENT', 'Recursive system.multicall forbidden')
        }
        const result = await this.#result(methodName, params, caller)
        // Encoded on its own first: a value that cannot be sent is the fault of this call alone.
        encodeResult(result, this.#options)
        answers.push([result])
      } catch (reason) {
        answers.push(this.#fault(reason, String(methodName)))
      }
    }
    return answers
  }

  #fault(reason: unknown, method: string): Fault {
    return faultOf(RpcError.from(reason, 'INTERNAL'), method, this.#options.faults ?? 'standard')
  }
}

/** XML-RPC has no streams: the caller gets the items as an array. */
async function collected(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const items: unknown[] = []
  for await (const item of stream) {
    items.push(item)
    if (items.length > streamItemsMax) {
      throw new RpcError('RESOURCE_EXHAUSTED', `the stream has more than ${streamItemsMax} items`)
    }
  }
  return items
}
