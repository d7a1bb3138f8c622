// How much memory there is to use: the machine's, or what a container or unit is limited to.

import { totalmem } from 'node:os'

export function usableMemoryBytes(): number {
  const limit = process.constrainedMemory()
  return limit > 0 && limit < totalmem() ? limit : totalmem()
}
