// Counts what the store asks of the disk: the figures that operators watch, and that show whether a
// change has made a message cost more.

import type { FileSystem } from './files.ts'

export class FileWork {
  reads = 0
  readBytes = 0
  writes = 0
  writtenBytes = 0
  syncs = 0
}

/** The same files, counted into `work`. */
export function countedFiles(files: FileSystem, work: FileWork): FileSystem {
  const wrote = (bytes: number): void => {
    work.writes += 1
    work.writtenBytes += bytes
  }
  const hasRead = (bytes: number): void => {
    work.reads += 1
    work.readBytes += bytes
  }
  return {
    ...uncounted(files),
    writeNow: (handle, range, offset) => {
      wrote(range.end - range.start)
      files.writeNow(handle, range, offset)
    },
    write: (handle, range, offset, done) => {
      wrote(range.end - range.start)
      files.write(handle, range, offset, done)
    },
    readNow: (handle, into, offset) => {
      const bytes = files.readNow(handle, into, offset)
      hasRead(bytes)
      return bytes
    },
    read: (handle, into, offset, done) => {
      files.read(handle, into, offset, (error, bytes) => {
        hasRead(bytes)
        done(error, bytes)
      })
    },
    syncNow: (handle) => {
      work.syncs += 1
      files.syncNow(handle)
    },
    sync: (handle, done) => {
      work.syncs += 1
      files.sync(handle, done)
    },
  }
}

type Counted = 'writeNow' | 'write' | 'readNow' | 'read' | 'syncNow' | 'sync'

function uncounted(files: FileSystem): Omit<FileSystem, Counted> {
  return {
    makeDirectory: (path) => files.makeDirectory(path),
    list: (path) => files.list(path),
    open: (path, mode) => files.open(path, mode),
    close: (handle) => files.close(handle),
    size: (handle) => files.size(handle),
    syncDirectory: (path, done) => files.syncDirectory(path, done),
    rename: (from, to) => files.rename(from, to),
    removeNow: (path) => files.removeNow(path),
    remove: (path, done) => files.remove(path, done),
  }
}
