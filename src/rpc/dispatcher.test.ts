// The core of the server: limits, deadlines, validation, middleware, drain, accounting.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { currentCall, ServerCall, type ServerCallOptions } from './call.ts'
import { type DispatcherOptions, ServiceDispatcher } from './dispatcher.ts'
import { RpcError } from './error.ts'
import type { CallReport } from './middleware.ts'
import type { StandardSchema } from './schema.ts'
import { method, service } from './service.ts'

const newCall = (options: Partial<ServerCallOptions> & { method: string }): ServerCall =>
  new ServerCall({ args: [], transport: 'test', ...options })

/** A handler that ends when it is told to. */
function gate() {
  let open: () => void = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open: () => open(), opened }
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function dispatcherOf(handlers: object, options?: DispatcherOptions): ServiceDispatcher {
  return new ServiceDispatcher([service('Test', handlers)], options)
}

/** A tuple of numbers, as zod would make it. */
const numbers: StandardSchema = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) =>
      Array.isArray(value) && value.every((item) => typeof item === 'number')
        ? { value: value.map((item) => item * 10) }
        : { issues: [{ message: 'expected numbers', path: [0, { key: 'x' }] }] },
    jsonSchema: { input: () => ({ type: 'array', prefixItems: [{ type: 'number' }] }) },
  },
}

describe('a dispatcher', () => {
  test('runs no more than its limit, lets some wait, and refuses the rest', async () => {
    const { open, opened } = gate()
    let running = 0
    let most = 0
    const work = async (): Promise<void> => {
      running += 1
      most = Math.max(most, running)
      await opened
      running -= 1
    }
    const dispatcher = dispatcherOf({ work }, { runningMax: 2, waitingMax: 3 })
    const results = Array.from({ length: 6 }, () =>
      dispatcher.dispatch(newCall({ method: 'work' })).catch(RpcError.from),
    )
    await tick()
    assert.equal(running, 2)
    open()
    const outcomes = await Promise.all(results)
    assert.equal(most, 2)
    const refused = outcomes.filter((outcome) => outcome instanceof RpcError)
    assert.deepEqual(
      refused.map((error) => error.code),
      ['RESOURCE_EXHAUSTED'],
    )
    assert.equal(dispatcher.activeCount, 0)
  })

  test('keeps the place of a handler that ignores its deadline', async () => {
    const { open, opened } = gate()
    const dispatcher = dispatcherOf({ work: () => opened }, { runningMax: 1, waitingMax: 0 })
    const late = dispatcher.dispatch(newCall({ method: 'work', timeoutMs: 10 }))
    await assert.rejects(late, { code: 'DEADLINE_EXCEEDED' })
    const next = dispatcher.dispatch(newCall({ method: 'work' }))
    await assert.rejects(next, { code: 'RESOURCE_EXHAUSTED' })
    open()
    await tick()
    assert.equal(await dispatcher.dispatch(newCall({ method: 'work' })), undefined)
  })

  test('does not run a call whose caller gave up while it waited', async () => {
    const { open, opened } = gate()
    let ran = 0
    const work = async (): Promise<void> => {
      ran += 1
      await opened
    }
    const dispatcher = dispatcherOf({ work }, { runningMax: 1 })
    const first = dispatcher.dispatch(newCall({ method: 'work' }))
    const waiting = newCall({ method: 'work' })
    const second = dispatcher.dispatch(waiting)
    waiting.abort(new RpcError('CANCELLED', 'gone'))
    await assert.rejects(second, { code: 'CANCELLED' })
    open()
    await first
    assert.equal(ran, 1)
    assert.equal(dispatcher.activeCount, 0)
  })

  test("takes the shortest of the caller's, the method's and the server's time", async () => {
    const forever = (): Promise<never> => new Promise(() => {})
    const dispatcher = dispatcherOf(
      { slow: method({ timeoutMs: 15 }, forever), slower: forever },
      { timeoutMs: 30 },
    )
    const slow = dispatcher.dispatch(newCall({ method: 'slow', timeoutMs: 60_000 }))
    await assert.rejects(slow, { code: 'DEADLINE_EXCEEDED' })
    await assert.rejects(dispatcher.dispatch(newCall({ method: 'slower' })), {
      code: 'DEADLINE_EXCEEDED',
    })
  })

  test('checks arguments and results with their schemas', async () => {
    const text: StandardSchema = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value) =>
          typeof value === 'string' ? { value } : { issues: [{ message: 'expected text' }] },
      },
    }
    const dispatcher = dispatcherOf({
      sum: method({ input: numbers }, (a: number, b: number) => a + b),
      wrong: method({ output: text }, () => 12),
      items: method({ output: text }, function* () {
        yield 'a'
        yield 1
      }),
    })
    assert.equal(await dispatcher.dispatch(newCall({ method: 'sum', args: [1, 2] })), 30)
    await assert.rejects(dispatcher.dispatch(newCall({ method: 'sum', args: ['x'] })), {
      code: 'INVALID_ARGUMENT',
      message: 'invalid arguments: expected numbers at 0.x',
    })
    await assert.rejects(dispatcher.dispatch(newCall({ method: 'wrong' })), { code: 'INTERNAL' })
    const stream = (await dispatcher.dispatch(
      newCall({ method: 'items' }),
    )) as AsyncIterable<string>
    const seen: string[] = []
    const reading = (async () => {
      for await (const item of stream) seen.push(item)
    })()
    await assert.rejects(reading, { code: 'INTERNAL' })
    assert.deepEqual(seen, ['a'])
    assert.deepEqual(dispatcher.describe().methods[0]?.parameters, [
      { name: 'a', schema: { type: 'number' } },
    ])
  })

  test('gives named arguments to the right parameters', async () => {
    const dispatcher = dispatcherOf({ list: (a: number, b: number, c = 3) => [a, b, c] })
    const named = { c: 9, a: 1 }
    assert.deepEqual(await dispatcher.dispatch(newCall({ method: 'list', named })), [
      1,
      undefined,
      9,
    ])
    const wrong = dispatcher.dispatch(newCall({ method: 'list', named: { d: 1 } }))
    await assert.rejects(wrong, { code: 'INVALID_ARGUMENT' })
  })

  test('runs middleware from the outside in, around streams as well', async () => {
    const order: string[] = []
    const mark =
      (name: string) =>
      async (call: ServerCall, next: (call: ServerCall) => Promise<unknown>): Promise<unknown> => {
        order.push(`${name} in`)
        const result = await next(call)
        order.push(`${name} out`)
        return result
      }
    const dispatcher = dispatcherOf(
      { work: () => order.push('work') },
      { use: [mark('a'), mark('b')] },
    )
    await dispatcher.dispatch(newCall({ method: 'work' }))
    assert.deepEqual(order, ['a in', 'b in', 'work', 'b out', 'a out'])
  })

  test('tells how each call ended', async () => {
    const reports: CallReport[] = []
    const dispatcher = dispatcherOf(
      {
        good: () => 1,
        bad: () => {
          throw new Error('x')
        },
        items: function* () {
          yield 1
        },
      },
      { observe: (report) => reports.push(report) },
    )
    await dispatcher.dispatch(newCall({ method: 'good' }))
    await dispatcher.dispatch(newCall({ method: 'bad' })).catch(() => {})
    const stream = (await dispatcher.dispatch(
      newCall({ method: 'items' }),
    )) as AsyncIterable<number>
    assert.equal(reports.length, 2)
    for await (const _ of stream);
    assert.deepEqual(
      reports.map(({ method: name, code }) => [name, code]),
      [
        ['good', 'OK'],
        ['bad', 'UNKNOWN'],
        ['items', 'OK'],
      ],
    )
  })

  test('shows of an exception what it is told to show', async () => {
    const fail = (): never => {
      throw new TypeError('secret')
    }
    const failWith = async (errors: 'hidden' | 'message' | 'trace'): Promise<RpcError> => {
      const dispatcher = dispatcherOf({ fail }, { errors })
      return dispatcher
        .dispatch(newCall({ method: 'fail' }))
        .catch(RpcError.from) as Promise<RpcError>
    }
    const hidden = await failWith('hidden')
    assert.deepEqual([hidden.code, hidden.message], ['INTERNAL', 'internal error'])
    const message = await failWith('message')
    assert.deepEqual([message.message, message.remote], ['secret', { name: 'TypeError' }])
    assert.match((await failWith('trace')).remote?.trace ?? '', /dispatcher\.test/)
  })

  test('undefined that is thrown is an error all the same', async () => {
    const dispatcher = dispatcherOf({
      fail: () => Promise.reject(undefined),
    })
    await assert.rejects(dispatcher.dispatch(newCall({ method: 'fail' })), { code: 'UNKNOWN' })
  })

  test('a handler knows its call', async () => {
    const dispatcher = dispatcherOf({ who: () => tick().then(() => currentCall()?.peer) })
    assert.equal(await dispatcher.dispatch(newCall({ method: 'who', peer: 'ada' })), 'ada')
    assert.equal(currentCall(), undefined)
  })

  test('a handler that streams knows its call at every item, and when it is left', async () => {
    const seen: (string | undefined)[] = []
    const dispatcher = dispatcherOf({
      count: async function* () {
        try {
          for (let i = 0; ; i++) yield `${currentCall()?.metadata.user} ${i}`
        } finally {
          seen.push(currentCall()?.metadata.user)
        }
      },
    })
    const call = newCall({ method: 'count', metadata: { user: 'ada' } })
    for await (const item of (await dispatcher.dispatch(call)) as AsyncIterable<string>) {
      seen.push(item)
      if (seen.length === 3) break
    }
    assert.deepEqual(seen, ['ada 0', 'ada 1', 'ada 2', 'ada'])
  })

  test('drains: new calls are refused, running ones end, the patient ones are aborted', async () => {
    const { open, opened } = gate()
    const aborted: string[] = []
    const dispatcher = dispatcherOf({
      quick: () => opened,
      stubborn: () =>
        new Promise((_, reject) => {
          currentCall()?.signal.addEventListener('abort', () => {
            aborted.push('stubborn')
            reject(new Error('aborted'))
          })
        }),
    })
    const quick = dispatcher.dispatch(newCall({ method: 'quick' }))
    const stubborn = dispatcher.dispatch(newCall({ method: 'stubborn' }))
    const drained = dispatcher.drain(30)
    await assert.rejects(dispatcher.dispatch(newCall({ method: 'quick' })), { code: 'UNAVAILABLE' })
    open()
    assert.equal(await quick, undefined)
    await assert.rejects(stubborn, { code: 'UNAVAILABLE' })
    await drained
    assert.deepEqual(aborted, ['stubborn'])
  })

  test('an aborted stream stops its source, whatever the source is doing', async () => {
    let stopped = false
    const dispatcher = dispatcherOf({
      ticks: async function* () {
        try {
          for (let i = 0; ; i++) {
            yield i
            await tick()
          }
        } finally {
          stopped = true
        }
      },
    })
    const call = newCall({ method: 'ticks' })
    const stream = (await dispatcher.dispatch(call)) as AsyncIterable<number>
    const reading = (async () => {
      for await (const item of stream) if (item === 3) call.abort(new RpcError('CANCELLED', 'gone'))
    })()
    await assert.rejects(reading, { code: 'CANCELLED' })
    await tick()
    await tick()
    assert.ok(stopped)
    assert.equal(dispatcher.activeCount, 0)
  })
})
