// gRPC as a gateway: a service of the user's own `.proto`, whose messages pass as bytes or as values, or
// the generic service with the methods that have routes.

import { type Dispatcher, ServerCall } from '../rpc/call.ts'
import { RpcError } from '../rpc/error.ts'
import { type GrpcMethod, loadProto, servicesIn } from '../rpc/grpc/definitions.ts'
import { grpc } from '../rpc/grpc/server.ts'
import { isAsyncIterable, isRecord } from '../rpc/value.ts'
import type { GatewayOptions } from './options.ts'
import type { PreparedTransport, TransportSettings } from './prepared-transport.ts'
import type { Routes } from './routes.ts'
import { grpcTls } from './tls.ts'

type ProtoMethods = ReadonlyMap<string, GrpcMethod>

export async function prepareGrpcGateway(settings: TransportSettings): Promise<PreparedTransport> {
  const { options, host, port, gatekeeper, routes } = settings
  const common = {
    ...(await grpcTls(settings.tls)),
    host: host.includes(':') ? `[${host}]` : host,
    port,
    messageBytesMax: options.bodyBytesMax,
    authenticate: gatekeeper.authenticate.bind(gatekeeper),
  }
  const who = { authentication: 'basic', defaultUser: () => undefined } as const
  if (options.protoFile === null) {
    if (routes.names.length === 0) {
      throw new RangeError(
        'gateway.grpc: gRPC serves methods that are known by name: set gateway.route.NAME.queue or gateway.grpc.proto',
      )
    }
    return { ...who, transport: grpc(common), methodNames: [] }
  }
  const proto = { file: options.protoFile, service: await serviceOf(options, options.protoFile) }
  const methods = ownNames((await loadProto(proto)).byName, routes)
  const verbatim = (method: string): boolean => routes.find(method)?.codec === 'protobuf'
  return {
    ...who,
    transport: grpc({ ...common, proto, verbatim }),
    methodNames: [...methods.keys()],
    served: (inner) => new MessageDispatcher(inner, methods, verbatim),
    tried: (inner) => new TrialDispatcher(inner, methods, verbatim),
  }
}

async function serviceOf({ protoService }: GatewayOptions, file: string): Promise<string> {
  if (protoService !== null) return protoService
  const [only, ...more] = await servicesIn(file)
  if (only !== undefined && more.length === 0) return only
  throw new RangeError(`gateway.grpc.service: ${file} has ${more.length + 1} services; name one`)
}

/**
 * Each method once. It is called as in other protocols, `Add` as `add`, unless a route has the name of
 * the `.proto`. A stream of the caller has no way through a queue.
 */
function ownNames(byName: ProtoMethods, routes: Routes): ProtoMethods {
  const methods = new Map<string, GrpcMethod>()
  for (const method of new Set(byName.values())) {
    const names = [...byName].flatMap(([name, other]) => (other === method ? [name] : []))
    const name = names.find((each) => routes.names.includes(each)) ?? names.at(-1)
    if (name !== undefined && !method.requestStream) methods.set(name, method)
  }
  return methods
}

/** Messages of gRPC as arguments by name, and results as messages. */
class MessageDispatcher implements Dispatcher {
  readonly #inner: Dispatcher
  readonly #methods: ProtoMethods
  readonly #isVerbatim: (method: string) => boolean

  constructor(inner: Dispatcher, methods: ProtoMethods, isVerbatim: (method: string) => boolean) {
    this.#inner = inner
    this.#methods = methods
    this.#isVerbatim = isVerbatim
  }

  describe(): ReturnType<Dispatcher['describe']> {
    const description = this.#inner.describe()
    const methods = description.methods.filter(({ name }) => this.#methods.has(name))
    return { ...description, methods }
  }

  async dispatch(call: ServerCall): Promise<unknown> {
    if (this.#isVerbatim(call.method)) return this.#inner.dispatch(call)
    const [message] = call.args
    const named = isRecord(message) ? message : {}
    const result = await this.#inner.dispatch(sameCall(call, [], named))
    const fields = this.#methods.get(call.method)?.fields?.response ?? []
    return isAsyncIterable(result) ? eachAsMessage(result, fields) : asMessage(result, fields)
  }
}

/** The call with other arguments; aborted with it. */
function sameCall(
  call: ServerCall,
  args: readonly unknown[],
  named: Readonly<Record<string, unknown>> | undefined,
): ServerCall {
  const { method, metadata, transport, peer, principal, oneWay } = call
  const who = { transport, peer, principal }
  const timeoutMs = call.remainingMs()
  const inner = new ServerCall({ method, args, named, metadata, ...who, timeoutMs, oneWay })
  call.onAbort((error) => inner.abort(error))
  return inner
}

async function* eachAsMessage(
  items: AsyncIterable<unknown>,
  fields: readonly string[],
): AsyncGenerator<unknown> {
  for await (const item of items) yield asMessage(item, fields)
}

/** A value that is no object is the message's only field. */
function asMessage(value: unknown, fields: readonly string[]): unknown {
  if (isRecord(value) && !(value instanceof Uint8Array)) return value
  const [only, ...more] = fields
  if (only === undefined) return {}
  if (more.length === 0) return { [only]: value }
  throw new RpcError('INTERNAL', `the worker's reply is no object with ${fields.join(', ')}`)
}

/** Tried calls come as values: where messages pass as bytes, they are made here. */
class TrialDispatcher implements Dispatcher {
  readonly #inner: Dispatcher
  readonly #methods: ProtoMethods
  readonly #isVerbatim: (method: string) => boolean

  constructor(inner: Dispatcher, methods: ProtoMethods, isVerbatim: (method: string) => boolean) {
    this.#inner = inner
    this.#methods = methods
    this.#isVerbatim = isVerbatim
  }

  describe(): ReturnType<Dispatcher['describe']> {
    return this.#inner.describe()
  }

  async dispatch(call: ServerCall): Promise<unknown> {
    const method = this.#methods.get(call.method)
    if (method === undefined || !this.#isVerbatim(call.method)) return this.#inner.dispatch(call)
    const [value = {}] = call.args
    const bytes = method.encodeRequest(asMessage(value, method.fields?.request ?? []))
    const result = await this.#inner.dispatch(sameCall(call, [bytes], undefined))
    return result instanceof Buffer ? method.decodeResponse(result) : result
  }
}
