// Standard Schema v1 (zod, valibot, arktype, ...): the interface only, so that no library is needed,
// and how arguments and results are checked with it.
import { RpcError } from './error.ts'

export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly unknown[] | undefined
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

/** [Standard Schema v1] The part of the interface that is used here. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
    /** [Standard JSON Schema v1] Where the library can describe itself. */
    readonly jsonSchema?:
      | {
          input?(options: { target: string }): unknown
          output?(options: { target: string }): unknown
        }
      | undefined
  }
}

function pathText(path: readonly unknown[] | undefined): string {
  if (path === undefined || path.length === 0) return ''
  const keys = path.map((part) =>
    typeof part === 'object' && part !== null && 'key' in part ? String(part.key) : String(part),
  )
  return ` at ${keys.join('.')}`
}

/** Checks a value; the caller's fault is INVALID_ARGUMENT, the handler's own is INTERNAL. */
export async function validate(
  schema: StandardSchema,
  value: unknown,
  side: 'input' | 'output',
): Promise<unknown> {
  const result = await schema['~standard'].validate(value)
  if (result.issues === undefined) return result.value
  const issues = result.issues.map((issue) => `${issue.message}${pathText(issue.path)}`)
  throw side === 'input'
    ? new RpcError('INVALID_ARGUMENT', `invalid arguments: ${issues.join('; ')}`, {
        details: { issues },
      })
    : new RpcError('INTERNAL', `invalid result: ${issues.join('; ')}`)
}

/** The JSON Schema of a schema, or undefined when its library cannot say. */
export function jsonSchemaOf(
  schema: StandardSchema | undefined,
  side: 'input' | 'output',
): unknown {
  const describe = schema?.['~standard'].jsonSchema?.[side]
  if (describe === undefined) return undefined
  try {
    return describe({ target: 'draft-2020-12' })
  } catch {
    // A schema with a transform or a custom check has no JSON Schema; the method works without.
    return undefined
  }
}
