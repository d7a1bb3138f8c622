// Live servers under fuzzing: nothing that arrives ends one, holds it up, or stays in it. This is the
// small edition; scripts/rpc-fuzz.ts makes as many inputs as wanted.
import { test } from 'node:test'
import { protocolNames } from './fuzz/protocol.ts'
import { fuzz } from './fuzz/run.ts'
import { fuzzRuns } from './support/fuzz.ts'

const seed = Number(process.env.WARREN_FUZZ_SEED ?? 1)

for (const protocol of protocolNames) {
  test(`${protocol}: a server survives ${fuzzRuns} bad inputs and holds nothing of them`, async () => {
    await fuzz({ protocol, inputs: fuzzRuns, seed })
  })
}
