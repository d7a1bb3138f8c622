// The files of one log: names, open handles, creation from recycled files, removal. What is in them
// is no concern here.
//
//   0000000017.seg      segment 17
//   spare-12.seg        a freed segment, kept until the process ends so that its blocks are used again

import { join } from 'node:path'
import type { ByteRange, Done, FileSystem } from './files.ts'
import { encodeSegmentHeader, segmentHeaderBytes } from './frame.ts'

/** Files that are open at most; more are opened on demand, so that a long backlog is no limit. */
const openMax = 128
/** Freed segments kept for reuse: enough for the writer, little enough for a small disk. */
const sparesMax = 2

interface SegmentFile {
  readonly segment: number
  path: string
  handle: number | null
  /** How far the file reaches: recycled and zero-filled files are larger than what is written. */
  fileBytes: number
  /** Reads and syncs under way; the file stays open and its own until they end. */
  pins: number
  freed: boolean
}

export interface SegmentsOptions {
  readonly files: FileSystem
  readonly directory: string
  readonly segmentBytes: number
  /** Whether the log is ever synced; false for what does not outlive the process. */
  readonly synced: boolean
  /** Called when a file could not be closed, recycled or removed: nothing is lost by that. */
  readonly onTrouble: (error: unknown) => void
}

export class Segments {
  readonly files: FileSystem
  readonly directory: string
  readonly segmentBytes: number
  readonly #onTrouble: (error: unknown) => void
  readonly #known = new Map<number, SegmentFile>()
  readonly #open = new Set<SegmentFile>()
  #dirty = new Set<number>()
  // Files may have been created just before a kill: their names are synced with the first sync.
  #directoryDirty = true
  #spares: string[] = []
  /**
   * Spares whose renaming is not yet on the disk. Written to now and found under their old name
   * after a power failure, they would pass for the segment that they had become.
   */
  #newSpares: string[] = []
  readonly #synced: boolean
  #closed = false
  /** Files that are being removed, and who waits for the end of that. */
  #removing = 0
  #onRemoved: (() => void) | null = null

  constructor(options: SegmentsOptions) {
    this.files = options.files
    this.directory = options.directory
    this.segmentBytes = options.segmentBytes
    this.#synced = options.synced
    this.#onTrouble = options.onTrouble
    this.files.makeDirectory(this.directory)
    this.#discover()
  }

  /** The numbers of all segments, rising. */
  get numbers(): number[] {
    return [...this.#known.keys()].sort((a, b) => a - b)
  }

  /** Bytes of all segment files, spares left out. */
  get totalBytes(): number {
    let bytes = 0
    for (const file of this.#known.values()) bytes += file.fileBytes
    return bytes
  }

  has(segment: number): boolean {
    return this.#known.get(segment)?.freed === false
  }

  nameOf(segment: number): string {
    return `${String(segment).padStart(10, '0')}.seg`
  }

  fileBytes(segment: number): number {
    const file = this.#known.get(segment)
    if (file === undefined) return 0
    this.#handle(file)
    return file.fileBytes
  }

  create(segment: number, epoch: number): void {
    const path = join(this.directory, this.nameOf(segment))
    const file: SegmentFile = { segment, path, handle: null, fileBytes: 0, pins: 0, freed: false }
    const spare = this.#spares.at(-1)
    if (spare === undefined) {
      file.handle = this.files.open(path, 'create')
    } else {
      this.files.rename(join(this.directory, spare), path)
      this.#spares.pop()
      file.handle = this.files.open(path, 'update')
      file.fileBytes = this.files.size(file.handle)
    }
    this.#known.set(segment, file)
    this.#open.add(file)
    this.#directoryDirty = true
    const header = encodeSegmentHeader(segment, epoch)
    this.writeNow(segment, { bytes: header, start: 0, end: segmentHeaderBytes }, 0)
    this.#closeIdle(file)
  }

  writeNow(segment: number, range: ByteRange, offset: number): void {
    const file = this.#existing(segment)
    this.files.writeNow(this.#handle(file), range, offset)
    this.#dirty.add(segment)
    file.fileBytes = Math.max(file.fileBytes, offset + range.end - range.start)
  }

  readNow(segment: number, into: Uint8Array, offset: number): number {
    return this.files.readNow(this.#handle(this.#existing(segment)), into, offset)
  }

  read(
    segment: number,
    into: Uint8Array,
    offset: number,
    done: (error: Error | null, byteCount: number) => void,
  ): void {
    let file: SegmentFile
    let handle: number
    try {
      file = this.#existing(segment)
      handle = this.#handle(file)
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error))
      queueMicrotask(() => done(failure, 0))
      return
    }
    file.pins += 1
    this.files.read(handle, into, offset, (error, byteCount) => {
      this.#unpin(file)
      done(error, byteCount)
    })
  }

  /** Marks a segment whose bytes may be in the page cache only. */
  markDirty(segment: number): void {
    this.#dirty.add(segment)
  }

  /** Syncs all files written since the last call, one after the other, and then their names. */
  sync(done: Done): void {
    const segments = [...this.#dirty].sort((a, b) => a - b)
    this.#dirty = new Set()
    const names = this.#directoryDirty
    this.#directoryDirty = false
    const spares = this.#newSpares
    this.#newSpares = []
    const next = (): void => {
      const segment = segments.shift()
      if (segment !== undefined) {
        const file = this.#known.get(segment)
        if (file === undefined || file.freed) {
          next()
          return
        }
        file.pins += 1
        this.files.sync(this.#handle(file), (error) => {
          this.#unpin(file)
          if (error !== null) done(error)
          else next()
        })
      } else if (names) {
        this.files.syncDirectory(this.directory, (error) => {
          if (error === null) this.#spares.push(...spares)
          done(error)
        })
      } else done(null)
    }
    next()
  }

  /** Whether there is one file to sync and nothing else: as it mostly is. */
  get oneDirty(): boolean {
    return this.#dirty.size === 1 && !this.#directoryDirty && this.#newSpares.length === 0
  }

  /** Syncs the one file that was written since the last sync; throws what the system says. */
  syncNow(): void {
    const [segment] = this.#dirty
    this.#dirty.clear()
    const file = segment === undefined ? undefined : this.#known.get(segment)
    if (file === undefined || file.freed) return
    this.files.syncNow(this.#handle(file))
  }

  /** Gives a segment's file back: for reuse if it has the usual size, else to the file system. */
  free(segment: number): void {
    const file = this.#known.get(segment)
    if (file === undefined) return
    file.freed = true
    if (file.pins === 0) this.#discard(file)
  }

  /** Removes what is kept for reuse. */
  dropSpares(): void {
    for (const name of [...this.#spares.splice(0), ...this.#newSpares.splice(0)]) {
      this.#remove(join(this.directory, name))
    }
  }

  /** Removes all files: a log that does not survive a restart. */
  removeAll(): void {
    for (const file of [...this.#known.values()]) this.#close(file)
    this.#known.clear()
    this.#spares = []
    this.#newSpares = []
    for (const name of this.files.list(this.directory)) {
      this.files.removeNow(join(this.directory, name))
    }
  }

  /**
   * Closes all files, those that are being read or synced when that ends, and calls back when all
   * that was to be removed is gone.
   */
  close(done: () => void): void {
    this.#closed = true
    for (const file of [...this.#open]) if (file.pins === 0) this.#close(file)
    if (this.#removing === 0) done()
    else this.#onRemoved = done
  }

  #discover(): void {
    for (const name of this.files.list(this.directory)) {
      // What the rename of an earlier life left in a spare may carry the very number that the next
      // segment gets, if that rename was lost with the power: such frames must not come back.
      if (/^spare-\d+\.seg$/.test(name)) this.files.removeNow(join(this.directory, name))
      if (!/^\d{10}\.seg$/.test(name)) continue
      const segment = Number.parseInt(name, 10)
      const path = join(this.directory, name)
      const file = { segment, path, handle: null, fileBytes: 0, pins: 0, freed: false }
      this.#known.set(segment, file)
    }
  }

  #existing(segment: number): SegmentFile {
    const file = this.#known.get(segment)
    if (file === undefined) throw new Error(`there is no segment ${segment} in ${this.directory}`)
    return file
  }

  #handle(file: SegmentFile): number {
    if (file.handle === null) {
      if (this.#closed) throw new Error('the message log is closed')
      file.handle = this.files.open(file.path, 'update')
      file.fileBytes = Math.max(file.fileBytes, this.files.size(file.handle))
      this.#open.add(file)
      this.#closeIdle(file)
    }
    return file.handle
  }

  /** Closes the file that was opened longest ago, if there are too many. */
  #closeIdle(used: SegmentFile): void {
    if (this.#open.size <= openMax) return
    for (const file of this.#open) {
      if (file === used || file.pins > 0 || this.#dirty.has(file.segment)) continue
      this.#close(file)
      return
    }
  }

  #close(file: SegmentFile): void {
    if (file.handle === null) return
    this.#open.delete(file)
    const { handle } = file
    file.handle = null
    try {
      this.files.close(handle)
    } catch (error) {
      this.#onTrouble(error)
    }
  }

  #unpin(file: SegmentFile): void {
    file.pins -= 1
    if (file.pins > 0) return
    if (file.freed) this.#discard(file)
    else if (this.#closed) this.#close(file)
  }

  #discard(file: SegmentFile): void {
    this.#known.delete(file.segment)
    this.#dirty.delete(file.segment)
    const reusable = file.fileBytes >= this.segmentBytes && file.fileBytes < this.segmentBytes * 1.5
    this.#close(file)
    if (reusable && this.#spares.length + this.#newSpares.length < sparesMax) {
      const name = `spare-${file.segment}.seg`
      try {
        this.files.rename(file.path, join(this.directory, name))
        if (this.#synced) this.#newSpares.push(name)
        else this.#spares.push(name)
        this.#directoryDirty = true
      } catch (error) {
        this.#onTrouble(error)
      }
      return
    }
    this.#remove(file.path)
  }

  #remove(path: string): void {
    this.#removing += 1
    this.files.remove(path, (error) => {
      this.#removing -= 1
      if (error !== null) this.#onTrouble(error)
      if (this.#removing === 0) this.#onRemoved?.()
    })
  }
}
