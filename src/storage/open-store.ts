// Opens the store: the one place where its parts meet. Without a directory everything is kept in
// memory and ends with the process.

import { join } from 'node:path'
import { type Logger, nullLogger } from '../base/logger.ts'
import type { DelayStore } from '../broker/delays/delay-store.ts'
import type { DuplicateStore } from '../broker/duplicates/duplicate-store.ts'
import type { Clock, MessageLog, MetadataStore } from '../broker/ports.ts'
import { Checkpointer } from './checkpointer.ts'
import { countedFiles, FileWork } from './counted-files.ts'
import { type Damage, DamageList } from './damage.ts'
import { DiskLog } from './disk-log.ts'
import { type FileSystem, nodeFiles } from './files.ts'
import { segmentHeaderBytes } from './frame.ts'
import { Ledger } from './ledger.ts'
import { lockDirectory } from './lock-file.ts'
import { LogPart } from './log-part.ts'
import { Maintenance } from './maintenance.ts'
import { MemoryDelays } from './memory-delays.ts'
import { MemoryDuplicates } from './memory-duplicates.ts'
import { MemoryLog } from './memory-log.ts'
import { MemoryMetadata } from './memory-metadata.ts'
import { SqliteMetadata } from './metadata-store.ts'
import { pageEntriesDefault } from './page.ts'
import { segmentSpan } from './positions.ts'
import { recover } from './recovery.ts'
import { Segments } from './segments.ts'
import { SqliteDelays } from './sqlite-delays.ts'
import { SqliteDuplicates } from './sqlite-duplicates.ts'
import type { Durability } from './syncer.ts'

export interface StoreOptions {
  /** Where everything is kept; null keeps it in memory only. */
  readonly directory: string | null
  /** What a confirm promises; see docs/store.md. */
  readonly durability: Durability
  /** Size of a segment file, 64 MiB if not given and at most that. */
  readonly segmentBytes?: number
  /** Log between two checkpoints, 128 MiB if not given: recovery reads no more than that. */
  readonly checkpointBytes?: number
  /** Entries of an index page, 4096 if not given; smaller ones are for tests. */
  readonly pageEntries?: number
  /** For tests: another disk. */
  readonly files?: FileSystem
  /** For tests: how a task gets into a later turn. */
  readonly later?: (task: () => void) => void
  readonly clock: Clock
  readonly logger?: Logger
}

export interface Store {
  readonly log: MessageLog
  readonly metadata: MetadataStore
  readonly delays: DelayStore
  readonly duplicates: DuplicateStore
  /** Tells when the store stops (reason) or starts (null) taking what is published. */
  onBlocked(listener: (reason: string | null) => void): void
  /** What was found damaged since the start: all are counted, the first hundred listed. */
  readonly damage: { readonly count: number; readonly listed: readonly Damage[] }
  /** Bytes that the message log takes on disk. */
  readonly diskBytes: number
  /** What the message log has asked of the disk since the start. */
  readonly work: FileWork
  /**
   * To be called once all durable queues have opened their lanes: drops what belongs to none, and
   * returns how many lanes that were.
   */
  finishRecovery(): number
  /** Writes what is still gathered, makes it durable, and lets go of the directory. */
  close(): Promise<void>
}

export function openStore(options: StoreOptions): Promise<Store> {
  if (options.directory === null) return Promise.resolve(memoryStore(options))
  // An executor turns what is thrown into a rejection.
  return new Promise((resolve) => resolve(diskStore(options, options.directory ?? '')))
}

function memoryStore({ later = setImmediate }: StoreOptions): Store {
  return {
    log: new MemoryLog(later),
    metadata: new MemoryMetadata(),
    delays: new MemoryDelays(),
    duplicates: new MemoryDuplicates(),
    onBlocked: () => undefined,
    damage: { count: 0, listed: [] },
    diskBytes: 0,
    work: new FileWork(),
    finishRecovery: () => 0,
    close: () => Promise.resolve(),
  }
}

function diskStore(options: StoreOptions, directory: string): Store {
  const files = options.files ?? nodeFiles
  files.makeDirectory(directory)
  // A simulated disk has no processes that could share it, and no SQLite.
  const real = files === nodeFiles
  const lock = real ? lockDirectory(directory) : null
  try {
    const metadata = real
      ? new SqliteMetadata({
          path: join(directory, 'metadata.sqlite'),
          synced: options.durability !== 'none',
          clock: options.clock,
        })
      : new MemoryMetadata()
    const work = new FileWork()
    const opened = openLog(options, directory, countedFiles(files, work))
    const delays = real ? openDelays(options, directory, opened.damage) : new MemoryDelays()
    const duplicates = real
      ? openDuplicates(options, directory, opened.damage)
      : new MemoryDuplicates()
    return {
      ...opened,
      work,
      metadata,
      delays,
      duplicates,
      onBlocked: (listener) => {
        const parts = [opened.log, delays]
        joinBlocked(metadata instanceof SqliteMetadata ? [...parts, metadata] : parts, listener)
      },
      get diskBytes(): number {
        return opened.log.durable.segments.totalBytes + opened.log.spilled.segments.totalBytes
      },
      close: async () => {
        await opened.close()
        if (delays instanceof SqliteDelays) delays.close()
        if (duplicates instanceof SqliteDuplicates) duplicates.close()
        if (metadata instanceof SqliteMetadata) metadata.close()
        lock?.release()
      },
    }
  } catch (error) {
    lock?.release()
    throw error
  }
}

function openDelays(
  { durability, clock, logger = nullLogger }: StoreOptions,
  directory: string,
  damage: DamageList,
): SqliteDelays {
  return new SqliteDelays({
    path: join(directory, 'delayed.sqlite'),
    durability,
    clock,
    onTrouble: (error) =>
      logger.error('the store of delayed messages cannot write', { reason: String(error) }),
    onDamage: (found) => damage.report(found, null),
  })
}

function openDuplicates(
  { durability, logger = nullLogger }: StoreOptions,
  directory: string,
  damage: DamageList,
): SqliteDuplicates {
  return new SqliteDuplicates({
    path: join(directory, 'duplicates.sqlite'),
    synced: durability !== 'none',
    onTrouble: (error) =>
      logger.error('the store of deduplication keys cannot write', { reason: String(error) }),
    onDamage: (found) => damage.report(found, null),
  })
}

interface Blockable {
  onBlocked: ((reason: string | null) => void) | null
}

/** Publishers wait while any part of the store cannot write. */
function joinBlocked(parts: readonly Blockable[], listener: (reason: string | null) => void): void {
  const reasons = new Map<Blockable, string>()
  for (const part of parts) {
    part.onBlocked = (reason) => {
      if (reason === null) reasons.delete(part)
      else reasons.set(part, reason)
      const [first = null] = reasons.values()
      listener(first)
    }
  }
}

interface OpenedLog {
  readonly log: DiskLog
  readonly damage: DamageList
  finishRecovery(): number
  close(): Promise<void>
}

function openLog(options: StoreOptions, directory: string, files: FileSystem): OpenedLog {
  const { durability, clock, logger = nullLogger, later = setImmediate } = options
  const segmentBytes = Math.min(options.segmentBytes ?? segmentSpan, segmentSpan)
  const pageEntries = options.pageEntries ?? pageEntriesDefault
  const damage = new DamageList(join(directory, 'quarantine'), files, logger)
  const onTrouble = (error: unknown): void => {
    logger.warn('the message store could not tidy up', { reason: String(error) })
  }
  const segmentsIn = (name: string, synced: boolean): Segments =>
    new Segments({ files, directory: join(directory, name), segmentBytes, synced, onTrouble })
  const segments = segmentsIn('log', durability !== 'none')
  const ledger = new Ledger()
  const { lanes, readFrom, start } = recover({
    directory,
    files,
    segments,
    ledger,
    damage,
    logger,
    pageEntries,
  })
  segments.numbers.forEach((segment) => {
    if (segment >= readFrom) segments.markDirty(segment)
  })
  const spill = segmentsIn('spill', false)
  spill.removeAll()
  const onBlocked = (error: unknown): void => log.writeBlocked(error)
  const common = { damage, later, onBlocked }
  const spillStart = { segment: 1, offset: segmentHeaderBytes, epoch: 1, frameNumber: 0, link: 0 }
  const log: DiskLog = new DiskLog({
    durable: new LogPart({ ...common, segments, ledger, start, fill: durability === 'fsync' }),
    spilled: new LogPart({
      ...common,
      segments: spill,
      ledger: new Ledger(),
      start: spillStart,
      fill: false,
    }),
    lanes,
    durability,
    clock,
    later,
    pageEntries,
  })
  for (const lane of lanes.values()) {
    lane.attach(log)
    lane.backlog.pageOutFull()
  }
  const checkpointer = new Checkpointer({
    log,
    files,
    directory,
    intervalBytes: options.checkpointBytes ?? 2 * segmentSpan,
    synced: durability !== 'none',
    onTrouble,
  })
  // What recovery has read and written is synced soon, also if nothing else happens.
  log.syncer.written(false)
  const maintenance = new Maintenance({ log, checkpointer, clock })
  return {
    log,
    damage,
    finishRecovery: () => dropUnopened(log),
    close: () => closeLog(log, checkpointer, maintenance),
  }
}

function dropUnopened(log: DiskLog): number {
  const unknown = [...log.lanes.values()].filter((lane) => !lane.opened)
  for (const lane of unknown) lane.drop()
  log.commitTurn()
  return unknown.length
}

async function closeLog(
  log: DiskLog,
  checkpointer: Checkpointer,
  maintenance: Maintenance,
): Promise<void> {
  log.commitTurn()
  maintenance.stop()
  await new Promise<void>((resolve) => checkpointer.run(resolve))
  log.stop()
  log.spilled.segments.removeAll()
  for (const { segments } of [log.durable, log.spilled]) {
    await new Promise<void>((resolve) => segments.close(resolve))
  }
}
