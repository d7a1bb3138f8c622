// The arithmetic and drawing of the benchmark: wrong medians or charts would go unnoticed otherwise.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { barChart } from '../../bench/lib/chart.ts'
import { flameGraph } from '../../bench/lib/flame-graph.ts'
import { cpuSeconds, processTree, residentBytes } from '../../bench/lib/process-stats.ts'
import { byFunction, cpuTree, idleShare } from '../../bench/lib/profiles.ts'
import { type Measurement, scenarioFigures } from '../../bench/lib/results.ts'
import { SCENARIOS, selectScenarios } from '../../bench/lib/scenarios.ts'
import { advantage, median, spread } from '../../bench/lib/statistics.ts'

test('medians, spreads and advantages', () => {
  assert.equal(median([5, 1, 3]), 3)
  assert.equal(median([4, 1, 3, 2]), 2.5)
  assert.ok(Number.isNaN(median([])))
  assert.equal(spread([90, 100, 110]), 0.1)
  assert.equal(advantage(400, 100, true), 4)
  assert.equal(advantage(1, 4, false), 4)
})

test('scenarios are selected by id or by family, and ids are unique', () => {
  assert.equal(new Set(SCENARIOS.map(({ id }) => id)).size, SCENARIOS.length)
  assert.deepEqual(
    selectScenarios('f-10,a,n').map(({ id }) => id),
    ['a', 'f-10', 'n-10k', 'n-50k'],
  )
  assert.throws(() => selectScenarios('z'), /no scenario z/)
})

const measurement = (value: number): Measurement => ({
  value,
  published: value,
  received: value,
  confirmed: 0,
  keptUp: 1,
  cpuSecondsPerMillion: 1,
  cpuShare: 1,
  generatorShare: 0.5,
  rssPeakMegabytes: 100,
  latency: {},
})

test('ratios are of medians, and a failed run is told, not averaged', () => {
  const [scenario] = selectScenarios('a')
  assert.ok(scenario)
  const figures = scenarioFigures(
    scenario,
    new Map([
      ['warren', [measurement(500), measurement(300), measurement(400)]],
      ['rabbitmq', [measurement(100), new Error('broken')]],
    ]),
  )
  const [ours, theirs] = figures.brokers
  assert.equal(ours?.median, 400)
  assert.equal(ours?.ratio, undefined)
  assert.equal(theirs?.ratio, 4)
  assert.deepEqual(theirs?.failures, ['broken'])
})

test('a CPU profile is summed by function without idle time and without counting recursion twice', () => {
  const frame = (
    functionName: string,
    url: string,
  ): { functionName: string; url: string; lineNumber: number } => ({
    functionName,
    url,
    lineNumber: 9,
  })
  const profile = {
    nodes: [
      { id: 1, callFrame: frame('(root)', ''), children: [2, 5] },
      { id: 2, callFrame: frame('f', 'file:///x/dist/broker/a.js'), children: [3] },
      { id: 3, callFrame: frame('f', 'file:///x/dist/broker/a.js'), children: [4] },
      { id: 4, callFrame: frame('g', 'file:///x/dist/broker/b.js') },
      { id: 5, callFrame: frame('(idle)', '') },
    ],
    samples: [2, 3, 4, 5],
    timeDeltas: [10, 20, 30, 40],
  }
  const tree = cpuTree(profile)
  assert.equal(tree.total, 60)
  assert.equal(idleShare(profile), 0.4)
  const [first, second] = byFunction(tree)
  assert.deepEqual(first, { name: 'f', place: 'dist/broker/a.js:10', self: 30, total: 60 })
  assert.deepEqual(second, { name: 'g', place: 'dist/broker/b.js:10', self: 30, total: 30 })
  const graph = flameGraph(tree, 'a < b', (us) => `${us} µs`)
  assert.match(graph, /a &lt; b/)
  assert.equal(graph.match(/<rect/g)?.length, 5)
})

test('bars are as long as their values', () => {
  const bars = [
    { label: 'warren', value: 400, text: '400/s' },
    { label: 'rabbitmq', value: 100, text: '100/s' },
  ]
  const widths = [...barChart([{ title: 't', bars }]).matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(
    (match) => Number(match[1]),
  )
  assert.equal(widths.length, 2)
  assert.ok(Math.abs((widths[0] ?? 0) / (widths[1] ?? 1) - 4) < 0.01)
})

test('the kernel tells processor time and memory of this process', {
  skip: process.platform !== 'linux',
}, () => {
  assert.ok(processTree(process.pid).includes(process.pid))
  assert.ok(cpuSeconds([process.pid]) > 0)
  assert.ok(residentBytes([process.pid]) > 1e6)
  assert.equal(residentBytes([2 ** 30]), 0)
})
