// gRPC against grpcio, both ways, with and without a .proto.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { connect, currentCall, grpc, RpcError, serve, service } from '../../src/rpc/index.ts'
import { freePort } from '../support/free-port.ts'
import { missingPython, peerPath, runPython, startPython } from './support/python.ts'
import { sampleService } from './support/sample-service.ts'

interface Point {
  readonly x: number
  readonly y: number
}
interface Distance {
  /** 64 bits, therefore text. */
  readonly meters: string
}
interface Note {
  readonly text: string
  readonly payload: Uint8Array
}

interface RouteGuide {
  measure(point: Partial<Point>): Distance
  listPoints(distance: Distance): AsyncIterable<Point>
  recordRoute(points: AsyncIterable<Partial<Point>>): Distance
  chat(notes: AsyncIterable<Partial<Note>>): AsyncIterable<Note>
  sleep(distance: Distance): Distance
  fail(point: Partial<Point>): Distance
}

const proto = { file: peerPath('route_guide.proto'), service: 'test.v1.RouteGuide' }

const routeGuide = service('RouteGuide', {
  measure: ({ x, y }: Point) => ({ meters: Math.hypot(x, y) }),
  listPoints: async function* ({ meters }: Distance) {
    for (let i = 0; i < Number(meters); i++) yield { x: i, y: -i }
  },
  recordRoute: async (points: AsyncIterable<Point>) => {
    let meters = 0
    for await (const _ of points) meters += 1
    return { meters }
  },
  chat: async function* (notes: AsyncIterable<Note>) {
    for await (const { text, payload } of notes) yield { text: `re: ${text}`, payload }
  },
  sleep: ({ meters }: Distance) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => resolve({ meters }), Number(meters))
      currentCall()?.signal.addEventListener('abort', () => {
        clearTimeout(timer)
        reject(new Error('aborted'))
      })
    }),
  fail: () => {
    throw new RpcError('OUT_OF_RANGE', 'too far')
  },
})

async function* points(count: number): AsyncGenerator<Partial<Point>> {
  for (let i = 0; i < count; i++) yield { x: i }
}

async function* notes(): AsyncGenerator<Partial<Note>> {
  yield { text: 'a', payload: Buffer.from([0, 255]) }
  yield { text: 'b' }
}

async function callEverything(url: string): Promise<void> {
  await using client = connect<RouteGuide>(url, { grpc: { proto } })
  assert.deepEqual({ ...(await client.measure({ x: 3, y: 4 })) }, { meters: '5' })
  const listed: number[] = []
  for await (const point of client.listPoints({ meters: '500' })) listed.push(point.x)
  assert.equal(listed.length, 500)
  assert.deepEqual({ ...(await client.recordRoute(points(100))) }, { meters: '100' })
  const answers: string[] = []
  for await (const { text, payload } of client.chat(notes())) {
    answers.push(`${text} ${payload.length}`)
  }
  assert.deepEqual(answers, ['re: a 2', 're: b 0'])
  await assert.rejects(client.fail({}), { code: 'OUT_OF_RANGE', message: 'too far' })
  const hurried = client.$with({ timeoutMs: 150 })
  await assert.rejects(hurried.sleep({ meters: '20000' }), { code: 'DEADLINE_EXCEEDED' })
  const controller = new AbortController()
  const cancelled = client.$with({ signal: controller.signal }).sleep({ meters: '20000' })
  setTimeout(() => controller.abort(), 100)
  await assert.rejects(cancelled, { code: 'CANCELLED' })
  await assert.rejects(client.$call('nope'), { code: 'UNIMPLEMENTED' })
}

test('gRPC with a .proto, Warren on both ends', async () => {
  await using server = await serve(routeGuide, [grpc({ proto })])
  await callEverything(server.url('grpc'))
})

describe('gRPC and Python', { skip: missingPython('venv') }, () => {
  test('grpcio calls a service without a .proto: values, streams, errors, deadlines, cancellation, health, reflection', async () => {
    const { service: sample, state } = sampleService()
    await using server = await serve(sample, [grpc()])
    const { port } = new URL(server.url('grpc'))
    assert.match(await runPython(peerPath('grpc_generic_client.py'), [port]), /all equal/)
    for (let tries = 0; tries < 300 && server.activeCount > 0; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    assert.equal(server.activeCount, 0)
    assert.ok(state.aborted === 'CANCELLED' || state.aborted === 'DEADLINE_EXCEEDED')
  })

  test('grpcio calls a service of a .proto', async () => {
    await using server = await serve(routeGuide, [grpc({ proto })])
    const { port } = new URL(server.url('grpc'))
    assert.match(await runPython(peerPath('grpc_route_client.py'), [port]), /all equal/)
  })

  test("a Warren client calls grpcio's server", async () => {
    const port = await freePort()
    const peer = await startPython(peerPath('grpc_route_server.py'), [String(port)])
    try {
      await callEverything(`grpc://127.0.0.1:${port}`)
      for (let tries = 0; tries < 300 && !peer.output().includes('aborted'); tries++) {
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      assert.match(peer.output(), /aborted/)
    } finally {
      await peer.stop()
    }
  })
})
