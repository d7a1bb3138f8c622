// The types of methods, all of which follow from the table: a field added there is known here.

import type { FieldTable } from './field-table.ts'
import type { methodTable } from './method-table.ts'

export type MethodName = keyof typeof methodTable

interface ReadTypes {
  bit: boolean
  octet: number
  short: number
  long: number
  longlong: number
  shortstr: string
  /** SASL responses and secrets need not be text. */
  longstr: Buffer
  table: FieldTable
  timestamp: number
}

interface WriteTypes extends Omit<ReadTypes, 'longstr'> {
  longstr: string | Uint8Array
}

type Fields<Name extends MethodName> = (typeof methodTable)[Name]['fields']
type TypeOf<Types, Letter> = Letter extends keyof Types ? Types[Letter] : never

/** What a method says when it was read. */
export type MethodArguments<Name extends MethodName> = {
  readonly [Field in keyof Fields<Name>]: TypeOf<ReadTypes, Fields<Name>[Field]>
}

/** What must be given to write a method: all but its reserved fields. */
export type MethodArgumentsForWrite<Name extends MethodName> = {
  readonly [Field in keyof Fields<Name> as Field extends `reserved${string}`
    ? never
    : Field]: TypeOf<WriteTypes, Fields<Name>[Field]>
} & {
  readonly [Field in keyof Fields<Name> as Field extends `reserved${string}`
    ? Field
    : never]?: TypeOf<WriteTypes, Fields<Name>[Field]>
}

/** Any method, told apart by its name. */
export type DecodedMethod = {
  [Name in MethodName]: {
    readonly name: Name
    readonly classId: (typeof methodTable)[Name]['classId']
    readonly methodId: (typeof methodTable)[Name]['methodId']
    readonly arguments: MethodArguments<Name>
  }
}[MethodName]
