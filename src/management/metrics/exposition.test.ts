import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Exposition } from './exposition.ts'

test('a name has its type and help once, before its samples', () => {
  const out = new Exposition()
  out.add('x_total', 'counter', 'Things', [
    { labels: { a: 'one' }, value: 1 },
    { labels: { a: 'two', b: 2 }, value: 2.5 },
  ])
  out.gauge('y', 'Level', 0)
  assert.equal(
    out.toString(),
    `# TYPE x_total counter
# HELP x_total Things
x_total{a="one"} 1
x_total{a="two",b="2"} 2.5
# TYPE y gauge
# HELP y Level
y 0
`,
  )
})

test('a histogram counts all that is as large as a bound or smaller', () => {
  const out = new Exposition()
  const sizes = { bounds: [10, 20], counts: Float64Array.of(1, 0, 2), sum: 77 }
  out.histogram('size', 'Sizes', sizes, { of: 'x' })
  assert.equal(
    out.toString(),
    `# TYPE size histogram
# HELP size Sizes
size_bucket{of="x",le="10"} 1
size_bucket{of="x",le="20"} 1
size_bucket{of="x",le="+Inf"} 3
size_count{of="x"} 3
size_sum{of="x"} 77
`,
  )
})

test('names of queues cannot break a line', () => {
  const out = new Exposition()
  out.gauge('q', 'h', 1, { queue: 'a"b\\c\nd' })
  assert.match(out.toString(), /^q\{queue="a\\"b\\\\c\\nd"\} 1$/m)
})

test('what has no samples is left out, and numbers beyond numbers have their words', () => {
  const out = new Exposition()
  out.add('none', 'gauge', 'h', [])
  out.gauge('inf', 'h', Number.POSITIVE_INFINITY)
  assert.doesNotMatch(out.toString(), /none/)
  assert.match(out.toString(), /^inf \+Inf$/m)
})
