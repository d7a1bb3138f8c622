// What must hold on every transport with Warren on both ends. Each transport's test file is a few
// lines that call this; what a protocol has no means for is left out by name.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import {
  type Client,
  type ConnectOptions,
  connect,
  RpcError,
  type RpcServer,
  type ServerTransport,
  serve,
} from '../../../src/rpc/index.ts'
import { type Sample, type SampleState, sampleService } from './sample-service.ts'

export interface SuiteOptions {
  /** Called for each test; with a port, to come back where a server was before. */
  readonly transport: (port?: number) => ServerTransport
  readonly name: string
  /** The URL to connect to, from the one that the server tells. */
  readonly url?: (url: string) => string
  readonly client?: ConnectOptions
  readonly without?: readonly (
    | 'streams'
    | 'metadata'
    | 'bytes'
    | 'details'
    | 'cancel'
    | 'busy'
    | 'port'
  )[]
}

async function eventually(
  check: () => boolean,
  what: string,
  attempt?: () => Promise<void>,
): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    await attempt?.()
    if (check()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.fail(`did not happen: ${what}`)
}

const failure = async (promise: Promise<unknown>): Promise<RpcError> => {
  const error = await promise.then(
    (value) => assert.fail(`answered ${String(value)}`),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof RpcError, String(error))
  return error
}

export function transportSuite(options: SuiteOptions): void {
  const has = (feature: NonNullable<SuiteOptions['without']>[number]): boolean =>
    options.without?.includes(feature) !== true

  describe(`${options.name}: Warren on both ends`, () => {
    let server: RpcServer
    let client: Client<Sample>
    let state: SampleState

    beforeEach(async () => {
      const sample = sampleService()
      state = sample.state
      const transport = options.transport()
      server = await serve(sample.service, [transport], { runningMax: 8, waitingMax: 4 })
      const url = server.url(transport.name)
      client = connect<Sample>(options.url?.(url) ?? url, {
        ...options.client,
        idempotent: ['flaky'],
        retry: { baseMs: 1 },
      })
    })
    afterEach(async () => {
      await client.$close()
      await server.close({ graceMs: 0 })
    })

    test('a call is answered', async () => {
      assert.equal(await client.add(2, 3), 5)
    })

    test('values come back as they were sent', async () => {
      const values = [
        null,
        true,
        false,
        0,
        -1,
        2147483647,
        1.5,
        '',
        'grüße, 世界 🐇 <&>"\' \t\n',
        [],
        [1, [2, [3]], 'x'],
        {},
        { a: 1, b: { c: [true, null] }, 'key with <&>': 'x' },
      ]
      for (const value of values) assert.deepEqual(await client.echo(value), value)
    })

    test('bytes come back as bytes', { skip: !has('bytes') }, async () => {
      const bytes = Buffer.from([0, 1, 127, 128, 255])
      const back = await client.echo(bytes)
      assert.ok(back instanceof Uint8Array)
      assert.deepEqual(Buffer.from(back), bytes)
    })

    test('a hundred calls at once are answered each with its own result', async () => {
      for (let round = 0; round < 10; round++) {
        const sums = await Promise.all(Array.from({ length: 10 }, (_, i) => client.add(i, round)))
        assert.deepEqual(
          sums,
          Array.from({ length: 10 }, (_, i) => i + round),
        )
      }
    })

    test('no result is null', async () => {
      assert.equal(await client.nothing(), null)
    })

    test('an unknown method is UNIMPLEMENTED, and so is everything that is not a method', async () => {
      for (const name of [
        'nope',
        '_hidden',
        'constructor',
        'toString',
        '__proto__',
        'hasOwnProperty',
      ]) {
        assert.equal((await failure(client.$call(name))).code, 'UNIMPLEMENTED', name)
      }
    })

    test('too many arguments are INVALID_ARGUMENT', async () => {
      assert.equal((await failure(client.$call('add', [1, 2, 3]))).code, 'INVALID_ARGUMENT')
    })

    test('an exception of the handler has its class and message, and no stack', async () => {
      const error = await failure(client.fail())
      assert.match(error.message, /out of the question/)
      assert.doesNotMatch(error.message, /sample-service/)
      assert.equal(error.remote?.trace, undefined)
    })

    test('an error of the handler keeps code and details', { skip: !has('details') }, async () => {
      const error = await failure(client.refuse())
      assert.equal(error.code, 'FAILED_PRECONDITION')
      assert.equal(error.message, 'not now')
      assert.deepEqual(error.details, { why: 'closed', tries: 3 })
    })

    test('the deadline ends the wait, and the handler is told', async () => {
      // With a connection that is open already, so that the call is under way long before its end.
      await client.add(1, 1)
      const error = await failure(client.$with({ timeoutMs: 1000 }).sleep(60_000))
      assert.equal(error.code, 'DEADLINE_EXCEEDED')
      await eventually(() => state.aborted !== undefined, 'the handler is aborted')
    })

    test('an aborted call rejects at once', async () => {
      const controller = new AbortController()
      const calling = failure(client.$with({ signal: controller.signal }).sleep(20_000))
      await eventually(() => state.running === 1, 'the handler runs')
      controller.abort()
      assert.equal((await calling).code, 'CANCELLED')
    })

    test('an aborted call aborts the handler', { skip: !has('cancel') }, async () => {
      const controller = new AbortController()
      const calling = failure(client.$with({ signal: controller.signal }).sleep(20_000))
      await eventually(() => state.running === 1, 'the handler runs')
      controller.abort()
      await calling
      await eventually(() => state.aborted === 'CANCELLED', 'the handler is aborted')
    })

    test('metadata and deadline reach the handler', { skip: !has('metadata') }, async () => {
      const traced = client.$with({ metadata: { traceparent: '00-ab-cd-01' }, timeoutMs: 5000 })
      assert.equal(await traced.meta('traceparent'), '00-ab-cd-01')
      const remaining = await traced.remaining()
      assert.ok(remaining > 1000 && remaining <= 5000, String(remaining))
    })

    test('an idempotent call is tried again', async () => {
      assert.equal(await client.flaky(3), 'after 3')
    })

    test('beyond its limits the server says busy, quickly', async () => {
      const calls = Array.from({ length: 13 }, () => client.sleep(150).catch(RpcError.from))
      const results = await Promise.all(calls)
      const busy = results.filter((each) => each instanceof RpcError)
      assert.ok(state.runningMost <= 8, String(state.runningMost))
      if (has('busy')) assert.equal(busy.length, 1)
      for (const error of busy) assert.equal(error.code, 'RESOURCE_EXHAUSTED')
    })

    test('a stream arrives in order and complete', { skip: !has('streams') }, async () => {
      for (const n of [0, 1, 3, 2500]) {
        const items: number[] = []
        for await (const item of client.count(n)) items.push(item)
        assert.deepEqual(
          items,
          Array.from({ length: n }, (_, i) => i),
        )
      }
    })

    test('an error in a stream comes after its items', { skip: !has('streams') }, async () => {
      const items: number[] = []
      const error = await failure(
        (async () => {
          for await (const item of client.failingStream(3)) items.push(item)
        })(),
      )
      assert.match(error.message, /the stream broke/)
      assert.deepEqual(items, [0, 1, 2])
    })

    test('a reader that stops stops the source', {
      skip: !has('streams') || !has('cancel'),
    }, async () => {
      let seen = 0
      for await (const _ of client.endless()) {
        seen += 1
        if (seen === 5) break
      }
      await eventually(() => server.activeCount === 0, 'the stream has ended')
      const ticks = state.ticks
      assert.ok(ticks < 100_000, String(ticks))
      await new Promise((resolve) => setTimeout(resolve, 20))
      assert.equal(state.ticks, ticks)
    })

    test('a slow reader slows the source', { skip: !has('streams') }, async () => {
      const stream = (await client.endless())[Symbol.asyncIterator]()
      await stream.next()
      // Until the buffers on the way are full, and not a tick further.
      let before = -1
      for (let tries = 0; tries < 40 && before !== state.ticks; tries++) {
        before = state.ticks
        await new Promise((resolve) => setTimeout(resolve, 150))
      }
      assert.equal(state.ticks, before)
      assert.ok(before < 500_000, String(before))
      await stream.return?.()
    })

    test('what is served can be asked for', async () => {
      const description = await client.$describe()
      const names = description.methods.map((each) => each.name)
      assert.ok(names.includes('add') && names.includes('sleep'), names.join())
      assert.ok(!names.includes('_hidden'))
    })

    test('a notification is executed', async () => {
      await client.$notify.sleep(1)
      await eventually(() => state.runningMost === 1, 'the handler ran')
    })

    test('a batch gives each call its own outcome', async () => {
      const [sum, failed, echo] = await client.$batch((each) => [
        each.add(1, 2),
        each.fail(),
        each.echo('x'),
      ])
      assert.deepEqual(sum, { status: 'fulfilled', value: 3 })
      assert.equal(failed.status, 'rejected')
      assert.deepEqual(echo, { status: 'fulfilled', value: 'x' })
    })

    test('a running call ends well when the server closes', async () => {
      const calling = client.sleep(200)
      await eventually(() => state.running === 1, 'the handler runs')
      await server.close({ graceMs: 5000 })
      assert.equal(await calling, 'done')
    })

    test('a call to a server that is gone is UNAVAILABLE or late', async () => {
      await client.add(1, 1)
      await server.close({ graceMs: 0 })
      const error = await failure(client.$with({ timeoutMs: 300 }).add(1, 2))
      assert.ok(['UNAVAILABLE', 'DEADLINE_EXCEEDED'].includes(error.code), error.code)
    })

    test('a server that comes back is found again', { skip: !has('port') }, async () => {
      await client.add(1, 1)
      const { port } = new URL(server.url(options.transport().name))
      await server.close({ graceMs: 0 })
      await failure(client.$with({ timeoutMs: 200 }).add(1, 2))
      server = await serve(sampleService().service, [options.transport(Number(port))])
      let sum = 0
      await eventually(
        () => sum === 42,
        'an answer',
        async () => {
          sum = await client
            .$with({ timeoutMs: 500 })
            .add(20, 22)
            .catch(() => 0)
        },
      )
    })
  })
}
