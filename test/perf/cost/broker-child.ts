// A broker in a process of its own that tells what it has done so far. Started with `fork`, its data
// directory and, where the default will not do, its memory budget: answers each message with the
// counters, which cost nothing while they are not asked for.

import { getHeapStatistics } from 'node:v8'
import { nullLogger } from '../../../src/base/logger.ts'
import { loadConfig } from '../../../src/config/load-config.ts'
import { startNode } from '../../../src/node.ts'

/** Totals since the start, in the broker's whole process. */
export interface Work {
  readonly allocatedBytes: number
  readonly socketReads: number
  readonly socketWrites: number
  readonly copiedBytes: number
  readonly fileWrites: number
  readonly fileBytes: number
  readonly syncs: number
}

const [dataDirectory, memoryBudget] = process.argv.slice(2)
if (dataDirectory === undefined) throw new Error('which data directory?')
const { config } = loadConfig({
  flags: { '--port': '0', '--bind': '127.0.0.1', '--management-port': 'none' },
  environment: {
    WARREN_PROMETHEUS_PORT: 'none',
    ...(memoryBudget !== undefined && { WARREN_MEMORY_BUDGET: memoryBudget }),
  },
  files: { read: () => null, list: () => [], isWritableDirectory: () => false },
})
const node = await startNode({ config, logger: nullLogger, dataDirectory })

process.on('message', () => {
  const { socketReads, socketWrites, copiedBytes } = node.core.counters
  const { writes, writtenBytes, syncs } = node.fileWork
  const work: Work = {
    allocatedBytes: (getHeapStatistics() as { total_allocated_bytes?: number })
      .total_allocated_bytes as number,
    socketReads,
    socketWrites,
    copiedBytes,
    fileWrites: writes,
    fileBytes: writtenBytes,
    syncs,
  }
  process.send?.(work)
})
process.send?.({ port: node.amqpPort })
