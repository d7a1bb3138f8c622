// warren-perf as its users start it, against a broker: what it is told to send arrives, is counted, and
// the queues are gone afterwards.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Broker } from '../../src/index.ts'

const main = join(import.meta.dirname, '..', '..', 'src', 'cli', 'perf', 'main.ts')
let broker: Broker

before(async () => {
  broker = await Broker.start({ port: 0 })
})

after(() => broker.stop())

type Outcome = { readonly code: number | null; readonly output: string; readonly errors: string }

function perf(...args: string[]): Promise<Outcome> {
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...process.env, WARREN_PERF_URI: broker.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let errors = ''
  child.stdout.on('data', (text) => {
    output += text
  })
  child.stderr.on('data', (text) => {
    errors += text
  })
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ code, output, errors }))
  })
}

// biome-ignore lint/suspicious/noExplicitAny: the shape of a result is what these tests are about
async function measured(...args: string[]): Promise<any> {
  const { code, output, errors } = await perf(...args, '--json')
  assert.equal(code, 0, errors)
  return JSON.parse(output)
}

test('counted messages arrive complete and in order, confirmed and acknowledged', async () => {
  const result = await measured('-n', '5000', '-c', '100', '-a', '10', '-f', '50', '--verify')
  assert.equal(result.counters.published, 5000)
  assert.equal(result.counters.confirmed, 5000)
  assert.equal(result.counters.received, 5000)
  assert.equal(result.counters.missing + result.counters.outOfOrder, 0)
  assert.deepEqual(result.sequences, { first: 0, last: 4999 })
  assert.equal(result.backlog, 0)
  assert.ok(result.latency.confirm.p99Us >= result.latency.confirm.p50Us)
})

test('a fanout gives every queue a copy of every message, whatever its size', async () => {
  const sizes = ['-s', '0,16,5000,300k']
  const result = await measured('-e', 'fanout', '-q', '4', '-y', '2', '-n', '200', ...sizes)
  assert.equal(result.counters.received, 800)
  assert.equal(result.counters.receivedBytes, 4 * 50 * (16 + 5000 + 300 * 1024))
})

test('topic and headers exchanges route by numbered keys and headers', async () => {
  const topic = await measured(
    ...['-e', 'topic', '-q', '2', '-y', '2', '--bindings', '50', '--binding-key', 'a.%d.#'],
    ...['--routing-key', 'a.%d.b', '--routing-keys', '50', '-n', '500', '--mandatory'],
  )
  assert.equal(topic.counters.received, 500)
  assert.equal(topic.counters.returned, 0)
  const headers = await measured(
    ...['-e', 'headers', '--bindings', '5', '--binding-arg', 'x-match=all'],
    ...['--binding-arg', 'kind=k%d', '--header', 'kind=k%d', '--routing-keys', '5', '-n', '100'],
  )
  assert.equal(headers.counters.received, 100)
})

test('messages are kept, fetched one by one and gone', async () => {
  await measured('-y', '0', '-n', '300', '--keep', '--queue', 'kept', '--verify', '-c', '10')
  const fetch = ['-x', '0', '-n', '300', '--get', '-a', '1', '--queue', 'kept', '--verify']
  const fetched = await measured(...fetch)
  assert.equal(fetched.counters.received, 300)
  assert.deepEqual(fetched.sequences, { first: 0, last: 299 })
  const missing = await perf('-t', '1', '--predeclared', '--queue', 'kept')
  assert.equal(missing.code, 1)
  assert.match(missing.errors, /404 NOT_FOUND - no queue 'kept'/)
})

test('producers and consumers in processes of their own count together', async () => {
  const users = ['-x', '4', '-y', '4', '-q', '4']
  const processes = ['--producer-processes', '2', '--consumer-processes', '2']
  const counted = ['-n', '4000', '-c', '20', '-a', '5', '-f', '20', '--verify']
  const result = await measured(...users, ...processes, ...counted)
  assert.equal(result.counters.received, 4000)
  assert.equal(result.counters.missing + result.counters.outOfOrder, 0)
})

test('a fixed rate is kept, and times count from when a message was due', async () => {
  const result = await measured('-r', '2000', '-n', '1000')
  // The last of 1000 messages is due after 999 intervals of half a millisecond.
  assert.ok(result.seconds > 0.49, `took ${result.seconds} s`)
  assert.equal(result.latency.delivery.count, 1000)
  assert.equal(result.latency.generatorLag.count, 1000)
  assert.ok(result.latency.delivery.maxUs >= result.latency.generatorLag.minUs)
})

test('round trips, churn and idle connections are measured', async () => {
  const rpc = await measured('rpc', '-t', '0.3', '-x', '2', '-i', '3', '-s', '40')
  assert.ok(rpc.calls > 0)
  assert.ok(rpc.latency.p50Us > 0)
  for (const kind of ['connection', 'channel', 'queue', 'binding']) {
    const churn = await measured('churn', kind, '-t', '0.2', '-p', '3')
    assert.ok(churn.cycles > 0, kind)
  }
  const idle = await perf('idle', '-x', '20', '-t', '0.1', '--json', '--events')
  assert.equal(JSON.parse(idle.output).connections, 20)
  assert.equal(idle.errors, '{"event":"opened"}\n')
})

test('a person reads progress and a summary, and mistakes are explained', async () => {
  const { code, output } = await perf('-t', '1.2', '-r', '500')
  assert.equal(code, 0)
  assert.match(output, /1\.0 s {3}published [\d,]+\/s {3}received [\d,]+\/s/)
  assert.match(output, /published +[\d,]+ +[\d,]+\/s/)
  assert.match(output, /latency, ms +p50 +p90 +p99/)
  const wrong = await perf('-s', 'much')
  assert.equal(wrong.code, 1)
  assert.match(wrong.errors, /--size <bytes>' argument 'much' is invalid/)
})
