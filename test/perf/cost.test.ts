// What a message costs, in counts and not in time: bytes allocated, reads and writes of sockets, bytes
// copied, writes and syncs of the log. Each has a recorded bound, a little above what was measured; a
// change that goes beyond one has to be worth it, and moves the bound in the same commit.
//
//   node test/perf/cost.test.ts --record      writes the bounds anew

import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Work } from './cost/broker-child.ts'
import { type Cost, costOf } from './cost/load.ts'
import { costScenarios } from './cost/scenarios.ts'

const boundsFile = join(import.meta.dirname, 'cost', 'bounds.json')
const bounds = JSON.parse(readFileSync(boundsFile, 'utf8')) as Record<string, Partial<Cost>>
const recording = process.argv.includes('--record')
/** How far above what was measured a bound lies: bursts are cut differently by a busy machine. */
const headroom = 2
/** What the background may add to a figure that is zero by itself: checkpoints, statistics. */
const leeway = { calls: 0.05, bytes: 64 }

let child: ChildProcess
let url: string
const directory = mkdtempSync(join(tmpdir(), 'warren-cost-'))

before(async () => {
  child = fork(join(import.meta.dirname, 'cost', 'broker-child.ts'), [directory], {
    execArgv: ['--max-semi-space-size=4'],
  })
  const [started] = (await once(child, 'message')) as [{ port: number }]
  url = `amqp://127.0.0.1:${started.port}`
})

after(async () => {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
  rmSync(directory, { recursive: true, force: true })
  if (recording) writeFileSync(boundsFile, `${JSON.stringify(bounds, null, 2)}\n`)
})

async function work(): Promise<Work> {
  child.send('work')
  const [answer] = (await once(child, 'message')) as [Work]
  return answer
}

for (const scenario of costScenarios) {
  test(`cost of a message: ${scenario.id}`, async (context) => {
    const cost = await costOf(url, scenario, work)
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
