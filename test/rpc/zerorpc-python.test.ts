// ZeroRPC against the reference implementation in Python, both ways.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  connect,
  type RpcError,
  serve,
  service,
  zerorpc,
  zerorpcPublisher,
  zerorpcPuller,
  zerorpcPusher,
  zerorpcSubscriber,
} from '../../src/rpc/index.ts'
import { freePort } from '../support/free-port.ts'
import { examplePath, missingPython, peerPath, runPython, startPython } from './support/python.ts'
import { sampleService } from './support/sample-service.ts'

interface Peer {
  add(a: number, b: number): number
  echo(value: unknown): unknown
  understood(value: unknown): string
  fail(): never
  sleep(seconds: number): string
  block(seconds: number): null
  count(n: number): AsyncIterable<number>
  broken(n: number): AsyncIterable<number>
}

async function eventually(check: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !check(); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.ok(check())
}

describe('ZeroRPC and Python', { skip: missingPython('venv') }, () => {
  test("Python's client and a Warren server agree, streams of 10,000 included", async () => {
    await using server = await serve(sampleService().service, [zerorpc()])
    const { port } = new URL(server.url('zerorpc'))
    assert.match(await runPython(peerPath('zerorpc_client.py'), [port]), /all equal/)
  })

  test("a Warren client and Python's server agree, streams of 10,000 included", async () => {
    const port = await freePort()
    const peer = await startPython(peerPath('zerorpc_server.py'), [String(port)])
    await using client = connect<Peer>(`zerorpc://127.0.0.1:${port}`)
    try {
      const values: unknown[] = [
        null,
        true,
        0,
        -1,
        127,
        128,
        65536,
        2 ** 31,
        2 ** 40,
        -(2 ** 40),
        2n ** 60n,
        1.5,
        '',
        'grüße 世界 🐇',
        [1, [2, [3]]],
        { a: { b: [null, 1.25] } },
        Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, i])),
      ]
      for (const value of values) assert.deepEqual(await client.echo(value), value)
      assert.equal(await client.understood(Buffer.from('ab')), "bytes b'ab'")
      assert.equal(await client.understood('ab'), "str 'ab'")
      assert.equal(await client.understood(2 ** 40), `int ${2 ** 40}`)
      assert.equal(await client.understood(undefined), 'NoneType None')
      assert.equal(await client.understood(new Date(0)), "str '1970-01-01T00:00:00.000Z'")
      await assert.rejects(client.fail(), (error: RpcError) => {
        assert.equal(error.message, 'out of the question')
        return error.remote?.name === 'ValueError'
      })
      await assert.rejects(client.$call('nope'), { code: 'UNIMPLEMENTED' })
      const items: number[] = []
      for await (const item of client.count(10_000)) items.push(item)
      assert.deepEqual(
        items,
        Array.from({ length: 10_000 }, (_, i) => i),
      )
      const seen: number[] = []
      const broken = (async () => {
        for await (const item of client.broken(150)) seen.push(item)
      })()
      await assert.rejects(broken, /the stream broke/)
      assert.equal(seen.length, 150)
      const sums = await Promise.all(Array.from({ length: 200 }, (_, i) => client.add(i, i)))
      assert.equal(sums[199], 398)
      const { methods } = await client.$describe()
      assert.ok(methods.some((each) => each.name === 'add'))
    } finally {
      await peer.stop()
    }
  })

  test("a call that outlasts many heartbeats is answered by Python's server", async () => {
    const port = await freePort()
    const peer = await startPython(peerPath('zerorpc_server.py'), [String(port), '0.3'])
    await using client = connect<Peer>(`zerorpc://127.0.0.1:${port}`, {
      zerorpc: { heartbeatMs: 300 },
    })
    try {
      assert.equal(await client.sleep(1.5), 'done')
    } finally {
      await peer.stop()
    }
  })

  test('a server that falls silent is lost after two heartbeats', async () => {
    const port = await freePort()
    const peer = await startPython(peerPath('zerorpc_server.py'), [String(port), '0.3'])
    await using client = connect<Peer>(`zerorpc://127.0.0.1:${port}`, {
      zerorpc: { heartbeatMs: 300 },
    })
    try {
      await client.add(1, 1)
      const startMs = performance.now()
      // It blocks its event loop, the best known way to lose a ZeroRPC server.
      await assert.rejects(client.block(5), { code: 'UNAVAILABLE' })
      const tookMs = performance.now() - startMs
      assert.ok(tookMs > 600 && tookMs < 2500, String(tookMs))
    } finally {
      await peer.stop()
    }
  })

  test('a client that is killed aborts its call', async () => {
    const { service: sample, state } = sampleService()
    await using server = await serve(sample, [zerorpc({ heartbeatMs: 300 })])
    const { port } = new URL(server.url('zerorpc'))
    const peer = await startPython(peerPath('zerorpc_slow_call.py'), [port, '0.3'], Number(port))
    await eventually(() => state.running === 1)
    await peer.stop()
    await eventually(() => state.aborted === 'CANCELLED')
  })

  test("the article's client runs against a Warren server", async () => {
    let received: unknown
    const data = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`server:${i}`, i]))
    const article = service('RPCServer', {
      getObj: () => data,
      sendObj: (given: unknown) => {
        received = given
      },
    })
    await using server = await serve(article, [zerorpc()])
    const { port } = new URL(server.url('zerorpc'))
    const output = await runPython(examplePath('zerorpc_client.py'), ['127.0.0.1', port])
    assert.match(output, /total time/)
    assert.equal((received as Record<string, number>)['client:99'], 99)
  })

  test("a Warren client calls the article's server", async () => {
    const port = await freePort()
    const args = ['127.0.0.1', String(port)]
    const peer = await startPython(examplePath('zerorpc_server.py'), args, port)
    await using client = connect(`zerorpc://127.0.0.1:${port}`)
    try {
      const data = (await client.$call('getObj')) as Record<string, number>
      assert.equal(data['server:42'], 42)
      assert.equal(await client.$call('sendObj', [{ 'client:1': 1 }]), null)
    } finally {
      await peer.stop()
    }
  })

  describe('without answers', () => {
    const script = peerPath('zerorpc_one_way.py')

    function sink() {
      const jobs: number[] = []
      const receiver = service('Sink', {
        job: (number: number) => {
          jobs.push(number)
        },
      })
      return { jobs, receiver }
    }

    test("Python's pusher feeds a Warren puller", async () => {
      const { jobs, receiver } = sink()
      await using server = await serve(receiver, [zerorpcPuller({ bind: 'tcp://127.0.0.1:*' })])
      await runPython(script, ['push', server.url('zerorpc-pull')])
      await eventually(() => jobs.length === 10)
      assert.deepEqual(jobs, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    })

    test("a Warren pusher feeds Python's puller", async () => {
      const pusher = await zerorpcPusher<{ job(n: number): void }>({ bind: 'tcp://127.0.0.1:*' })
      const peer = await startPython(script, ['pull', pusher.$address])
      for (let i = 0; i < 10; i++) await pusher.job(i)
      await eventually(() => peer.output().includes('job 9'))
      await peer.stop()
      await pusher.$close()
    })

    test("Python's publisher reaches a Warren subscriber", async () => {
      const port = await freePort()
      const address = `tcp://127.0.0.1:${port}`
      const { jobs, receiver } = sink()
      await using _ = await serve(receiver, [zerorpcSubscriber({ connect: address })])
      const peer = await startPython(script, ['publish', address])
      try {
        await eventually(() => jobs.length > 20)
      } finally {
        await peer.stop()
      }
    })

    test("a Warren publisher reaches Python's subscriber", async () => {
      const publisher = await zerorpcPublisher<{ job(n: number): void }>({
        bind: 'tcp://127.0.0.1:*',
      })
      const peer = await startPython(script, ['subscribe', publisher.$address])
      for (let tries = 0; tries < 200 && !peer.output().includes('job 7'); tries++) {
        await publisher.job(7)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      assert.match(peer.output(), /job 7/)
      await peer.stop()
      await publisher.$close()
    })
  })
})
