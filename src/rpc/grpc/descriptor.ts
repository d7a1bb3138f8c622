// The generic service described as if it had a `.proto`: as text for people and code generators, and
// as file descriptors for the reflection service.
import type { MethodDescription, ServiceDescription } from '../call.ts'
import { type GrpcMethods, genericMethod, genericPath, genericServiceName } from './definitions.ts'
import { ReverseWriter, WireType } from './wire.ts'

interface DescribedService {
  readonly name: string
  readonly methods: readonly { readonly name: string; readonly method: MethodDescription }[]
}

const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Methods whose names are no identifiers can be called, but not described. */
function servicesOf(description: ServiceDescription, packageName: string): DescribedService[] {
  const found = new Map<string, { name: string; method: MethodDescription }[]>()
  for (const method of description.methods) {
    const path = genericPath(genericServiceName(description, packageName), method.name)
    const [, service = '', name = ''] = path.split('/')
    if (!identifier.test(name)) continue
    const list = found.get(service) ?? []
    list.push({ name, method })
    found.set(service, list)
  }
  return [...found].map(([full, methods]) => ({
    name: full.slice(packageName.length + 1),
    methods,
  }))
}

const comment = (doc: string, indent: string): string =>
  doc === ''
    ? ''
    : `${doc
        .split('\n')
        .map((line) => `${indent}// ${line}`.trimEnd())
        .join('\n')}\n`

/** The `.proto` that a client in another language can be generated from. */
export function protoText(description: ServiceDescription, packageName = 'rpc'): string {
  const services = servicesOf(description, packageName).map(({ name, methods }) => {
    const lines = methods.map(({ name: rpc, method }) => {
      const names = method.parameters?.map((parameter) => parameter.name).join(', ')
      const doc = comment(
        [method.doc, names === undefined ? '' : `(${names})`].join(' ').trim(),
        '  ',
      )
      const returns = `${method.stream ? 'stream ' : ''}google.protobuf.Value`
      return `${doc}  rpc ${rpc}(google.protobuf.ListValue) returns (${returns});\n`
    })
    return `${comment(description.doc, '')}service ${name} {\n${lines.join('')}}\n`
  })
  const head = `syntax = "proto3";\n\npackage ${packageName};\n\nimport "google/protobuf/struct.proto";\n`
  return `${head}\n${services.join('\n')}`
}

const structFile = 'google/protobuf/struct.proto'

/** FileDescriptorProto {1 name, 2 package, 3 dependency, 6 service {1 name, 2 method}, 12 syntax} */
function fileDescriptor(services: readonly DescribedService[], packageName: string): Buffer {
  const writer = new ReverseWriter()
  writer.textField(12, 'proto3')
  for (const service of services.toReversed()) {
    const start = writer.length
    for (const { name, method } of service.methods.toReversed()) {
      const before = writer.length
      if (method.stream) {
        writer.varint(1)
        writer.tag(6, WireType.VARINT)
      }
      writer.textField(3, '.google.protobuf.Value')
      writer.textField(2, '.google.protobuf.ListValue')
      writer.textField(1, name)
      writer.head(2, before)
    }
    writer.textField(1, service.name)
    writer.head(6, start)
  }
  writer.textField(3, structFile)
  writer.textField(2, packageName)
  writer.textField(1, `${packageName.replaceAll('.', '/')}.proto`)
  return writer.finish()
}

/** struct.proto as protobufjs has it, under the name that everybody knows it by. */
async function structDescriptor(): Promise<Buffer> {
  const loader = await import('@grpc/proto-loader')
  const loaded = loader.loadSync(structFile)['google.protobuf.Value'] as
    | { readonly fileDescriptorProtos: readonly Buffer[] }
    | undefined
  const descriptor = loaded?.fileDescriptorProtos[0]
  if (descriptor === undefined) throw new Error('proto-loader has no struct.proto')
  const nameBytes = descriptor[1] ?? 0
  const writer = new ReverseWriter()
  writer.bytes(descriptor.subarray(2 + nameBytes))
  writer.textField(1, structFile)
  return writer.finish()
}

export async function genericMethods(
  description: ServiceDescription,
  packageName: string,
): Promise<GrpcMethods> {
  const serviceName = genericServiceName(description, packageName)
  const services = servicesOf(description, packageName)
  const fileDescriptorProtos = [fileDescriptor(services, packageName), await structDescriptor()]
  return {
    byName: new Map(
      description.methods.map((method) => {
        const path = genericPath(serviceName, method.name)
        return [method.name, genericMethod(path, method.stream)] as const
      }),
    ),
    services: services.map(({ name }) => `${packageName}.${name}`),
    packageDefinition: { descriptor: { format: 'descriptor', type: {}, fileDescriptorProtos } },
  }
}
