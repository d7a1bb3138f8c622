// What the process and its machine have and use: memory, file descriptors, disk. Read afresh for each
// answer that shows it, but for what takes a system call too many.

import { readdirSync, readFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { cpus } from 'node:os'
import { usableMemoryBytes } from '../base/usable-memory.ts'

export interface MachineReport {
  readonly memoryBytes: number
  readonly memoryParts: Readonly<Record<string, number>>
  readonly totalMemoryBytes: number
  readonly openFiles: number
  readonly openFilesMax: number
  readonly processors: number
  readonly diskFreeBytes: number
}

const maxAgeMs = 1000

export class Machine {
  readonly #directory: string
  readonly #openFilesMax = readOpenFilesMax()
  #diskFreeBytes = 0
  #diskReadAtMs = 0
  #openFiles = 0
  #filesReadAtMs = 0

  constructor(directory: string) {
    this.#directory = directory
  }

  async report(): Promise<MachineReport> {
    const usage = process.memoryUsage()
    return {
      memoryBytes: usage.rss,
      memoryParts: {
        heap_used: usage.heapUsed,
        heap_unused: usage.heapTotal - usage.heapUsed,
        array_buffers: usage.arrayBuffers,
        external_other: Math.max(0, usage.external - usage.arrayBuffers),
        code_and_stacks: Math.max(0, usage.rss - usage.heapTotal - usage.external),
      },
      totalMemoryBytes: usableMemoryBytes(),
      openFiles: this.#countOpenFiles(),
      openFilesMax: this.#openFilesMax,
      processors: cpus().length,
      diskFreeBytes: await this.#diskFree(),
    }
  }

  /** Reading the directory takes a millisecond for a thousand connections. */
  #countOpenFiles(): number {
    const nowMs = Date.now()
    if (nowMs - this.#filesReadAtMs < maxAgeMs) return this.#openFiles
    this.#filesReadAtMs = nowMs
    this.#openFiles = countOpenFiles()
    return this.#openFiles
  }

  async #diskFree(): Promise<number> {
    const nowMs = Date.now()
    if (nowMs - this.#diskReadAtMs < maxAgeMs) return this.#diskFreeBytes
    this.#diskReadAtMs = nowMs
    try {
      const { bavail, bsize } = await statfs(this.#directory)
      this.#diskFreeBytes = bavail * bsize
    } catch {
      // Not there yet, or not on a file system that tells: the last known value stands.
    }
    return this.#diskFreeBytes
  }
}

function countOpenFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return 0
  }
}

/** The soft limit, in the fourth column of its line. */
function readOpenFilesMax(): number {
  try {
    const line = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))
    return Number(line?.[1] ?? 0)
  } catch {
    return 0
  }
}
