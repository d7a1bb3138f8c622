// The methods that every ZeroRPC server has besides its own.
import type { Dispatcher, MethodDescription } from '../call.ts'
import { RpcError } from '../error.ts'

const names = new Set([
  '_zerorpc_ping',
  '_zerorpc_name',
  '_zerorpc_list',
  '_zerorpc_help',
  '_zerorpc_args',
  '_zerorpc_inspect',
])

interface Argument {
  readonly name: string
  readonly default?: null
}

function argumentsOf(method: MethodDescription): Argument[] {
  return (method.parameters ?? []).map(({ name, optional }) =>
    // Python shows the default itself; from JavaScript only that there is one is known.
    optional === true ? { name, default: null } : { name },
  )
}

export class BuiltIns {
  readonly #dispatcher: Dispatcher

  constructor(dispatcher: Dispatcher) {
    this.#dispatcher = dispatcher
  }

  /** The answer, or undefined when the method is not one of these. */
  call(name: string, args: readonly unknown[]): unknown {
    if (!names.has(name)) return undefined
    const description = this.#dispatcher.describe()
    switch (name) {
      case '_zerorpc_ping':
        return ['pong', description.name]
      case '_zerorpc_name':
        return description.name
      case '_zerorpc_list':
        return [...description.methods.map((method) => method.name), ...names].sort()
      case '_zerorpc_help':
        return this.#method(args).doc
      case '_zerorpc_args':
        return argumentsOf(this.#method(args))
      default:
        return {
          name: description.name,
          methods: Object.fromEntries(
            description.methods.map((method) => [
              method.name,
              { args: argumentsOf(method), doc: method.doc },
            ]),
          ),
        }
    }
  }

  #method(args: readonly unknown[]): MethodDescription {
    const [name] = args
    const found = this.#dispatcher.describe().methods.find((method) => method.name === name)
    if (found === undefined) throw new RpcError('NOT_FOUND', `there is no method ${String(name)}`)
    return found
  }
}
