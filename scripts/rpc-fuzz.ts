// Fuzzes live RPC servers, one protocol after the other, and prints what it cost them:
//
//   npm exec node scripts/rpc-fuzz.ts -- --inputs 100000 --seed 1 --protocol zerorpc
import { parseArgs } from 'node:util'
import { protocolNames } from '../test/rpc/fuzz/protocol.ts'
import { fuzz } from '../test/rpc/fuzz/run.ts'

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    protocol: { type: 'string', multiple: true },
  },
})
const wanted = protocolNames.filter((name) => values.protocol?.includes(name) ?? true)
if (wanted.length === 0) throw new TypeError(`--protocol is one of ${protocolNames.join(', ')}`)
const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`

for (const protocol of wanted) {
  const report = await fuzz({
    protocol,
    inputs: Number(values.inputs),
    seed: Number(values.seed),
    progress: (done, { heap, rss, sockets, active }) => {
      const held = `heap ${megabytes(heap)}, rss ${megabytes(rss)}`
      console.log(`  ${done}: ${held}, ${sockets} sockets, ${active} calls`)
    },
  })
  const { before, after, seconds } = report
  console.log(
    [
      `${protocol}: ${report.inputs} inputs in ${seconds.toFixed(1)} s, no crash, no hang`,
      `  heap ${megabytes(before.heap)} -> ${megabytes(after.heap)}, rss ${megabytes(before.rss)} -> ${megabytes(after.rss)}`,
      `  sockets in the end ${after.sockets}, calls ${after.active}`,
      `  longest turn ${report.blockedMsMax.toFixed(0)} ms, slowest good call ${report.slowestCallMs.toFixed(0)} ms`,
    ].join('\n'),
  )
}
