// @grpc/grpc-js without Warren, in the two ways it can be used: with messages that are bytes already,
// over which nothing can be faster, and with proto-loader and the same messages as Warren's.
import { join } from 'node:path'
import {
  type Client,
  Metadata,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type UntypedHandleCall,
} from '@grpc/grpc-js'
import { load } from '@grpc/proto-loader'

/** Both ends' work for one call is that of Warren's clients, which always have a deadline. */
const deadlineMs = 30_000

/** google.protobuf.Value as proto-loader has it. */
interface Value {
  readonly kind?: string
  readonly nullValue?: number | string
  readonly numberValue?: number
  readonly stringValue?: string
  readonly structValue?: { readonly fields: Record<string, Value> }
}

export function toValue(value: unknown): Value {
  if (typeof value === 'number') return { numberValue: value }
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value !== 'object' || value === null) return { nullValue: 0 }
  const fields: Record<string, Value> = {}
  for (const [key, item] of Object.entries(value)) fields[key] = toValue(item)
  return { structValue: { fields } }
}

export function fromValue(value: Value | undefined): unknown {
  if (value?.structValue !== undefined) {
    const record: Record<string, unknown> = {}
    for (const [key, item] of Object.entries(value.structValue.fields)) {
      record[key] = fromValue(item)
    }
    return record
  }
  return value?.numberValue ?? value?.stringValue ?? null
}

const identity = (bytes: Buffer): Buffer => bytes

const bytesMethod: MethodDefinition<Buffer, Buffer> = {
  path: '/rpc.Bytes/echo',
  requestStream: false,
  responseStream: false,
  requestSerialize: identity,
  requestDeserialize: identity,
  responseSerialize: identity,
  responseDeserialize: identity,
}

type Methods = Record<string, MethodDefinition<object, object>>

async function loadMethods(): Promise<Methods> {
  const definitions = await load(join(import.meta.dirname, 'bare.proto'))
  return definitions['rpc.Bare'] as unknown as Methods
}

type Answer = (error: null, value: object) => void

export async function serveBareGrpc(
  port: number,
  methods: Readonly<Record<string, (argument: unknown) => unknown>>,
): Promise<void> {
  const server = new Server()
  const echo: UntypedHandleCall = (call: { request: Buffer }, answer: Answer) =>
    answer(null, call.request)
  server.addService({ echo: bytesMethod }, { echo })
  const handlers: Record<string, UntypedHandleCall> = {}
  for (const [name, method] of Object.entries(methods)) {
    handlers[name] = (call: { request: { values?: Value[] } }, answer: Answer) =>
      answer(null, toValue(method(fromValue(call.request.values?.[0]))))
  }
  server.addService(await loadMethods(), handlers)
  await new Promise<void>((resolve, reject) => {
    const credentials = ServerCredentials.createInsecure()
    server.bindAsync(`127.0.0.1:${port}`, credentials, (error) =>
      error ? reject(error) : resolve(),
    )
  })
}

function ask<Q, A>(client: Client, method: MethodDefinition<Q, A>, request: Q): Promise<A> {
  return new Promise((resolve, reject) => {
    const { path, requestSerialize, responseDeserialize } = method
    const options = { deadline: Date.now() + deadlineMs }
    const answer = (error: Error | null, value?: A): void =>
      error === null ? resolve(value as A) : reject(error)
    client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      new Metadata(),
      options,
      answer,
    )
  })
}

export function bytesEcho(client: Client, text: string): () => Promise<unknown> {
  const request = Buffer.from(text)
  return () => ask(client, bytesMethod, request)
}

export async function protoCall(
  client: Client,
): Promise<(method: string, args: readonly unknown[]) => Promise<unknown>> {
  const methods = await loadMethods()
  return async (name, args) => {
    const method = methods[name] as MethodDefinition<object, object>
    return fromValue((await ask(client, method, { values: args.map(toValue) })) as Value)
  }
}
