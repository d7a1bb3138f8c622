// An OpenRPC document of what is served [OpenRPC 1.3.2], the answer to `rpc.discover`.
import type { MethodDescription, ServiceDescription } from '../call.ts'
import { isRecord } from '../value.ts'

function methodObject(method: MethodDescription): Record<string, unknown> {
  return {
    name: method.name,
    ...(method.doc === '' ? {} : { description: method.doc }),
    paramStructure: 'either',
    params: (method.parameters ?? []).map((parameter) => ({
      name: parameter.name,
      required: parameter.schema !== undefined && parameter.optional !== true,
      schema: parameter.schema ?? true,
    })),
    result: { name: 'result', schema: method.result ?? true },
    // Extensions: OpenRPC has no word for these.
    'x-stream': method.stream,
    'x-idempotent': method.idempotent,
  }
}

export function openRpcDocument(description: ServiceDescription): Record<string, unknown> {
  return {
    openrpc: '1.3.2',
    info: {
      title: description.name === '' ? 'RPC' : description.name,
      version: '1.0.0',
      ...(description.doc === '' ? {} : { description: description.doc }),
    },
    methods: description.methods.map(methodObject),
  }
}

const isText = (value: unknown): value is string => typeof value === 'string'

/** Reads a document back, ours or any other server's. */
export function descriptionOf(document: unknown): ServiceDescription {
  const { info, methods } = isRecord(document) ? document : {}
  const { title, description } = isRecord(info) ? info : {}
  const list = Array.isArray(methods) ? methods.filter(isRecord) : []
  return {
    name: isText(title) ? title : '',
    doc: isText(description) ? description : '',
    methods: list.map((method) => {
      const { name, description: doc, params, result } = method
      const parameters = Array.isArray(params) ? params.filter(isRecord) : []
      const schema = isRecord(result) ? result.schema : undefined
      return {
        name: isText(name) ? name : '',
        doc: isText(doc) ? doc : '',
        parameters: parameters.map((parameter) => ({
          name: String(parameter.name),
          ...(parameter.schema === true ? {} : { schema: parameter.schema }),
        })),
        ...(schema === undefined || schema === true ? {} : { result: schema }),
        stream: method['x-stream'] === true,
        idempotent: method['x-idempotent'] === true,
      }
    }),
  }
}
