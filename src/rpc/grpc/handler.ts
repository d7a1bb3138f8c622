// One gRPC call to a dispatch and back, for the four kinds of methods.
import type { Readable } from 'node:stream'
import type {
  Metadata as GrpcMetadata,
  handleClientStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  ServerDuplexStream,
  ServerWritableStream,
  sendUnaryData,
  UntypedHandleCall,
} from '@grpc/grpc-js'
import { type Dispatcher, type Metadata, noMetadata, type Principal, ServerCall } from '../call.ts'
import { RpcError } from '../error.ts'
import { principalOf } from '../http/authenticate.ts'
import { isAsyncIterable } from '../value.ts'
import type { GrpcMethod } from './definitions.ts'
import { statusOf } from './errors.ts'
import type { GrpcServerOptions } from './options.ts'

/** What calls of all kinds have. */
interface AnyCall {
  readonly metadata: GrpcMetadata
  getPeer(): string
  getDeadline(): Date | number
  on(event: 'cancelled', listener: () => void): unknown
}

type WritingCall = ServerWritableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>

/** Tells a client without a `.proto` that a stream comes, even if it has one item or none. */
export const streamMark = 'rpc-stream'

const ownKeys = new Set(['user-agent', 'authorization', 'content-type', 'te'])

function metadataOf(metadata: GrpcMetadata): Metadata {
  let found: Record<string, string> | undefined
  for (const [key, value] of Object.entries(metadata.getMap())) {
    if (typeof value !== 'string' || ownKeys.has(key) || key.startsWith('grpc-')) continue
    found ??= {}
    found[key] = value
  }
  return found ?? noMetadata
}

function cancellation(call: ServerCall): RpcError {
  return call.deadline !== undefined && call.deadline <= Date.now()
    ? new RpcError('DEADLINE_EXCEEDED', 'the deadline has passed')
    : new RpcError('CANCELLED', 'cancelled by the caller')
}

function timeoutOf(call: { getDeadline(): Date | number }): number | undefined {
  const deadline = Number(call.getDeadline())
  return Number.isFinite(deadline) ? deadline - Date.now() : undefined
}

export class GrpcHandler {
  readonly #dispatcher: Dispatcher
  readonly #options: GrpcServerOptions
  readonly #newMetadata: () => GrpcMetadata

  constructor(dispatcher: Dispatcher, options: GrpcServerOptions, newMetadata: () => GrpcMetadata) {
    this.#dispatcher = dispatcher
    this.#options = options
    this.#newMetadata = newMetadata
  }

  implement(name: string, method: GrpcMethod): UntypedHandleCall {
    if (method.responseStream) {
      const handle: handleServerStreamingCall<Buffer, Buffer> = (call) => {
        this.#stream(name, method, call).catch(() => call.destroy())
      }
      return handle
    }
    if (method.requestStream) {
      const handle: handleClientStreamingCall<Buffer, Buffer> = (call, callback) => {
        this.#reply(this.#unary(name, method, requests(call, method), call), callback)
      }
      return handle
    }
    const handle: handleUnaryCall<Buffer, Buffer> = (call, callback) => {
      this.#reply(this.#unary(name, method, call.request, call), callback)
    }
    return handle
  }

  #reply(answer: Promise<Buffer>, callback: sendUnaryData<Buffer>): void {
    answer.then(
      (bytes) => callback(null, bytes),
      (reason: unknown) => callback(this.#status(reason)),
    )
  }

  async #unary(
    name: string,
    method: GrpcMethod,
    request: Buffer | AsyncIterable<unknown>,
    call: AnyCall,
  ): Promise<Buffer> {
    const argument = request instanceof Buffer ? decoded(method, request) : request
    const result = await this.#dispatch(name, argument, call)
    if (!isAsyncIterable(result)) return method.encodeResponse(result)
    // Without a `.proto` every method is what its description says it is.
    const iterator = result[Symbol.asyncIterator]()
    await iterator.return?.()
    throw new RpcError('INTERNAL', `${name} returned a stream but is not declared as one`)
  }

  async #stream(name: string, method: GrpcMethod, call: WritingCall): Promise<void> {
    try {
      const argument =
        'request' in call && !method.requestStream
          ? decoded(method, call.request)
          : requests(call, method)
      const result = await this.#dispatch(name, argument, call)
      const metadata = this.#newMetadata()
      metadata.set(streamMark, '1')
      call.sendMetadata(metadata)
      const items = isAsyncIterable(result) ? result : [result]
      for await (const item of items) {
        if (call.cancelled) return
        if (!call.write(method.encodeResponse(item))) await drained(call)
      }
      call.end()
    } catch (reason) {
      // The library's way of ending a stream with a status.
      if (!call.cancelled) call.emit('error', this.#status(reason))
    }
  }

  #dispatch(name: string, argument: unknown, call: AnyCall): Promise<unknown> {
    const { authenticate } = this.#options
    if (authenticate === undefined) return this.#run(name, argument, call, undefined)
    const [header] = call.metadata.get('authorization')
    return principalOf(authenticate, header?.toString(), call.getPeer()).then((principal) =>
      this.#run(name, argument, call, principal),
    )
  }

  async #run(
    name: string,
    argument: unknown,
    call: AnyCall,
    principal: Principal | undefined,
  ): Promise<unknown> {
    const serverCall = new ServerCall({
      method: name,
      args: this.#options.proto === undefined ? (argument as unknown[]) : [argument],
      metadata: metadataOf(call.metadata),
      transport: 'grpc',
      peer: () => call.getPeer(),
      principal,
      timeoutMs: timeoutOf(call),
      ignoreSurplus: this.#options.proto !== undefined,
    })
    // The library calls every call cancelled in the end, answered ones as well.
    let isAnswered = false
    call.on('cancelled', () => {
      if (!isAnswered) serverCall.abort(cancellation(serverCall))
    })
    try {
      const result = await this.#dispatcher.dispatch(serverCall)
      isAnswered = !isAsyncIterable(result)
      return result
    } catch (reason) {
      isAnswered = true
      throw reason
    }
  }

  #status(reason: unknown): ReturnType<typeof statusOf> {
    return statusOf(RpcError.from(reason, 'INTERNAL'), this.#newMetadata)
  }
}

function decoded(method: GrpcMethod, bytes: Buffer): unknown {
  try {
    return method.decodeRequest(bytes)
  } catch (cause) {
    throw new RpcError('INVALID_ARGUMENT', 'the request cannot be decoded', { cause })
  }
}

async function* requests(call: object, method: GrpcMethod): AsyncGenerator<unknown> {
  // A stream is destroyed at the end of a plain `for await`, and with it the half that answers.
  const readable = call as Readable
  for await (const bytes of readable.iterator({ destroyOnReturn: false })) {
    yield decoded(method, bytes as Buffer)
  }
}

/** Resolves when there is room, or when nobody reads any more. */
function drained(call: WritingCall): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      call.off('drain', done)
      call.off('cancelled', done)
      call.off('close', done)
      resolve()
    }
    call.on('drain', done)
    call.on('cancelled', done)
    call.on('close', done)
  })
}
