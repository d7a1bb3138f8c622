// The section on RPC in docs/benchmarks.md, its charts, and the same tables for the terminal.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { barChart } from '../lib/chart.ts'
import { shown } from '../lib/results.ts'
import { median } from '../lib/statistics.ts'
import { methods } from './contenders.ts'
import { nameOf, type RpcResults, rateOf, ratioOf, targets } from './results.ts'

/** Everything between these two lines is written by the benchmark, the rest by hand. */
const BEGIN = '<!-- rpc: begin -->'
const END = '<!-- rpc: end -->'
/** Where the section goes, when the page has none yet. */
const NEXT = '## Run it yourself'

export function writeRpcSection(results: RpcResults, docs: string, source: string): void {
  const file = join(docs, 'benchmarks.md')
  const charts = join(docs, 'benchmarks', 'rpc')
  mkdirSync(charts, { recursive: true })
  for (const inFlight of results.inFlight) {
    writeFileSync(join(charts, `in-flight-${inFlight}.svg`), chart(results, inFlight))
  }
  const text = [
    conditions(results, source),
    ...results.inFlight.map(
      (count) => `![Calls per second, ${flight(count)}](benchmarks/rpc/in-flight-${count}.svg)`,
    ),
    ...tables(results),
  ].join('\n\n')
  const old = existsSync(file) ? readFileSync(file, 'utf8') : `# Benchmarks\n\n${NEXT}\n`
  writeFileSync(file, withSection(old, `${BEGIN}\n\n${text}\n\n${END}`))
}

function withSection(page: string, section: string): string {
  const begin = page.indexOf(BEGIN)
  const end = page.indexOf(END)
  if (begin >= 0 && end > begin) {
    return page.slice(0, begin) + section + page.slice(end + END.length)
  }
  const next = page.indexOf(NEXT)
  const at = next < 0 ? page.length : next
  return `${page.slice(0, at)}## RPC\n\n${section}\n\n${page.slice(at)}`
}

export function tables(results: RpcResults): string[] {
  return [rates(results), ratios(results), seed(results), bytes(results)]
}

const flight = (count: number): string => (count === 1 ? 'one after the other' : `${count} at once`)

function conditions(results: RpcResults, source: string): string {
  const { machine } = results
  const brokers = results.brokers.length === 0 ? '' : ` Brokers: ${results.brokers.join('; ')}.`
  return (
    `Taken on ${results.date.slice(0, 10)} at commit ${results.commit} by \`npm run bench:rpc\`: medians of ` +
    `${results.rounds} rounds of ${results.seconds} s, in which all contenders of a protocol take turns, after one ` +
    `that is not counted. ${machine.processor}, ${machine.memory}, ${machine.kernel}, Node ${machine.node}; ` +
    `load before the start ${shown(results.loadBefore, 2)}. Servers are processes of their own; nothing is pinned.` +
    `${brokers} \`getObj\` returns and \`sendObj\` takes a map of 100 entries, \`echo\` is 100 bytes of text. ` +
    `Raw figures: \`${source}\`.`
  )
}

function names(results: RpcResults): string[] {
  return [...new Set(results.rows.map(nameOf))]
}

function rates(results: RpcResults): string {
  const columns = methods.flatMap((method) =>
    results.inFlight.map((inFlight) => ({ method, inFlight })),
  )
  const heads = columns.map(({ method, inFlight }) => `${method}, ${inFlight}`)
  const rows = names(results).map((name) => {
    const cells = columns.map(({ method, inFlight }) => {
      const rate = rateOf(results, name, method, inFlight)
      return rate === undefined ? '–' : shown(rate)
    })
    return `| ${name} | ${cells.join(' | ')} |`
  })
  return [
    '### Calls per second, by calls in flight',
    '',
    `| | ${heads.join(' | ')} |`,
    `|---|${'---:|'.repeat(heads.length)}`,
    ...rows,
  ].join('\n')
}

function ratios(results: RpcResults): string {
  const rows = targets.flatMap((target) =>
    results.inFlight.flatMap((inFlight) => {
      const cells = methods.map((method) => ratioOf(results, target, method, inFlight))
      if (cells.every((ratio) => ratio === undefined)) return []
      const texts = cells.map((ratio) => (ratio === undefined ? '–' : `${shown(ratio, 2)} ×`))
      const what = `${target.group}: ${target.ours} ÷ ${target.theirs}`
      const wanted = target.wanted[inFlight]
      return [`| ${what}, ${inFlight} in flight | ${texts.join(' | ')} | ${wanted ?? '–'} × |`]
    }),
  )
  return [
    '### Warren beside the others',
    '',
    `| | ${methods.join(' | ')} | wanted |`,
    `|---|${'---:|'.repeat(methods.length + 1)}`,
    ...rows,
  ].join('\n')
}

function seed(results: RpcResults): string {
  const sizes = [...new Set(results.seed.map((row) => row.calls))]
  const rows = [...new Set(results.seed.map(nameOf))].map((name) => {
    const cells = sizes.map((calls) => {
      const row = results.seed.find((one) => nameOf(one) === name && one.calls === calls)
      return row === undefined ? '–' : `${shown(median(row.seconds), 3)} s`
    })
    return `| ${name} | ${cells.join(' | ')} |`
  })
  return [
    "### The article's measurement: so many getObj, then as many sendObj",
    '',
    `| | ${sizes.map((size) => `${size} + ${size}`).join(' | ')} |`,
    `|---|${'---:|'.repeat(sizes.length)}`,
    ...rows,
  ].join('\n')
}

function bytes(results: RpcResults): string {
  return [
    '### Bytes on the wire for one getObj, both directions',
    '',
    "For AMQP between the caller and the broker; the worker's side is about as much again.",
    '',
    '| | bytes |',
    '|---|---:|',
    ...Object.entries(results.bytesPerGetObj).map(([name, size]) => `| ${name} | ${shown(size)} |`),
  ].join('\n')
}

function chart(results: RpcResults, inFlight: number): string {
  const groups = [...new Set(results.rows.map((row) => row.group))]
  return barChart(
    groups.flatMap((group) =>
      methods.map((method) => ({
        title: `${group}: ${method}, ${flight(inFlight)}`,
        bars: results.rows
          .filter((row) => row.group === group)
          .filter((row) => row.method === method && row.inFlight === inFlight)
          .map(({ label, callsPerSecond }) => {
            const value = median(callsPerSecond)
            return { label, value, text: `${shown(value)} calls/s` }
          }),
      })),
    ),
  )
}
