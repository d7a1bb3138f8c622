// V8's own function that collects garbage, which a program gets to see only by a flag.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

export interface Collection {
  /** `minor`: only what is young; a third of a millisecond. `major`: everything. */
  readonly type: 'minor' | 'major'
  /** `last-resort`: whatever can be freed, and pages go back to the operating system. */
  readonly flavor?: 'regular' | 'last-resort'
}

/** Collects at once, in the calling thread. */
export type Collect = (collection: Collection) => void

/** It is in contexts that are made while the flag is set, and in no other; making one takes a millisecond. */
export function findCollector(): Collect {
  setFlagsFromString('--expose-gc')
  try {
    return runInNewContext('gc') as Collect
  } finally {
    setFlagsFromString('--no-expose-gc')
  }
}
