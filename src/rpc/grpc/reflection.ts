// What a gRPC server says of itself, by the reflection service [grpc.reflection.v1]:
//
//   request   4 file_containing_symbol, 7 list_services
//   response  4 file_descriptor_response {1 file_descriptor_proto*}, 6 list_services_response
//             {1 service {1 name}}, 7 error_response {1 code, 2 message}
import type { MethodDescription, ServiceDescription } from '../call.ts'
import { RpcError } from '../error.ts'
import { isAsyncIterable } from '../value.ts'
import type { GrpcMethod } from './definitions.ts'
import { ReverseWriter, WireReader, WireType } from './wire.ts'

type Ask = (method: GrpcMethod, requests: AsyncIterable<unknown>) => Promise<unknown>

interface Answer {
  readonly services: string[]
  readonly files: Buffer[]
}

/** Fields that hold messages, by number; others are skipped. */
function eachField(
  reader: WireReader,
  visit: (field: number, reader: WireReader) => boolean,
): void {
  while (!reader.done) {
    const tag = reader.varint()
    const isLength = (tag & 7) === WireType.LENGTH
    if (!isLength || !visit(tag >>> 3, reader)) reader.skip(tag & 7)
  }
}

function decodeAnswer(bytes: Buffer): Answer {
  const answer: Answer = { services: [], files: [] }
  eachField(new WireReader(bytes), (field, reader) => {
    if (field === 7) throw new RpcError('NOT_FOUND', 'the server does not know the service')
    if (field !== 4 && field !== 6) return false
    eachField(reader.inner(), (inner, entry) => {
      if (inner !== 1) return false
      if (field === 4) answer.files.push(entry.content())
      else {
        eachField(entry.inner(), (number, name) => {
          if (number === 1) answer.services.push(name.text())
          return number === 1
        })
      }
      return true
    })
    return true
  })
  return answer
}

const reflectionMethod = (version: string): GrpcMethod => ({
  path: `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
  requestStream: true,
  responseStream: true,
  encodeRequest: (request) => {
    const { field, text } = request as { field: number; text: string }
    const writer = new ReverseWriter(256)
    writer.textField(field, text)
    return writer.finish()
  },
  decodeRequest: (bytes) => bytes,
  encodeResponse: () => Buffer.alloc(0),
  decodeResponse: decodeAnswer,
})

async function* once(field: number, text: string): AsyncGenerator<unknown> {
  yield { field, text }
}

async function askOnce(ask: Ask, version: string, field: number, text: string): Promise<Answer> {
  const answers = await ask(reflectionMethod(version), once(field, text))
  if (isAsyncIterable(answers)) {
    for await (const answer of answers) return answer as Answer
  }
  throw new RpcError('INTERNAL', 'the reflection service gave no answer')
}

/** MethodDescriptorProto {1 name, 6 server_streaming} of ServiceDescriptorProto {1 name, 2 method} */
function methodsIn(file: Buffer, service: string): MethodDescription[] {
  const methods: MethodDescription[] = []
  const short = service.slice(service.lastIndexOf('.') + 1)
  eachField(new WireReader(file), (field, reader) => {
    if (field !== 6) return false
    const entry = reader.inner()
    const found: MethodDescription[] = []
    let name = ''
    eachField(entry, (inner, part) => {
      if (inner === 1) name = part.text()
      else if (inner === 2) found.push(methodIn(part.inner()))
      return inner === 1 || inner === 2
    })
    if (name === short) methods.push(...found)
    return true
  })
  return methods
}

function methodIn(reader: WireReader): MethodDescription {
  let name = ''
  let stream = false
  while (!reader.done) {
    const tag = reader.varint()
    if (tag === ((1 << 3) | WireType.LENGTH)) name = reader.text()
    else if (tag === ((6 << 3) | WireType.VARINT)) stream = reader.varint() === 1
    else reader.skip(tag & 7)
  }
  return { name, doc: '', parameters: undefined, stream, idempotent: false }
}

/** The named service, or the first that is not gRPC's own. */
export async function describeByReflection(ask: Ask, wanted: string): Promise<ServiceDescription> {
  let version = 'v1'
  const listed = await askOnce(ask, version, 7, '*').catch((reason: unknown) => {
    if (RpcError.from(reason).code !== 'UNIMPLEMENTED') throw reason
    // Servers of before 2023.
    version = 'v1alpha'
    return askOnce(ask, version, 7, '*')
  })
  const name =
    wanted === '' ? (listed.services.find((each) => !each.startsWith('grpc.')) ?? '') : wanted
  const { files } = await askOnce(ask, version, 4, name)
  return { name, doc: '', methods: files.flatMap((file) => methodsIn(file, name)) }
}
