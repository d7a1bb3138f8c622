// Calls a gRPC server: a service of a `.proto`, or Warren's generic one. Written over the library's
// channel rather than its client, which decides before the call whether a stream will come; here
// the server's first answer tells.
import {
  Channel,
  ChannelCredentials,
  type ChannelOptions,
  Metadata,
  status as Status,
  type StatusObject,
} from '@grpc/grpc-js'
import type { ClientCall, ClientTransport, ServiceDescription } from '../call.ts'
import { RpcError } from '../error.ts'
import { authorizationOf } from '../http/authenticate.ts'
import { ItemQueue } from '../item-queue.ts'
import { isAsyncIterable } from '../value.ts'
import { addressCredentials } from './address-credentials.ts'
import {
  type GrpcMethod,
  type GrpcMethods,
  genericMethod,
  genericPath,
  loadProto,
} from './definitions.ts'
import { errorOf } from './errors.ts'
import { streamMark } from './handler.ts'
import type { GrpcClientOptions } from './options.ts'
import { describeByReflection } from './reflection.ts'

export async function openGrpc(
  url: URL,
  options: GrpcClientOptions = {},
): Promise<ClientTransport> {
  const secure = url.protocol === 'grpcs:'
  const credentials =
    options.credentials ??
    (secure ? ChannelCredentials.createSsl() : ChannelCredentials.createInsecure())
  const settings: ChannelOptions = {
    'grpc.max_receive_message_length': options.messageBytesMax ?? 4 * 1024 * 1024,
    'grpc.enable_channelz': 0,
    // Retries are the business of the core, which knows what is idempotent.
    'grpc.enable_retries': 0,
  }
  const target = `${url.hostname}:${url.port || '443'}`
  const channel = new Channel(target, addressCredentials(credentials), settings)
  const proto = options.proto === undefined ? undefined : await loadProto(options.proto)
  const authorization =
    options.token === undefined ? authorizationOf(url) : `Bearer ${options.token}`
  const service = decodeURIComponent(url.pathname.replace(/^\//, ''))
  return new GrpcClient(channel, { service, proto, authorization })
}

interface Target {
  /** Full name of the generic service. */
  readonly service: string
  readonly proto: GrpcMethods | undefined
  readonly authorization: string | undefined
}

class GrpcClient implements ClientTransport {
  readonly #channel: Channel
  readonly #target: Target

  constructor(channel: Channel, target: Target) {
    this.#channel = channel
    this.#target = target
  }

  async call(call: ClientCall): Promise<unknown> {
    const { method, request } = this.#resolve(call)
    return new Exchange(this.#channel, method, this.#metadata(call)).run(call, request)
  }

  /** gRPC has no calls without answers: the answer is read and dropped, an error is not. */
  async notify(call: ClientCall): Promise<void> {
    await this.call(call)
  }

  describe(whole: ClientCall): Promise<ServiceDescription> {
    const ask = async (method: GrpcMethod, requests: AsyncIterable<unknown>): Promise<unknown> =>
      new Exchange(this.#channel, method, this.#metadata(whole)).run(whole, requests)
    return describeByReflection(ask, this.#target.service)
  }

  async close(): Promise<void> {
    this.#channel.close()
  }

  #resolve(call: ClientCall): { method: GrpcMethod; request: unknown } {
    const { proto, service } = this.#target
    if (proto === undefined) {
      if (service === '' && !call.method.includes('.')) {
        throw new RpcError('INVALID_ARGUMENT', 'the URL names no service: grpc://host:port/Service')
      }
      return { method: genericMethod(genericPath(service, call.method), false), request: call.args }
    }
    const method = proto.byName.get(call.method)
    if (method === undefined) {
      throw new RpcError('UNIMPLEMENTED', `there is no method ${JSON.stringify(call.method)}`)
    }
    const [request] = call.args
    if (method.requestStream && !isAsyncIterable(request)) {
      throw new RpcError('INVALID_ARGUMENT', `${call.method} takes an async iterable`)
    }
    return { method, request: request ?? {} }
  }

  #metadata(call: ClientCall): Metadata {
    const metadata = new Metadata()
    for (const key in call.metadata) metadata.set(key, call.metadata[key] as string)
    if (this.#target.authorization !== undefined) {
      metadata.set('authorization', this.#target.authorization)
    }
    return metadata
  }
}

/** At most eight digits and a unit [gRPC over HTTP/2: Timeout]. */
function timeoutText(ms: number): string {
  const whole = Math.max(0, Math.ceil(ms))
  return whole < 1e8 ? `${whole}m` : `${Math.min(99_999_999, Math.ceil(whole / 1000))}S`
}

type RawCall = ReturnType<Channel['createCall']>

/** One call: a request or several, then a message, or a stream of them, then a status. */
class Exchange {
  readonly #channel: Channel
  readonly #method: GrpcMethod
  readonly #metadata: Metadata
  #raw: RawCall | undefined
  #stream: ItemQueue | undefined
  #message: Buffer | undefined
  #resolve: (value: unknown) => void = () => {}
  #reject: (reason: unknown) => void = () => {}

  constructor(channel: Channel, method: GrpcMethod, metadata: Metadata) {
    this.#channel = channel
    this.#method = method
    this.#metadata = metadata
  }

  run(call: ClientCall, request: unknown): Promise<unknown> {
    if (call.aborted !== undefined) return Promise.reject(call.aborted)
    // Encoded before anything is sent: what cannot be encoded is nobody's call.
    const first = this.#method.requestStream ? undefined : this.#method.encodeRequest(request)
    // The deadline is told to the server here and kept by the core; the library would arm two more
    // timers for it.
    const remainingMs = call.remainingMs()
    if (remainingMs !== undefined) this.#metadata.set('grpc-timeout', timeoutText(remainingMs))
    const forever = Number.POSITIVE_INFINITY
    const raw = this.#channel.createCall(this.#method.path, forever, null, null, null)
    this.#raw = raw
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      call.onAbort((error) => this.#abort(error))
      raw.start(this.#metadata, {
        onReceiveMetadata: (metadata) => this.#head(metadata),
        onReceiveMessage: (message: Buffer) => this.#receive(message),
        onReceiveStatus: (status) => this.#end(status),
      })
      if (first === undefined) {
        this.#sendAll(raw, request as AsyncIterable<unknown>).catch((reason: unknown) => {
          this.#abort(RpcError.from(reason))
        })
      } else {
        raw.sendMessageWithContext({}, first)
        raw.halfClose()
      }
      raw.startRead()
    })
  }

  async #sendAll(raw: RawCall, requests: AsyncIterable<unknown>): Promise<void> {
    for await (const request of requests) {
      const bytes = this.#method.encodeRequest(request)
      await new Promise<void>((resolve, reject) => {
        const callback = (error?: Error | null): void => (error ? reject(error) : resolve())
        raw.sendMessageWithContext({ callback }, bytes)
      })
    }
    raw.halfClose()
  }

  #head(metadata: Metadata): void {
    if (!this.#method.responseStream && metadata.get(streamMark).length === 0) return
    this.#stream = new ItemQueue({
      limit: 16,
      // One message is asked for at a time, so the sender is never further ahead than HTTP/2 lets it.
      onTake: () => this.#raw?.startRead(),
      onCancel: () => this.#raw?.cancelWithStatus(Status.CANCELLED, 'cancelled by the reader'),
    })
    this.#resolve(this.#stream)
  }

  #receive(message: Buffer): void {
    if (this.#stream === undefined) {
      // A second message would be a stream that nobody announced; the status tells.
      this.#message = message
      this.#raw?.startRead()
      return
    }
    try {
      this.#stream.push(this.#method.decodeResponse(message))
    } catch (cause) {
      this.#abort(new RpcError('INTERNAL', 'an item cannot be decoded', { cause }))
    }
  }

  #end(status: StatusObject): void {
    if (status.code !== Status.OK) {
      this.#fail(errorOf(status))
    } else if (this.#stream !== undefined) {
      this.#stream.end()
    } else if (this.#message === undefined) {
      this.#fail(new RpcError('INTERNAL', 'the answer has no message'))
    } else {
      try {
        this.#resolve(this.#method.decodeResponse(this.#message))
      } catch (cause) {
        this.#fail(new RpcError('INTERNAL', 'the answer cannot be decoded', { cause }))
      }
    }
  }

  #abort(error: RpcError): void {
    this.#fail(error)
    this.#raw?.cancelWithStatus(Status.CANCELLED, error.message)
  }

  #fail(error: RpcError): void {
    this.#reject(error)
    this.#stream?.fail(error)
  }
}
