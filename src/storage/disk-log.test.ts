import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineMessageLogCases } from '../../test/simulation/message-log.cases.ts'
import { systemClock } from '../../test/simulation/system-clock.ts'
import { openStore } from './open-store.ts'

for (const durability of ['fsync', 'write', 'none'] as const) {
  defineMessageLogCases(`disk, ${durability}`, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'warren-log-'))
    const store = await openStore({ directory, durability, clock: systemClock })
    return {
      log: store.log,
      close: async () => {
        await store.close()
        rmSync(directory, { recursive: true, force: true })
      },
    }
  })
}
