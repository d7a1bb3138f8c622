// How the methods of a service look to gRPC: path, kinds of stream, codecs. Either made up for the
// generic service or read from a `.proto`.
import type { ServiceDefinition } from '@grpc/grpc-js'
import type { ServiceDescription } from '../call.ts'
import { RpcError } from '../error.ts'
import { isRecord } from '../value.ts'
import { decodeList, decodeValue, encodeList, encodeValue } from './codec.ts'
import type { ProtoOptions } from './options.ts'

export interface GrpcMethod {
  readonly path: string
  readonly requestStream: boolean
  readonly responseStream: boolean
  readonly encodeRequest: (value: unknown) => Buffer
  readonly decodeRequest: (bytes: Buffer) => unknown
  readonly encodeResponse: (value: unknown) => Buffer
  readonly decodeResponse: (bytes: Buffer) => unknown
  /** The names of the messages' fields, where a `.proto` tells them. */
  readonly fields?: { readonly request: readonly string[]; readonly response: readonly string[] }
}

export interface GrpcMethods {
  /** By the name of the handler. */
  readonly byName: ReadonlyMap<string, GrpcMethod>
  readonly services: readonly string[]
  /** What the reflection service wants: objects with serialized file descriptors. */
  readonly packageDefinition: Readonly<Record<string, unknown>>
}

/** `Calc.add` is method add of service Calc; `add` is a method of the service named in the URL. */
export function genericPath(service: string, method: string): string {
  const dot = method.lastIndexOf('.')
  if (dot < 0) return `/${service}/${method}`
  const scope = service.slice(0, service.lastIndexOf('.') + 1)
  return `/${scope}${method.slice(0, dot)}/${method.slice(dot + 1)}`
}

export function genericMethod(path: string, responseStream: boolean): GrpcMethod {
  return {
    path,
    requestStream: false,
    responseStream,
    encodeRequest: (args) => encodeList(args as readonly unknown[]),
    decodeRequest: decodeList,
    encodeResponse: encodeValue,
    decodeResponse: decodeValue,
  }
}

/** The name under which a served description appears. */
export function genericServiceName(description: ServiceDescription, packageName: string): string {
  return `${packageName}.${description.name === '' ? 'Services' : description.name}`
}

/** proto-loader's own options, chosen so that values are plain and nothing is lost. */
const loaderOptions = {
  keepCase: false,
  longs: String,
  enums: String,
  bytes: Buffer,
  defaults: true,
  oneofs: true,
}

export async function loadProto(proto: ProtoOptions): Promise<GrpcMethods> {
  const loader = await import('@grpc/proto-loader')
  const packageDefinition = await loader.load(proto.file, {
    ...loaderOptions,
    includeDirs: [...(proto.includeDirs ?? [])],
  })
  const definition = packageDefinition[proto.service]
  if (definition === undefined || 'format' in definition) {
    throw new RpcError('INVALID_ARGUMENT', `${proto.file} has no service ${proto.service}`)
  }
  const byName = new Map<string, GrpcMethod>()
  for (const [name, method] of Object.entries(definition as ServiceDefinition)) {
    const entry: GrpcMethod = {
      path: method.path,
      requestStream: method.requestStream,
      responseStream: method.responseStream,
      encodeRequest: method.requestSerialize,
      decodeRequest: method.requestDeserialize,
      encodeResponse: method.responseSerialize,
      decodeResponse: method.responseDeserialize,
      fields: {
        request: fieldNames(Reflect.get(method, 'requestType')),
        response: fieldNames(Reflect.get(method, 'responseType')),
      },
    }
    byName.set(name, entry)
    // protobuf's style has SayHello, JavaScript's sayHello.
    byName.set(name.charAt(0).toLowerCase() + name.slice(1), entry)
  }
  return { byName, services: [proto.service], packageDefinition }
}

/** Of a message as proto-loader describes it; in the form that decoded messages have. */
function fieldNames(messageType: unknown): string[] {
  const type = isRecord(messageType) ? messageType.type : undefined
  const fields = isRecord(type) && Array.isArray(type.field) ? type.field.filter(isRecord) : []
  return fields.map(({ name }) =>
    String(name).replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
  )
}

/** The full names of the services in a `.proto`. */
export async function servicesIn(file: string): Promise<string[]> {
  const loader = await import('@grpc/proto-loader')
  const loaded = await loader.load(file, loaderOptions)
  return Object.entries(loaded).flatMap(([name, entry]) => ('format' in entry ? [] : [name]))
}
