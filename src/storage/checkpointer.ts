// Writes checkpoints beside the running broker, in small steps, and frees the segments that the
// last one has made superfluous: this is the only place where a durable segment is freed.
//
// A checkpoint that is in place refers to no free segment, and recovery reads the log from its start:
// so a segment may go when it lies before that start and nothing was left of it at that moment.

import { join } from 'node:path'
import { ChunkWriter, laneChunks, writeEnd, writeSegments, writeStart } from './checkpoint.ts'
import type { DiskLog } from './disk-log.ts'
import type { FileSystem } from './files.ts'

export const checkpointName = 'checkpoint'
const newName = 'checkpoint.new'
const writeBytes = 1 << 18

export interface CheckpointerOptions {
  readonly log: DiskLog
  readonly files: FileSystem
  readonly directory: string
  /** A checkpoint is due after this much of the log, or four times its own size if that is more. */
  readonly intervalBytes: number
  readonly synced: boolean
  readonly onTrouble: (error: unknown) => void
}

export class Checkpointer {
  readonly #options: CheckpointerOptions
  #nextAtBytes: number
  #running = false
  #waiting: (() => void)[] = []

  constructor(options: CheckpointerOptions) {
    this.#options = options
    this.#nextAtBytes = options.intervalBytes
  }

  get running(): boolean {
    return this.#running
  }

  /** Whether enough has been written since the last one. */
  get due(): boolean {
    return this.#options.log.durable.journal.writtenBytes >= this.#nextAtBytes
  }

  /** Writes a checkpoint; `done` is called when it is in place, or when it could not be made. */
  run(done: () => void): void {
    if (this.#running) {
      this.#waiting.push(() => this.run(done))
      return
    }
    const { log, onTrouble } = this.#options
    if (log.durable.journal.blocked || log.syncer.failed) {
      done()
      return
    }
    this.#running = true
    // Also if it fails: a full disk is not asked again each turn.
    this.#nextAtBytes = log.durable.journal.writtenBytes + this.#options.intervalBytes
    const finish = (error: unknown): void => {
      this.#running = false
      if (error !== null) onTrouble(error)
      const waiting = this.#waiting
      this.#waiting = []
      done()
      for (const task of waiting) task()
    }
    try {
      this.#write(finish)
    } catch (error) {
      finish(error)
    }
  }

  #write(finish: (error: unknown) => void): void {
    const { log, files, directory, intervalBytes } = this.#options
    const { journal } = log.durable
    const start = journal.readStart
    const empty = log.durable.emptySegments(start.segment)
    const path = join(directory, newName)
    const handle = files.open(path, 'create')
    const writer = new ChunkWriter()
    const chunks = allChunks(log, writer)
    let offset = 0
    writeStart(writer, start)
    const fail = (error: unknown): void => {
      files.close(handle)
      finish(error)
    }
    const step = (): void => {
      let ended = false
      while (!ended && writer.length < writeBytes) ended = chunks.next().done === true
      const bytes = writer.take()
      const at = offset
      offset += bytes.length
      files.write(handle, { bytes, start: 0, end: bytes.length }, at, (error) => {
        if (error !== null) fail(error)
        else if (!ended) step()
        else {
          this.#nextAtBytes = journal.writtenBytes + Math.max(intervalBytes, offset * 4)
          this.#sync(handle, (failure) =>
            failure === null ? this.#place(empty, finish) : finish(failure),
          )
        }
      })
    }
    step()
  }

  /** Makes the file durable, and then the log that it refers to. */
  #sync(handle: number, done: (error: unknown) => void): void {
    const { log, files, synced } = this.#options
    const syncLog = (error: Error | null): void => {
      files.close(handle)
      if (error !== null) done(error)
      else log.syncer.whenSynced(log.durable.journal.appendPosition, () => done(null))
    }
    if (synced) files.sync(handle, syncLog)
    else syncLog(null)
  }

  /** Replaces the checkpoint before, and frees what only that one needed. */
  #place(empty: readonly number[], finish: (error: unknown) => void): void {
    const { log, files, directory, synced } = this.#options
    try {
      files.rename(join(directory, newName), join(directory, checkpointName))
    } catch (error) {
      finish(error)
      return
    }
    const free = (error: Error | null): void => {
      if (error === null) {
        const part = log.durable
        for (const segment of empty) {
          if (!part.ledger.has(segment) || part.ledger.use(segment).references <= 0) {
            part.free(segment)
          }
        }
      }
      finish(error)
    }
    if (synced) files.syncDirectory(directory, free)
    else free(null)
  }
}

function* allChunks(log: DiskLog, writer: ChunkWriter): Generator<void> {
  let count = 0
  for (const lane of log.lanes.values()) {
    if (!lane.durable) continue
    count += 1
    yield* laneChunks(writer, lane, log.durable.journal.appendPosition)
    yield
  }
  const weights: number[][] = []
  for (const { segment, totalWeight } of log.durable.ledger.segments) {
    weights.push([segment, totalWeight])
  }
  writeSegments(writer, weights)
  writeEnd(writer, count)
}
