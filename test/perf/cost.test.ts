// What a message costs, in counts and not in time: bytes allocated, reads and writes of sockets, bytes
// copied, writes and syncs of the log. Each has a recorded bound, a little above what was measured; a
// change that goes beyond one has to be worth it, and moves the bound in the same commit.
//
//   node test/perf/cost.test.ts --record      writes the bounds anew

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Broker } from './cost/broker.ts'
import { type Cost, costOf } from './cost/load.ts'
import { costScenarios } from './cost/scenarios.ts'

const boundsFile = join(import.meta.dirname, 'cost', 'bounds.json')
const bounds = JSON.parse(readFileSync(boundsFile, 'utf8')) as Record<string, Partial<Cost>>
const recording = process.argv.includes('--record')
/** How far above what was measured a bound lies: bursts are cut differently by a busy machine. */
const headroom = 2
/** What the background may add to a figure that is zero by itself: checkpoints, statistics. */
const leeway = { calls: 0.05, bytes: 64 }

/** One keeps in memory what waits, the other leaves it on disk. */
let brokers: readonly [Broker, Broker]

before(async () => {
  brokers = await Promise.all([Broker.start(), Broker.start('64KiB')])
})

after(async () => {
  await Promise.all(brokers.map((broker) => broker.kill()))
  if (recording) writeFileSync(boundsFile, `${JSON.stringify(bounds, null, 2)}\n`)
})

for (const scenario of costScenarios) {
  test(`cost of a message: ${scenario.id}`, async (context) => {
    const broker = brokers[scenario.backlog ? 1 : 0]
    const cost = await costOf(broker.url, scenario, () => broker.work())
    const rounded = Object.fromEntries(
      Object.entries(cost).map(([key, value]) => [key, Number(value.toPrecision(3))]),
    )
    context.diagnostic(JSON.stringify(rounded))
    if (recording) bounds[scenario.id] = withHeadroom(cost)
    const allowed = bounds[scenario.id]
    assert.ok(allowed, 'record the bounds of a new scenario')
    for (const [key, value] of Object.entries(cost)) {
      const bound: number = allowed[key as keyof Cost] ?? 0
      assert.ok(value <= bound, `${key}: ${value} a message, allowed are ${bound}`)
    }
  })
}

function withHeadroom(cost: Cost): Cost {
  const keys = Object.keys(cost) as (keyof Cost)[]
  const entries = keys.map((key) => {
    const extra = key.endsWith('Bytes') ? leeway.bytes : leeway.calls
    return [key, Number((cost[key] * headroom + extra).toPrecision(3))]
  })
  return Object.fromEntries(entries) as Cost
}
