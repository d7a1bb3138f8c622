// The `system.` methods that tell what is served.
import type { Dispatcher, MethodDescription } from '../call.ts'
import { RpcError } from '../error.ts'
import { isRecord } from '../value.ts'
import type { XmlRpcServerOptions } from './options.ts'

const ownNames = ['system.listMethods', 'system.methodHelp', 'system.methodSignature']
const multicallName = 'system.multicall'

const help: Readonly<Record<string, string>> = {
  'system.listMethods': 'Returns the names of all methods.',
  'system.methodHelp': 'Returns the documentation of a method.',
  'system.methodSignature': 'Returns the possible signatures of a method.',
  'system.multicall': 'Runs a list of calls and returns the list of their results.',
}

const typeNames: Readonly<Record<string, string>> = {
  integer: 'int',
  number: 'double',
  string: 'string',
  boolean: 'boolean',
  array: 'array',
  object: 'struct',
  null: 'nil',
}

function typeName(schema: unknown): string | undefined {
  const type = isRecord(schema) ? schema.type : undefined
  return typeof type === 'string' ? typeNames[type] : undefined
}

/** `[[result, param, ...]]` where schemas say so, else Python's sentence. */
function signatureOf(description: MethodDescription): unknown {
  const types = [
    typeName(description.result),
    ...(description.parameters ?? []).map((parameter) => typeName(parameter.schema)),
  ]
  if (description.parameters === undefined || types.includes(undefined)) {
    return 'signatures not supported'
  }
  return [types]
}

export class IntrospectionMethods {
  readonly #dispatcher: Dispatcher
  readonly #enabled: boolean
  readonly #multicall: boolean

  constructor(dispatcher: Dispatcher, options: XmlRpcServerOptions) {
    this.#dispatcher = dispatcher
    this.#enabled = options.introspection !== false
    this.#multicall = options.multicall !== false
  }

  /** The answer, or undefined when the method is not one of these. */
  call(method: string, args: readonly unknown[]): unknown {
    if (!this.#enabled || !ownNames.includes(method)) return undefined
    if (method === 'system.listMethods') return this.#names()
    const [name] = args
    if (typeof name !== 'string') throw new RpcError('INVALID_ARGUMENT', `${method} takes a name`)
    const found = this.#dispatcher.describe().methods.find((entry) => entry.name === name)
    if (method === 'system.methodHelp') return found?.doc ?? help[name] ?? ''
    return found === undefined ? 'signatures not supported' : signatureOf(found)
  }

  #names(): string[] {
    const names = this.#dispatcher.describe().methods.map((entry) => entry.name)
    return [...names, ...ownNames, ...(this.#multicall ? [multicallName] : [])].sort()
  }
}
