// What was found broken, for the log, for `warrenctl status`, and for whoever has to look into it:
// the bytes themselves are copied into the quarantine directory.

import { join } from 'node:path'
import type { Logger } from '../base/logger.ts'
import type { FileSystem } from './files.ts'

export interface Damage {
  readonly file: string
  readonly offset: number
  readonly byteCount: number
  readonly reason: string
}

/** Findings that are kept for display; all are counted and logged. */
const listedMax = 100
/** Bytes that are copied of one finding, and findings that are copied in one run. */
const copyBytesMax = 1 << 26
const copiesMax = 1000

export class DamageList {
  /** All findings since the start. */
  count = 0
  readonly listed: Damage[] = []
  readonly #directory: string
  readonly #files: FileSystem
  readonly #logger: Logger

  constructor(directory: string, files: FileSystem, logger: Logger) {
    this.#directory = directory
    this.#files = files
    this.#logger = logger
  }

  report(damage: Damage, bytes: Uint8Array | null): void {
    this.count += 1
    if (this.listed.length < listedMax) this.listed.push(damage)
    this.#logger.error('the message store is damaged', { ...damage })
    if (bytes !== null && this.count <= copiesMax) this.#quarantine(damage, bytes)
  }

  #quarantine(damage: Damage, bytes: Uint8Array): void {
    const path = join(this.#directory, `${damage.file}-${damage.offset}.bin`)
    try {
      this.#files.makeDirectory(this.#directory)
      const handle = this.#files.open(path, 'create')
      const end = Math.min(bytes.length, copyBytesMax)
      this.#files.writeNow(handle, { bytes, start: 0, end }, 0)
      this.#files.close(handle)
    } catch (error) {
      // Quarantine is a courtesy: a disk that is full must not stop recovery.
      this.#logger.warn('the damaged bytes could not be copied', { path, reason: String(error) })
    }
  }
}
