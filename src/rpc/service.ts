// A service: which functions may be called from outside, under which names, and what is known of
// them. Names are looked up in a Map built here once; nothing is ever found by walking properties
// at call time, so no caller reaches a prototype, a private member or a nested object.
import type { MethodDescription, ServiceDescription } from './call.ts'
import { parametersOf } from './parameters.ts'
import { jsonSchemaOf, type StandardSchema } from './schema.ts'
import { isRecord } from './value.ts'

export type RpcFunction = (...args: never[]) => unknown

export interface MethodOptions {
  readonly doc?: string
  /** Checks the argument list as a whole: a tuple schema. */
  readonly input?: StandardSchema
  /** Checks the result, or each item of a stream. */
  readonly output?: StandardSchema
  /** Calling it twice does no more than calling it once; clients may then retry. */
  readonly idempotent?: boolean
  /** Needed only where a plain function returns an async iterable; generators are recognised. */
  readonly stream?: boolean
  /** Milliseconds after which a call of this method is aborted, whatever the caller allowed. */
  readonly timeoutMs?: number
}

export interface Method {
  readonly options: MethodOptions
  readonly description: MethodDescription
  readonly invoke: (args: readonly unknown[]) => unknown
}

/** `Handlers` is what `connect<typeof service>` takes its types from. */
export interface Service<Handlers = unknown> {
  readonly name: string
  readonly doc: string
  readonly methods: ReadonlyMap<string, Method>
  /** Never set: it only carries the type of the handlers to the client. */
  readonly handlers?: Handlers
}

const methodOptions = new WeakMap<RpcFunction, MethodOptions>()

/** Adds schemas, documentation and promises (idempotent, stream) to a function. */
export function method<F extends RpcFunction>(options: MethodOptions, handler: F): F {
  methodOptions.set(handler, options)
  return handler
}

export interface ServiceOptions {
  readonly doc?: string
  /** Options by method name, for classes whose methods cannot be wrapped in `method()`. */
  readonly methods?: Readonly<Record<string, MethodOptions>>
}

const streamingKinds = new Set(['GeneratorFunction', 'AsyncGeneratorFunction'])

function makeMethod(name: string, target: object, handler: RpcFunction, options: MethodOptions) {
  const input = jsonSchemaOf(options.input, 'input')
  const items = isRecord(input) && Array.isArray(input.prefixItems) ? input.prefixItems : undefined
  const named = parametersOf(handler)
  const parameters = items?.map((schema: unknown, index: number) => ({
    name: named?.[index]?.name ?? `arg${index}`,
    schema,
  }))
  const result = jsonSchemaOf(options.output, 'output')
  return {
    options,
    description: {
      name,
      doc: options.doc ?? '',
      parameters: parameters ?? named,
      ...(result === undefined ? {} : { result }),
      stream: options.stream ?? streamingKinds.has(handler.constructor.name),
      idempotent: options.idempotent ?? false,
    },
    invoke: (args: readonly unknown[]) => Reflect.apply(handler, target, args),
  }
}

/** Names of own functions and of the class's methods; what starts with `_` or `#` is private. */
function callableNames(target: object): string[] {
  const names = new Set<string>()
  for (
    let level: object | null = target;
    level !== null && level !== Object.prototype && level !== Function.prototype;
    level = Object.getPrototypeOf(level)
  ) {
    for (const name of Object.getOwnPropertyNames(level)) names.add(name)
  }
  return [...names].filter((name) => name !== 'constructor' && !name.startsWith('_'))
}

/** A getter is not called for finding out what it returns. */
function functionAt(target: object, name: string): RpcFunction | undefined {
  for (let level: object | null = target; level !== null; level = Object.getPrototypeOf(level)) {
    const property = Object.getOwnPropertyDescriptor(level, name)
    if (property !== undefined) {
      return typeof property.value === 'function' ? property.value : undefined
    }
  }
  return undefined
}

/** Makes a service of a map of functions, an object or an instance of a class. */
export function service<Handlers extends object>(
  name: string,
  handlers: Handlers,
  options: ServiceOptions = {},
): Service<Handlers> {
  if (!/^[A-Za-z_][A-Za-z0-9_.]*$/.test(name)) {
    throw new TypeError(`service name ${JSON.stringify(name)} is not an identifier`)
  }
  const methods = new Map<string, Method>()
  for (const key of callableNames(handlers)) {
    const handler = functionAt(handlers, key)
    if (handler === undefined) continue
    const given = { ...methodOptions.get(handler), ...options.methods?.[key] }
    methods.set(key, makeMethod(key, handlers, handler, given))
  }
  if (methods.size === 0) throw new TypeError(`service ${name} has no public method`)
  return { name, doc: options.doc ?? '', methods }
}

/** One service is served under plain method names, several under `service.method`. */
export function methodTable(services: readonly Service[]): Map<string, Method> {
  if (services.length === 1) return new Map(services[0]?.methods)
  const table = new Map<string, Method>()
  for (const each of services) {
    for (const [name, entry] of each.methods) {
      const full = `${each.name}.${name}`
      if (table.has(full)) throw new TypeError(`${full} is defined twice`)
      table.set(full, { ...entry, description: { ...entry.description, name: full } })
    }
  }
  return table
}

export function describeServices(
  services: readonly Service[],
  table: ReadonlyMap<string, Method>,
): ServiceDescription {
  return {
    name: services.length === 1 ? (services[0]?.name ?? '') : '',
    doc: services.length === 1 ? (services[0]?.doc ?? '') : '',
    methods: [...table.values()].map((entry) => entry.description),
  }
}
