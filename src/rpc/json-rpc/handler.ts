// The core of JSON-RPC 2.0: a text to the text that answers it, or to nothing. HTTP and WebSocket
// bring the texts; section numbers are the specification's.
import { type Dispatcher, type Metadata, type Principal, ServerCall } from '../call.ts'
import { RpcError } from '../error.ts'
import { decodeJson, encodeJson } from '../json/codec.ts'
import { ErrorCode, errorObjectOf } from '../json/error-object.ts'
import { isAsyncIterable, isRecord } from '../value.ts'
import { type Id, IdTexts } from './codec.ts'
import { errorText, invalidRequest } from './errors.ts'
import { openRpcDocument } from './open-rpc.ts'
import type { HandlerOptions } from './options.ts'

export interface Caller {
  readonly transport: string
  readonly peer: string
  readonly principal: Principal | undefined
  readonly metadata: Metadata
  readonly timeoutMs: number | undefined
  /** Told of each call before it runs and after it ended, so that the transport can abort it. */
  readonly started: (id: Id | undefined, call: ServerCall) => void
  readonly ended: (id: Id | undefined, call: ServerCall) => void
  /** Sends a stream's items in the transport's way; undefined where there is none. */
  readonly stream?: (id: string, items: AsyncIterable<unknown>, request: Request) => Promise<void>
  /** Notifications that are the transport's own business, such as a cancellation. */
  readonly control?: (method: string, params: unknown) => boolean
}

export interface Request {
  readonly jsonrpc: '2.0'
  readonly method: string
  readonly params?: unknown
  readonly id?: Id
  /** Ours: what HTTP carries in headers. */
  readonly meta?: unknown
}

/** Items of a stream that one answer may hold, where the transport has no streams. */
const streamItemsMax = 100_000

const isId = (id: unknown): id is Id =>
  id === null || typeof id === 'string' || (typeof id === 'number' && Number.isFinite(id))

export class JsonRpcHandler {
  readonly #dispatcher: Dispatcher
  readonly #batchMax: number
  readonly #depthMax: number | undefined

  constructor(dispatcher: Dispatcher, options: HandlerOptions) {
    this.#dispatcher = dispatcher
    this.#batchMax = options.batchMax ?? 1000
    this.#depthMax = options.depthMax
  }

  /** Undefined when nothing is to be answered. Never rejects. */
  async answer(text: string, caller: Caller): Promise<string | undefined> {
    let message: unknown
    try {
      message = decodeJson(text, this.#depthMax)
    } catch {
      return errorText('null', { code: ErrorCode.PARSE_ERROR, message: 'Parse error' })
    }
    const ids = new IdTexts(text)
    if (!Array.isArray(message)) {
      return this.#one(message, caller, (id) => ids.of(id, undefined))
    }
    // [6] An empty array is one invalid request, not a batch.
    if (message.length === 0) return errorText('null', invalidRequest('Invalid Request'))
    if (message.length > this.#batchMax) {
      return errorText('null', invalidRequest(`a batch of more than ${this.#batchMax} requests`))
    }
    const answers = await Promise.all(
      message.map((entry, index) => this.#one(entry, caller, (id) => ids.of(id, index))),
    )
    const texts = answers.filter((answer) => answer !== undefined)
    return texts.length === 0 ? undefined : `[${texts.join(',')}]`
  }

  async #one(
    entry: unknown,
    caller: Caller,
    textOf: (id: Id) => string,
  ): Promise<string | undefined> {
    if (!isRecord(entry)) return errorText('null', invalidRequest('Invalid Request'))
    const hasId = Object.hasOwn(entry, 'id')
    const id = entry.id
    if (hasId && !isId(id)) return errorText('null', invalidRequest('Invalid Request: id'))
    const idJson = hasId ? textOf(id as Id) : 'null'
    const wrong = whatIsWrong(entry)
    // [4.1] Only a valid request without id is a notification; an invalid one is answered.
    if (wrong !== undefined) return errorText(idJson, invalidRequest(`Invalid Request: ${wrong}`))
    const request = entry as unknown as Request
    try {
      const result = await this.#run(request, caller, hasId ? idJson : undefined)
      if (!hasId) return undefined
      return `{"jsonrpc":"2.0","result":${encodeJson(result, this.#depthMax)},"id":${idJson}}`
    } catch (reason) {
      if (!hasId) return undefined
      return errorText(idJson, errorObjectOf(RpcError.from(reason, 'INTERNAL')))
    }
  }

  async #run(request: Request, caller: Caller, idJson: string | undefined): Promise<unknown> {
    const { method, params } = request
    if (idJson === undefined && caller.control?.(method, params) === true) return undefined
    // [4] Names that begin with rpc. are reserved; OpenRPC defines the one that is served.
    if (method === 'rpc.discover') return openRpcDocument(this.#dispatcher.describe())
    const meta = metaOf(request.meta)
    const call = new ServerCall({
      method,
      args: Array.isArray(params) ? params : [],
      named: isRecord(params) ? params : undefined,
      metadata: meta.metadata ?? caller.metadata,
      transport: caller.transport,
      peer: caller.peer,
      principal: caller.principal,
      timeoutMs: meta.timeoutMs ?? caller.timeoutMs,
      oneWay: idJson === undefined,
    })
    caller.started(request.id, call)
    try {
      const result = await this.#dispatcher.dispatch(call)
      if (!isAsyncIterable(result)) return result
      if (idJson === undefined || caller.stream === undefined) return await collected(result)
      await caller.stream(idJson, result, request)
      return null
    } finally {
      caller.ended(request.id, call)
    }
  }
}

function whatIsWrong(entry: Record<string, unknown>): string | undefined {
  if (entry.jsonrpc !== '2.0') return 'jsonrpc must be "2.0"'
  if (typeof entry.method !== 'string') return 'method must be a string'
  if (!Object.hasOwn(entry, 'params')) return undefined
  const params = entry.params
  // [4.2] By position or by name, nothing else.
  return typeof params === 'object' && params !== null ? undefined : 'params must be structured'
}

function metaOf(meta: unknown): { metadata?: Metadata; timeoutMs?: number } {
  if (!isRecord(meta)) return {}
  const { metadata, timeoutMs } = meta
  const isText = isRecord(metadata) && Object.values(metadata).every((v) => typeof v === 'string')
  return {
    ...(isText ? { metadata: metadata as Metadata } : {}),
    ...(typeof timeoutMs === 'number' && timeoutMs >= 0 ? { timeoutMs } : {}),
  }
}

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
