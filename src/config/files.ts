// The configuration's only look at the file system, as an argument so that tests need none.

import { accessSync, constants, readdirSync, readFileSync, statSync } from 'node:fs'

export interface ConfigFiles {
  /** Null when there is no such file. */
  read(path: string): string | null
  /** Names of the files in a directory, sorted; nothing when there is no such directory. */
  list(directory: string): readonly string[]
  isWritableDirectory(path: string): boolean
}

export const machineFiles: ConfigFiles = {
  read: (path) => orElse(null, () => readFileSync(path, 'utf8')),
  list: (directory) => orElse([], () => readdirSync(directory).sort()),
  isWritableDirectory: (path) =>
    orElse(false, () => {
      accessSync(path, constants.W_OK | constants.X_OK)
      return statSync(path).isDirectory()
    }),
}

/** Absence is an answer here; anything else, such as a lack of rights, is the caller's to report. */
function orElse<T>(absent: T, look: () => T): T {
  try {
    return look()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return absent
    throw error
  }
}
