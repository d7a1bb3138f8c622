// The gRPC server itself: methods, health, reflection, shutdown.
import type { Http2Server, Http2Session } from 'node:http2'
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerOptions,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { ReflectionService } from '@grpc/reflection'
import { HealthImplementation, type ServingStatusMap } from 'grpc-health-check'
import type { Dispatcher, Endpoint } from '../call.ts'
import { RpcError } from '../error.ts'
import { type GrpcMethods, loadProto } from './definitions.ts'
import { genericMethods } from './descriptor.ts'
import { GrpcHandler } from './handler.ts'
import type { GrpcServerOptions } from './options.ts'
import { SessionKeeper } from './session-keeper.ts'

const identity = (bytes: Buffer): Buffer => bytes

function addMethods(server: Server, methods: GrpcMethods, handler: GrpcHandler): void {
  const definition: Record<string, ServiceDefinition[string]> = {}
  const implementation: UntypedServiceImplementation = {}
  for (const [name, method] of methods.byName) {
    // The values are coded in the handler, where an error has a better answer than INTERNAL.
    definition[name] = {
      path: method.path,
      requestStream: method.requestStream,
      responseStream: method.responseStream,
      requestSerialize: identity,
      requestDeserialize: identity,
      responseSerialize: identity,
      responseDeserialize: identity,
    }
    implementation[name] = handler.implement(name, method)
  }
  server.addService(definition, implementation)
}

function addHealth(server: Server, services: readonly string[]): HealthImplementation {
  const all: ServingStatusMap = { '': 'SERVING' }
  for (const service of services) all[service] = 'SERVING'
  const health = new HealthImplementation(all)
  health.addToServer(server)
  return health
}

function addReflection(server: Server, methods: GrpcMethods): void {
  // The library's type asks for proto-loader's whole result; it reads only the file descriptors.
  const definition = methods.packageDefinition as ConstructorParameters<typeof ReflectionService>[0]
  new ReflectionService(definition, { services: [...methods.services] }).addToServer(server)
}

function bind(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => {
      if (error === null) resolve(port)
      else reject(error)
    })
  })
}

/** Only handlers that are served can be bound: a `.proto` may have more methods than the service. */
function served(methods: GrpcMethods, dispatcher: Dispatcher): GrpcMethods {
  const names = new Set(dispatcher.describe().methods.map((method) => method.name))
  const byName = new Map([...methods.byName].filter(([name]) => names.has(name)))
  return { ...methods, byName }
}

function asBytes(value: unknown): Buffer {
  if (value instanceof Uint8Array) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  }
  throw new RpcError('INTERNAL', 'the handler of a verbatim method returned no bytes')
}

function withVerbatim(methods: GrpcMethods, isVerbatim: (method: string) => boolean): GrpcMethods {
  const byName = new Map(
    [...methods.byName].map(([name, method]) => {
      if (!isVerbatim(name)) return [name, method] as const
      return [name, { ...method, decodeRequest: identity, encodeResponse: asBytes }] as const
    }),
  )
  return { ...methods, byName }
}

export async function startGrpcServer(
  dispatcher: Dispatcher,
  options: GrpcServerOptions,
): Promise<Endpoint> {
  const packageName = options.package ?? 'rpc'
  const known =
    options.proto === undefined
      ? await genericMethods(dispatcher.describe(), packageName)
      : served(await loadProto(options.proto), dispatcher)
  const methods = options.verbatim === undefined ? known : withVerbatim(known, options.verbatim)
  const settings: ServerOptions = {
    'grpc.max_receive_message_length': options.messageBytesMax ?? 4 * 1024 * 1024,
    'grpc.max_concurrent_streams': options.streamsMax ?? 1000,
    // Reports of every call to a service that is not offered here.
    'grpc.enable_channelz': 0,
  }
  const server = new Server(settings)
  addMethods(server, methods, new GrpcHandler(dispatcher, options, () => new Metadata()))
  const health = options.health === false ? undefined : addHealth(server, methods.services)
  if (options.reflection !== false) addReflection(server, methods)
  const host = options.host ?? '127.0.0.1'
  const credentials = options.credentials ?? ServerCredentials.createInsecure()
  const port = await bind(server, `${host}:${options.port ?? 0}`, credentials)
  const keeper = new SessionKeeper()
  for (const listening of http2ServersOf(server).keys()) keeper.watch(listening)
  const scheme = options.credentials === undefined ? 'grpc' : 'grpcs'
  const [service = ''] = methods.services
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopped ??= new Promise((resolve) => {
      for (const name of ['', ...methods.services]) health?.setStatus(name, 'NOT_SERVING')
      server.tryShutdown(() => resolve())
    })
    return stopped
  }
  return {
    transport: 'grpc',
    url: `${scheme}://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}/${service}`,
    stop: async () => {
      // Resolves only when the last call has ended, which is what the drain waits for anyway.
      stop().catch(() => undefined)
    },
    close: async () => {
      const timer = setTimeout(() => forceShutdown(server), 500)
      await Promise.race([stop(), new Promise((resolve) => setTimeout(resolve, 600))])
      clearTimeout(timer)
    },
  }
}

interface WithSessions {
  readonly http2Servers?: ReadonlyMap<Http2Server, { readonly sessions: ReadonlySet<Http2Session> }>
}

function http2ServersOf(server: Server): NonNullable<WithSessions['http2Servers']> {
  return (server as unknown as WithSessions).http2Servers ?? new Map()
}

/** Without its reports the library forgets which sessions it has, and ends none of them. */
function forceShutdown(server: Server): void {
  for (const { sessions } of http2ServersOf(server).values()) {
    for (const session of [...sessions]) session.destroy()
  }
  server.forceShutdown()
}
