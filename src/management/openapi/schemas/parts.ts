// What the schemas of answers are made of: references to one another, and shapes that recur.

import { type TObject, type TProperties, type TSchema, Type } from 'typebox'

/** Another schema of the document, by its name. */
export function ref(name: string): TSchema {
  return Type.Unsafe<unknown>({ $ref: `#/components/schemas/${name}` })
}

export const text: TSchema = Type.String()
export const whole: TSchema = Type.Integer()
export const flag: TSchema = Type.Boolean()
export const count: TSchema = Type.Integer({ minimum: 0 })
export const textOrNull: TSchema = Type.Union([Type.String(), Type.Null()])
export const anything: TSchema = Type.Unknown()

export function described(schema: TSchema, description: string): TSchema {
  return { ...schema, description }
}

export function list(items: TSchema): TSchema {
  return Type.Array(items)
}

export function table(values: TSchema = Type.Unknown()): TSchema {
  return Type.Record(Type.String(), values)
}

/** An object with these members; `further` ones may be missing. More than that is always allowed. */
export function object(members: TProperties, further: TProperties = {}): TObject {
  const optional = Object.entries(further).map(([name, schema]) => [name, Type.Optional(schema)])
  return Type.Object({ ...members, ...Object.fromEntries(optional) })
}

/** A counter or level with its rate: `name` and `name_details`. */
export function counted(names: readonly string[]): TProperties {
  return Object.fromEntries(
    names.flatMap((name) => [
      [name, Type.Number()],
      [`${name}_details`, ref('Details')],
    ]),
  )
}
