// The client's core over a transport of the test's own: retries, deadlines, inheritance, middleware.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type ClientCall, type ClientTransport, runAsCurrent, ServerCall } from './call.ts'
import { type ConnectOptions, clientOf, connect } from './connect.ts'
import { RpcError } from './error.ts'
import { backOffMs } from './retry.ts'
import { service } from './service.ts'

interface Methods {
  work(n: number): string
}

function clientWith(call: (call: ClientCall) => Promise<unknown>, options: ConnectOptions = {}) {
  const calls: ClientCall[] = []
  let closed = 0
  const transport: ClientTransport = {
    call: (given) => {
      calls.push(given)
      return call(given)
    },
    notify: async (given) => {
      calls.push(given)
    },
    describe: async () => ({ name: 'x', doc: '', methods: [] }),
    close: async () => {
      closed += 1
    },
  }
  const client = clientOf<Methods>(async () => transport, options)
  return { client, calls, closed: () => closed }
}

const unavailable = (): Promise<never> => Promise.reject(new RpcError('UNAVAILABLE', 'down'))
const never = (call: ClientCall): Promise<never> =>
  new Promise((_, reject) => {
    call.onAbort(reject)
  })

describe('a client', () => {
  test('tries idempotent methods again, others not', async () => {
    const retry = { baseMs: 1, attempts: 4 }
    const patient = clientWith(unavailable, { retry, idempotent: 'all' })
    await assert.rejects(patient.client.work(1), { code: 'UNAVAILABLE' })
    assert.equal(patient.calls.length, 4)
    const careful = clientWith(unavailable, { retry })
    await assert.rejects(careful.client.work(1), { code: 'UNAVAILABLE' })
    assert.equal(careful.calls.length, 1)
    const declared = service('S', { work: () => 1 }, { methods: { work: { idempotent: true } } })
    const informed = clientWith(unavailable, { retry, idempotent: declared })
    await assert.rejects(informed.client.work(1))
    assert.equal(informed.calls.length, 4)
  })

  test('does not try again what would fail again, or too late', async () => {
    const refused = clientWith(() => Promise.reject(new RpcError('NOT_FOUND', 'x')), {
      idempotent: 'all',
    })
    await assert.rejects(refused.client.work(1), { code: 'NOT_FOUND' })
    assert.equal(refused.calls.length, 1)
    const hurried = clientWith(unavailable, {
      idempotent: 'all',
      retry: { baseMs: 100_000, maxMs: 100_000, attempts: 100 },
      timeoutMs: 50,
    })
    const startMs = performance.now()
    await assert.rejects(hurried.client.work(1))
    assert.ok(performance.now() - startMs < 5000)
  })

  test('backs off longer each time, up to a limit, with jitter', () => {
    const most = [0, 1, 2, 10].map((n) => backOffMs(n, { baseMs: 10, maxMs: 100 }, () => 1))
    assert.deepEqual(most, [10, 20, 40, 100])
    assert.equal(
      backOffMs(3, {}, () => 0),
      0,
    )
  })

  test('gives up at the deadline and when it is told to', async () => {
    const { client } = clientWith(never)
    await assert.rejects(client.$with({ timeoutMs: 10 }).work(1), { code: 'DEADLINE_EXCEEDED' })
    const controller = new AbortController()
    const call = client.$with({ signal: controller.signal }).work(1)
    controller.abort()
    await assert.rejects(call, { code: 'CANCELLED' })
    await assert.rejects(client.$with({ signal: controller.signal }).work(1), { code: 'CANCELLED' })
  })

  test('has no more time than the call that it serves', async () => {
    const { client, calls } = clientWith(async () => 'x')
    const outer = new ServerCall({ method: 'm', args: [], transport: 't', timeoutMs: 200 })
    await runAsCurrent(outer, () => client.$with({ timeoutMs: 60_000 }).work(1))
    assert.equal(calls[0]?.deadline, outer.deadline)
    await client.$with({ timeoutMs: 0 }).work(1)
    assert.equal(calls[1]?.deadline, undefined)
  })

  test('runs its middleware, which may change the answer', async () => {
    const { client } = clientWith(async () => 'x', {
      use: [async (call, next) => `${call.method} ${await next(call)}`],
    })
    assert.equal(await client.work(1), 'work x')
  })

  test('is no promise, and its reserved names are not methods', async () => {
    const { client, calls } = clientWith(async () => 'x')
    assert.equal(await client, client)
    assert.equal((client as unknown as Record<string, unknown>).$nope, undefined)
    await client.$notify.work(3)
    assert.deepEqual(calls[0]?.args, [3])
  })

  test('that is closed calls nobody', async () => {
    const { client, calls, closed } = clientWith(async () => 'x')
    await client.work(1)
    await client.$close()
    await assert.rejects(client.work(1), { code: 'CANCELLED' })
    assert.equal(calls.length, 1)
    assert.equal(closed(), 1)
  })

  test('says at once when no transport is for its URL', () => {
    assert.throws(() => connect('gopher://x'), TypeError)
  })

  test('iterates values as an error, not as nothing', async () => {
    const { client } = clientWith(async () => 'value')
    const reading = (async () => {
      for await (const _ of client.$call('work'));
    })()
    await assert.rejects(reading, { code: 'FAILED_PRECONDITION' })
  })
})
