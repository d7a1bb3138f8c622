// What a ZeroRPC server says of itself: `_zerorpc_inspect` in the shapes that servers give it, or
// just the list of names.
import type { MethodDescription, ServiceDescription } from '../call.ts'
import { RpcError } from '../error.ts'
import { isRecord } from '../value.ts'

function parametersOf(args: unknown): { name: string; optional?: boolean }[] | undefined {
  if (!Array.isArray(args)) return undefined
  return args.filter(isRecord).map((arg) => ({
    name: String(arg.name),
    ...(Object.hasOwn(arg, 'default') ? { optional: true } : {}),
  }))
}

export function descriptionOf(inspected: unknown): ServiceDescription {
  if (!isRecord(inspected) || !isRecord(inspected.methods)) {
    throw new RpcError('INTERNAL', 'the server cannot be inspected')
  }
  const methods = Object.entries(inspected.methods).map(([name, info]): MethodDescription => {
    const { doc, args } = isRecord(info) ? info : {}
    return {
      name,
      doc: typeof doc === 'string' ? doc : '',
      parameters: parametersOf(args),
      stream: false,
      idempotent: false,
    }
  })
  const { name } = inspected
  return { name: typeof name === 'string' ? name : '', doc: '', methods }
}

export function listedDescription(list: unknown): ServiceDescription {
  if (!Array.isArray(list)) throw new RpcError('INTERNAL', '_zerorpc_list gave no list')
  const names = list.filter((name): name is string => typeof name === 'string')
  return {
    name: '',
    doc: '',
    methods: names
      .filter((name) => !name.startsWith('_zerorpc_'))
      .map((name) => ({
        name,
        doc: '',
        parameters: undefined,
        stream: false,
        idempotent: false,
      })),
  }
}
