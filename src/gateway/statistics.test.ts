// Everything that callers can make grow stays within its limit, and tells the truth while it does.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RpcError } from '../rpc/error.ts'
import { Callers, callersMax } from './callers.ts'
import { busy } from './errors.ts'
import { requestHeaders } from './headers.ts'
import { Latencies } from './latencies.ts'
import { MethodTable, rowsMax } from './method-statistics.ts'
import { addressOf, isLoopbackAddress, isLoopbackPeer } from './peer-address.ts'
import { PerSecond } from './per-second.ts'

describe('methods', () => {
  test('names that nobody answers make room, names that are answered stay', () => {
    const table = new MethodTable()
    table.row('real', 0).ended(undefined, 1, 0)
    for (let i = 0; i < 10_000; i += 1) table.row(`junk ${i}`, 0).began('q', 0)
    assert.equal(table.rows.length, rowsMax + 1)
    assert.equal(table.row('real', 0).answered, 1)
    assert.ok(table.rows.some(({ method }) => method === 'junk 9999'))
    // Nothing that was counted is lost.
    const calls = table.rows.reduce((sum, row) => sum + row.calls, 0)
    assert.equal(calls, 10_000)
  })

  test('when all names are real, further ones are counted together', () => {
    const table = new MethodTable()
    for (let i = 0; i < rowsMax + 50; i += 1) {
      const row = table.row(`method ${i}`, 0)
      row.began('q', 0)
      row.ended(undefined, 1, 0)
    }
    assert.equal(table.rows.length, rowsMax + 1)
    const other = table.rows.at(-1)
    assert.deepEqual([other?.method, other?.calls], ['(other)', 50])
  })

  test('busy calls and timeouts are errors, those called off are not', () => {
    const row = new MethodTable().row('a', 0)
    row.ended(busy('full'), 1, 7)
    row.ended(new RpcError('RESOURCE_EXHAUSTED', 'of the worker'), 1, 8)
    row.ended(new RpcError('DEADLINE_EXCEEDED', 'late'), 1, 9)
    row.ended(new RpcError('CANCELLED', 'gone'), 1, 10)
    assert.deepEqual([row.errors, row.busy, row.timeouts], [3, 1, 1])
    assert.deepEqual(row.lastError, { atMs: 9, code: 'DEADLINE_EXCEEDED', text: 'late' })
  })

  test('long names and texts are cut', () => {
    const row = new MethodTable().row('x'.repeat(10_000), 0)
    row.ended(new RpcError('INTERNAL', 'y'.repeat(10_000)), 1, 0)
    assert.equal(row.method.length, 100)
    assert.equal(row.lastError?.text.length, 500)
  })
})

describe('figures', () => {
  test('calls of each second, the oldest first; what is older than a minute is gone', () => {
    const counts = new PerSecond()
    counts.add(1_000_000)
    counts.add(1_000_500)
    counts.add(1_002_000)
    assert.deepEqual(counts.list(1_002_900).slice(-4), [0, 2, 0, 1])
    assert.equal(counts.list(1_061_000)[0], 1)
    assert.ok(counts.list(1_200_000).every((count) => count === 0))
    // A clock that is set back does not lose its place.
    counts.add(1_100_000)
    assert.equal(counts.list(1_200_000).at(-1), 1)
  })

  test('percentiles are right to a tenth, and of the last minutes', () => {
    const latencies = new Latencies(0)
    for (let ms = 1; ms <= 1000; ms += 1) latencies.add(ms, 1000)
    const found = latencies.percentiles(1000)
    assert.ok(found !== null)
    for (const [value, expected] of [
      [found.p50, 500],
      [found.p95, 950],
      [found.p99, 990],
    ] as const) {
      assert.ok(value >= expected && value <= expected * 1.11, `${value} for ${expected}`)
    }
    latencies.add(2, 61_000)
    assert.ok((latencies.percentiles(61_000)?.p50 ?? 0) > 400)
    assert.ok((latencies.percentiles(121_500)?.p99 ?? 0) < 3)
    assert.equal(latencies.percentiles(500_000), null)
  })

  test('durations beyond both ends are counted at the ends', () => {
    const latencies = new Latencies(0)
    latencies.add(0, 0)
    assert.ok((latencies.percentiles(0)?.p50 ?? 1) <= 0.05)
    latencies.add(1e12, 0)
    assert.ok(Number.isFinite(latencies.percentiles(0)?.p99))
  })
})

describe('callers', () => {
  test('are one for each address and user, and forgotten when they are silent', () => {
    const callers = new Callers()
    const ended = callers.began('10.0.0.1', 'ann', 0)
    callers.began('10.0.0.1', 'bob', 0)(1)
    callers.began('10.0.0.1', 'ann', 5)(6)
    assert.deepEqual(
      callers.list(10).map(({ user, calls, runningCalls }) => [user, calls, runningCalls]),
      [
        ['bob', 1, 0],
        ['ann', 2, 1],
      ],
    )
    assert.deepEqual(
      callers.list(100_000).map(({ user }) => user),
      ['ann'],
    )
    ended(100_000)
    assert.equal(callers.list(200_000).length, 0)
  })

  test('there are no more than a limit', () => {
    const callers = new Callers()
    for (let i = 0; i < callersMax + 100; i += 1) callers.began(`peer ${i}`, 'x', 0)
    assert.equal(callers.list(0).length, callersMax)
  })

  test('addresses are found in what transports call their peers', () => {
    assert.equal(addressOf('::ffff:127.0.0.1:5000'), '127.0.0.1')
    assert.equal(addressOf('::1:5000'), '::1')
    assert.equal(addressOf('[2001:db8::1]:5000'), '2001:db8::1')
    assert.equal(addressOf('006b8b4567'), '006b8b4567')
    for (const peer of ['127.0.0.1:1', '::ffff:127.8.0.1:1', '::1:1', '[::1]:1']) {
      assert.ok(isLoopbackPeer(peer), peer)
    }
    for (const peer of ['10.0.0.1:1', '127.0.0.1.example:1', '2001:db8::1:1', '?:0', '']) {
      assert.ok(!isLoopbackPeer(peer), peer)
    }
    assert.ok(isLoopbackAddress('localhost') && isLoopbackAddress('::1'))
    assert.ok(!isLoopbackAddress('0.0.0.0') && !isLoopbackAddress('::'))
  })
})

test('headers of a message are few, short and harmless', () => {
  const metadata = {
    traceparent: '00-1',
    'x-delay': '5',
    'x-request-id': 'r',
    long: 'x'.repeat(5000),
    ['n'.repeat(200)]: 'v',
    ...Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`h${i}`, 'v'])),
  }
  const headers = requestHeaders(metadata)
  assert.equal(headers.traceparent, '00-1')
  assert.equal(headers['x-request-id'], 'r')
  assert.equal(headers['x-delay'], undefined)
  assert.equal(headers.long, undefined)
  assert.equal(Object.keys(headers).length, 32)
})
