import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runKillRounds } from './kill-rounds.ts'

test('a broker that is killed ten times loses nothing it has confirmed', async (t) => {
  const report = await runKillRounds(10, 1)
  t.diagnostic(JSON.stringify(report))
  assert.ok(report.confirmed > 1000 && report.provenAcks > 10)
})
