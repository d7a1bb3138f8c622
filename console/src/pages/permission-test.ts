// Whether a permission's patterns allow a name: as the broker does it, a pattern may match anywhere in
// the name, an empty one matches nothing, and the default exchange is called `amq.default`.

import type { Permission } from '../api/types.ts'

export interface Verdict {
  readonly allowed: boolean
  readonly pattern: string
}

export type Verdicts = Readonly<Record<'configure' | 'write' | 'read', Verdict>>

export function testRights(permission: Permission, name: string): Verdicts {
  const resource = name === '' ? 'amq.default' : name
  const test = (pattern: string): Verdict => ({ allowed: matches(pattern, resource), pattern })
  return {
    configure: test(permission.configure),
    write: test(permission.write),
    read: test(permission.read),
  }
}

export function matches(pattern: string, name: string): boolean {
  // [RabbitMQ, access control] '' is a synonym of '^$'.
  const source = pattern === '' ? '^$' : pattern
  try {
    return new RegExp(source).test(name)
  } catch {
    return false
  }
}
