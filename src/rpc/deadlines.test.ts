// Deadlines: each call ends at its own, in any order of arrival, and nothing is left behind.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { ClientCall, currentCall, runAsCurrent, ServerCall } from './call.ts'
import { Deadlines } from './deadlines.ts'
import { RpcError } from './error.ts'

const late = (): RpcError => new RpcError('DEADLINE_EXCEEDED', 'late')

function callFor(ms: number): { call: ClientCall; ended: Promise<number> } {
  const deadline = Date.now() + ms
  const call = new ClientCall({ method: 'm', args: [], deadline })
  const ended = new Promise<number>((resolve) => call.onAbort(() => resolve(Date.now() - deadline)))
  return { call, ended }
}

test('calls end at their deadlines, not before, in whatever order they came', async () => {
  const deadlines = new Deadlines<ClientCall>(late)
  const order: number[] = []
  const calls = [60, 5, 30, 90, 1, 45].map((ms) => ({ ms, ...callFor(ms) }))
  for (const { call } of calls) deadlines.add(call)
  await Promise.all(
    calls.map(async ({ ms, ended }) => {
      assert.ok((await ended) >= 0)
      order.push(ms)
    }),
  )
  assert.deepEqual(order, [1, 5, 30, 45, 60, 90])
})

test('a deadline that has passed already ends the call soon', async () => {
  const deadlines = new Deadlines<ClientCall>(late)
  const { call, ended } = callFor(-5)
  deadlines.add(call)
  await ended
  assert.equal(call.aborted?.code, 'DEADLINE_EXCEEDED')
})

test('a call that was removed is left alone, also when the timer was armed for it', async () => {
  const deadlines = new Deadlines<ClientCall>(late)
  const first = callFor(10)
  const second = callFor(40)
  deadlines.add(first.call)
  deadlines.add(second.call)
  deadlines.remove(first.call)
  await second.ended
  assert.equal(first.call.aborted, undefined)
})

test('thousands of calls with as many deadlines all end', async () => {
  const deadlines = new Deadlines<ClientCall>(late)
  const calls = Array.from({ length: 5000 }, (_, i) => callFor((i * 7919) % 100))
  for (const { call } of calls) deadlines.add(call)
  await Promise.all(calls.map(({ ended }) => ended))
})

test('calls without a deadline are none of its business', () => {
  const deadlines = new Deadlines<ClientCall>(late)
  for (const deadline of [undefined, Number.POSITIVE_INFINITY]) {
    deadlines.add(new ClientCall({ method: 'm', args: [], deadline }))
  }
  assert.equal(process.getActiveResourcesInfo().includes('Timeout'), false)
})

test('what is told of one deadline is not told in the name of another call', async () => {
  const deadlines = new Deadlines<ClientCall>(late)
  const { call } = callFor(5)
  const seen = new Promise((resolve) => call.onAbort(() => resolve(currentCall())))
  const serving = new ServerCall({ method: 'outer', args: [], transport: 'test' })
  runAsCurrent(serving, () => deadlines.add(call))
  assert.equal(await seen, undefined)
})

test('a call that waits keeps the process alive, one that has ended does not', () => {
  const file = (name: string): string => JSON.stringify(join(import.meta.dirname, name))
  const program = (then: string): string => `
    const { Deadlines } = await import(${file('deadlines.ts')})
    const deadlines = new Deadlines(() => new Error('late'))
    const call = (ms) => ({ deadline: Date.now() + ms, abort: () => console.log('late') })
    const [one, two] = [call(300), call(400_000)]
    deadlines.add(two)
    deadlines.remove(two)
    deadlines.add(one)
    ${then}`
  const run = (then: string): string =>
    spawnSync(process.execPath, ['--input-type=module', '-e', program(then)], {
      encoding: 'utf8',
      timeout: 60_000,
    }).stdout
  assert.equal(run(''), 'late\n')
  assert.equal(run('deadlines.remove(one)'), '')
})
