// The few file operations that the store needs, as an interface, so that tests can put a disk
// beneath it that forgets, tears and fails; and the real one.

import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsync,
  mkdirSync,
  openSync,
  read,
  readdirSync,
  readSync,
  renameSync,
  unlink,
  unlinkSync,
  write,
  writeSync,
} from 'node:fs'

export type Done = (error: Error | null) => void

/** A range of a buffer. */
export interface ByteRange {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
}

export interface FileSystem {
  makeDirectory(path: string): void
  /** Names in a directory; none if there is no such directory. */
  list(path: string): string[]
  /** `read`: must exist. `update`: read and write, must exist. `create`: read and write, emptied. */
  open(path: string, mode: 'read' | 'update' | 'create'): number
  close(handle: number): void
  size(handle: number): number
  /** Writes the whole range at an offset of the file, or throws. */
  writeNow(handle: number, range: ByteRange, offset: number): void
  write(handle: number, range: ByteRange, offset: number, done: Done): void
  /** Fills `into` from an offset of the file; returns how much there was. */
  readNow(handle: number, into: Uint8Array, offset: number): number
  read(
    handle: number,
    into: Uint8Array,
    offset: number,
    done: (error: Error | null, byteCount: number) => void,
  ): void
  syncNow(handle: number): void
  sync(handle: number, done: Done): void
  /** Makes creations, renames and removals in a directory durable. */
  syncDirectory(path: string, done: Done): void
  rename(from: string, to: string): void
  removeNow(path: string): void
  remove(path: string, done: Done): void
}

const openFlags = { read: 'r', update: 'r+', create: 'w+' } as const

export const nodeFiles: FileSystem = {
  makeDirectory(path: string): void {
    mkdirSync(path, { recursive: true })
  },

  list(path: string): string[] {
    try {
      return readdirSync(path)
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return []
      throw error
    }
  },

  open: (path: string, mode: 'read' | 'update' | 'create'): number =>
    openSync(path, openFlags[mode], 0o640),
  close: closeSync,
  size: (handle: number): number => fstatSync(handle).size,

  writeNow(handle: number, range: ByteRange, offset: number): void {
    let at = range.start
    while (at < range.end) {
      at += writeSync(handle, range.bytes, at, range.end - at, offset + at - range.start)
    }
  },

  write(handle: number, range: ByteRange, offset: number, done: Done): void {
    const { bytes, start, end } = range
    write(handle, bytes, start, end - start, offset, (error, written) => {
      if (error !== null) done(error)
      else if (written === end - start) done(null)
      else nodeFiles.write(handle, { bytes, start: start + written, end }, offset + written, done)
    })
  },

  readNow(handle: number, into: Uint8Array, offset: number): number {
    let got = 0
    while (got < into.length) {
      const count = readSync(handle, into, got, into.length - got, offset + got)
      if (count === 0) break
      got += count
    }
    return got
  },

  read(handle, into, offset, done): void {
    let got = 0
    const step = (): void => {
      read(handle, into, got, into.length - got, offset + got, (error, count) => {
        if (error !== null) return done(error, got)
        got += count
        if (count === 0 || got === into.length) return done(null, got)
        step()
      })
    }
    step()
  },

  syncNow: fdatasyncSync,
  sync: (handle: number, done: Done): void => fdatasync(handle, (error) => done(error)),

  syncDirectory(path: string, done: Done): void {
    const handle = openSync(path, 'r')
    fsync(handle, (error) => {
      closeSync(handle)
      done(error)
    })
  },

  rename: renameSync,
  removeNow: unlinkSync,
  remove: (path: string, done: Done): void => unlink(path, (error) => done(error)),
}

/** The system's code of a failed call (ENOSPC, EIO), or an empty text. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
