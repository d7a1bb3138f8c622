// A simulated disk for tests: it forgets what was not synced, tears writes, fails when told to, and
// completes asynchronous calls only when the test lets it. Everything follows from a seed.

import type { ByteRange, Done, FileSystem } from '../../src/storage/files.ts'

/** A small generator of pseudo-random numbers (mulberry32). */
export class SeededRandom {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** A number in [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }
}

export class SimulatedCrash extends Error {}

interface Write {
  readonly offset: number
  readonly bytes: Buffer
}

interface File {
  /** What survives a power failure for certain, and what was written since. */
  synced: Buffer
  unsynced: Write[]
  current: Buffer
}

const sectorBytes = 512

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: simulated`), { code })
}

function place(content: Buffer, { offset, bytes }: Write): Buffer {
  const end = offset + bytes.length
  const grown =
    end > content.length ? Buffer.concat([content, Buffer.alloc(end - content.length)]) : content
  bytes.copy(grown, offset)
  return grown
}

export class FaultFiles implements FileSystem {
  readonly random: SeededRandom
  /** Operations that changed something so far; the crash point is one of these. */
  operations = 0
  crashAt: number = Number.POSITIVE_INFINITY
  crashed = false
  /** While set, calls of the kind fail with this code. */
  failWrites: string | null = null
  failSyncs: string | null = null
  /** Bytes that writes may still add before the disk is full. */
  freeBytes: number = Number.POSITIVE_INFINITY
  readonly #directories = new Map<string, Map<string, File>>()
  /** States of a directory since it was synced, the synced one first. */
  readonly #history = new Map<string, Map<string, File>[]>()
  readonly #handles = new Map<number, File>()
  #pending: (() => void)[] = []
  #nextHandle = 3

  constructor(seed: number) {
    this.random = new SeededRandom(seed)
  }

  get pending(): number {
    return this.#pending.length
  }

  /** Lets one of the asynchronous calls complete. */
  completeOne(): void {
    const [call] = this.#pending.splice(this.random.below(this.#pending.length), 1)
    call?.()
  }

  /** The process is killed: what was written stays. */
  kill(): void {
    this.#handles.clear()
    this.#pending = []
    this.crashed = false
    this.crashAt = Number.POSITIVE_INFINITY
  }

  /** The power fails: what was not synced is there, torn, or not. */
  loosePower(): void {
    this.kill()
    for (const [path, states] of this.#history) {
      const names = new Map(states[this.random.below(states.length)])
      this.#directories.set(path, names)
      this.#history.set(path, [new Map(names)])
    }
    for (const names of this.#directories.values()) {
      for (const file of new Set(names.values())) this.#afterPowerLoss(file)
    }
  }

  /** Changes bytes where they lie: a disk that rots. */
  corrupt(path: string, change: (content: Buffer) => void): void {
    const file = this.#find(path)
    change(file.current)
    file.synced = Buffer.from(file.current)
  }

  makeDirectory(path: string): void {
    if (this.#directories.has(path)) return
    this.#directories.set(path, new Map())
    this.#history.set(path, [new Map()])
  }

  list(path: string): string[] {
    return [...(this.#directories.get(path)?.keys() ?? [])]
  }

  open(path: string, mode: 'read' | 'update' | 'create'): number {
    const [directory, name] = split(path)
    const names = this.#directories.get(directory)
    let file = names?.get(name)
    if (mode === 'create') {
      if (names === undefined) throw systemError('ENOENT')
      this.#operate()
      if (this.freeBytes <= 0) throw systemError('ENOSPC')
      file = { synced: Buffer.alloc(0), unsynced: [], current: Buffer.alloc(0) }
      names.set(name, file)
      this.#changed(directory)
    }
    if (file === undefined) throw systemError('ENOENT')
    const handle = this.#nextHandle
    this.#nextHandle += 1
    this.#handles.set(handle, file)
    return handle
  }

  close(handle: number): void {
    this.#handles.delete(handle)
  }

  size(handle: number): number {
    return this.#file(handle).current.length
  }

  writeNow(handle: number, range: ByteRange, offset: number): void {
    if (this.failWrites !== null) throw systemError(this.failWrites)
    const file = this.#file(handle)
    const bytes = Buffer.from(range.bytes.subarray(range.start, range.end))
    const growth = Math.max(0, offset + bytes.length - file.current.length)
    if (growth > this.freeBytes) {
      // A full disk takes what fits.
      const fitting = { offset, bytes: bytes.subarray(0, bytes.length - growth + this.freeBytes) }
      file.unsynced.push(fitting)
      file.current = place(file.current, fitting)
      this.freeBytes = 0
      throw systemError('ENOSPC')
    }
    this.freeBytes -= growth
    const write = { offset, bytes }
    file.unsynced.push(write)
    file.current = place(file.current, write)
    this.#operate()
  }

  write(handle: number, range: ByteRange, offset: number, done: Done): void {
    this.#later(() => {
      try {
        this.writeNow(handle, range, offset)
      } catch (error) {
        if (error instanceof SimulatedCrash) throw error
        return done(error instanceof Error ? error : new Error(String(error)))
      }
      done(null)
    })
  }

  readNow(handle: number, into: Uint8Array, offset: number): number {
    const { current } = this.#file(handle)
    const count = Math.max(0, Math.min(into.length, current.length - offset))
    if (count > 0) into.set(current.subarray(offset, offset + count))
    return count
  }

  read(
    handle: number,
    into: Uint8Array,
    offset: number,
    done: (error: Error | null, byteCount: number) => void,
  ): void {
    this.#later(() => done(null, this.readNow(handle, into, offset)))
  }

  syncNow(handle: number): void {
    this.#syncFile(this.#file(handle), this.#file(handle).unsynced.length)
  }

  sync(handle: number, done: Done): void {
    const file = this.#file(handle)
    const count = file.unsynced.length
    this.#later(() => {
      this.#operate()
      if (this.failSyncs !== null) {
        // The pages are marked clean though they never got to the disk.
        file.unsynced.splice(0, count)
        done(systemError(this.failSyncs))
        return
      }
      this.#syncFile(file, count)
      done(null)
    })
  }

  syncDirectory(path: string, done: Done): void {
    const names = new Map(this.#directories.get(path))
    this.#later(() => {
      this.#operate()
      this.#history.set(path, [names, new Map(this.#directories.get(path))])
      done(null)
    })
  }

  rename(from: string, to: string): void {
    this.#operate()
    const [fromDirectory, fromName] = split(from)
    const [toDirectory, toName] = split(to)
    const file = this.#find(from)
    this.#directories.get(fromDirectory)?.delete(fromName)
    this.#directories.get(toDirectory)?.set(toName, file)
    this.#changed(toDirectory)
  }

  removeNow(path: string): void {
    this.#operate()
    const [directory, name] = split(path)
    this.#directories.get(directory)?.delete(name)
    this.#changed(directory)
  }

  remove(path: string, done: Done): void {
    this.#later(() => {
      this.removeNow(path)
      done(null)
    })
  }

  #operate(): void {
    if (this.crashed) throw new SimulatedCrash('after the crash')
    this.operations += 1
    if (this.operations < this.crashAt) return
    this.crashed = true
    throw new SimulatedCrash(`at operation ${this.operations}`)
  }

  #later(call: () => void): void {
    this.#pending.push(call)
  }

  #file(handle: number): File {
    const file = this.#handles.get(handle)
    if (file === undefined) throw systemError('EBADF')
    return file
  }

  #find(path: string): File {
    const [directory, name] = split(path)
    const file = this.#directories.get(directory)?.get(name)
    if (file === undefined) throw systemError('ENOENT')
    return file
  }

  #changed(directory: string): void {
    this.#history.get(directory)?.push(new Map(this.#directories.get(directory)))
  }

  #syncFile(file: File, count: number): void {
    for (const write of file.unsynced.splice(0, count)) file.synced = place(file.synced, write)
  }

  #afterPowerLoss(file: File): void {
    for (const write of file.unsynced) {
      const fate = this.random.below(3)
      if (fate === 0) continue
      if (fate === 1) file.synced = place(file.synced, write)
      else this.#tear(file, write)
    }
    file.unsynced = []
    file.current = Buffer.from(file.synced)
  }

  /** Only some sectors of a write got to the disk. */
  #tear(file: File, { offset, bytes }: Write): void {
    for (let at = 0; at < bytes.length; ) {
      const end = Math.min(bytes.length, at + sectorBytes - ((offset + at) % sectorBytes))
      const sector = { offset: offset + at, bytes: bytes.subarray(at, end) }
      if (this.random.below(2) === 0) file.synced = place(file.synced, sector)
      at = end
    }
  }
}

function split(path: string): [string, string] {
  const at = path.lastIndexOf('/')
  return [path.slice(0, at), path.slice(at + 1)]
}
