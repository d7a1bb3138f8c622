// What one row of the configuration table is, and the function that makes a row fit the Config field
// that it fills. The rows themselves are in keys/.

import type { Config } from './config.ts'
import type { ValueType } from './value-types.ts'

/** What defaults may depend on; the rest of the machine is none of the configuration's business. */
export interface Surroundings {
  readonly hostname: string
  /** The machine's memory. */
  readonly memoryBytes: number
  /** Of the machine: the broker may be bound to one while its clients have others. */
  readonly processors: number
  readonly isWritableDirectory: (path: string) => boolean
}

/** How a row's value joins the field: `captured` is what stood at the key's `$name`. */
interface Joining<T, V> {
  readonly current: T
  readonly value: V
  readonly captured: string
  /** Whether this is the field's first value from its layer (files, environment, flags). */
  readonly first: boolean
}

interface SettingRow<T, V> {
  /** The key in rabbitmq.conf; one part may be `$name`, which stands for any one part. */
  readonly key: string
  readonly type: ValueType<V>
  /** Absent on rows that are another way to set a field of an earlier row. */
  readonly byDefault?: T | ((surroundings: Surroundings) => T)
  /** How the documentation shows the default where the value says too little. */
  readonly defaultText?: string
  /** How the value becomes the field; without it the value is the field. */
  readonly join?: (joining: Joining<T, V>) => T
  readonly environment?: string
  readonly flag?: string
  /** Whether SIGHUP applies a changed value without a restart. */
  readonly reloadable?: boolean
  readonly secret?: boolean
  readonly documentation: string
}

export interface Setting extends SettingRow<unknown, unknown> {
  readonly section: keyof Config
  readonly field: string
}

type Section<S extends keyof Config> = <
  F extends keyof Config[S] & string,
  V extends Config[S][F] = Config[S][F],
>(
  field: F,
  row: SettingRow<Config[S][F], V>,
) => Setting

/** Rows whose text is first another type than the field's (a list's item) name that type as `V`. */
type JoinedSection<S extends keyof Config> = <F extends keyof Config[S] & string, V>(
  field: F,
  row: SettingRow<Config[S][F], V> & {
    readonly join: NonNullable<SettingRow<Config[S][F], V>['join']>
  },
) => Setting

// The row's types are checked against the field here, once, and erased behind it: the loader treats
// all rows alike. A value reaches only the `join` and the field it was parsed for.
export function section<S extends keyof Config>(name: S): Section<S> {
  return (field, row) => ({
    ...(row as unknown as SettingRow<unknown, unknown>),
    section: name,
    field,
  })
}

export function joinedSection<S extends keyof Config>(name: S): JoinedSection<S> {
  return (field, row) => ({
    ...(row as unknown as SettingRow<unknown, unknown>),
    section: name,
    field,
  })
}
