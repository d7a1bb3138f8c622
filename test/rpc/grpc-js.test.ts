// gRPC against the library as its users know it: a generated client of grpc-js calls a Warren server,
// a Warren client calls a server written with grpc-js. Health, reflection, deadlines, the three kinds
// of streams, cancellation, metadata and statuses.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  credentials,
  type GrpcObject,
  loadPackageDefinition,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceClientConstructor,
  type ServiceError,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { ReflectionService } from '@grpc/reflection'
import { HealthImplementation } from 'grpc-health-check'
import {
  connect,
  currentCall,
  grpc,
  RpcError,
  type RpcServer,
  serve,
  service,
} from '../../src/rpc/index.ts'
import { peerPath } from './support/python.ts'
import { sampleService } from './support/sample-service.ts'

interface Point {
  readonly x: number
  readonly y: number
}
interface Distance {
  readonly meters: string
}
interface Note {
  readonly text: string
  readonly payload: Uint8Array
}

const file = peerPath('route_guide.proto')
const loaded = loadSync(file, { longs: String, defaults: true })
const healthFile = loadSync('health.proto', {
  includeDirs: [
    new URL('../../node_modules/grpc-health-check/proto/health/v1', import.meta.url).pathname,
  ],
  enums: String,
})

function constructorIn(root: GrpcObject, path: string): ServiceClientConstructor {
  let found: unknown = root
  for (const name of path.split('.')) found = (found as Record<string, unknown>)[name]
  return found as ServiceClientConstructor
}

const RouteGuide = constructorIn(loadPackageDefinition(loaded), 'test.v1.RouteGuide')
const Health = constructorIn(loadPackageDefinition(healthFile), 'grpc.health.v1.Health')

async function eventually(check: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    if (check()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.fail(`did not happen: ${what}`)
}

describe('a grpc-js client and a Warren server', () => {
  let server: RpcServer
  let stub: InstanceType<ServiceClientConstructor>
  const aborted: string[] = []
  let listed = 0

  const guide = service('RouteGuide', {
    measure: ({ x, y }: Point) => ({ meters: Math.hypot(x, y) }),
    listPoints: async function* ({ meters }: Distance) {
      for (listed = 0; listed < Number(meters); listed++) yield { x: listed, y: 0 }
    },
    recordRoute: async (points: AsyncIterable<Point>) => {
      let meters = 0
      for await (const { x } of points) meters += x
      return { meters }
    },
    chat: async function* (notes: AsyncIterable<Note>) {
      for await (const { text } of notes)
        yield { text: `${currentCall()?.metadata['x-user']}: ${text}` }
    },
    sleep: () =>
      new Promise((_, reject) => {
        const signal = currentCall()?.signal
        signal?.addEventListener('abort', () => {
          aborted.push((signal.reason as RpcError).code)
          reject(signal.reason)
        })
      }),
    fail: () => {
      throw new RpcError('OUT_OF_RANGE', 'too far')
    },
  })

  before(async () => {
    server = await serve(guide, [grpc({ proto: { file, service: 'test.v1.RouteGuide' } })])
    stub = new RouteGuide(new URL(server.url('grpc')).host, credentials.createInsecure())
  })
  after(async () => {
    stub.close()
    await server.close({ graceMs: 0 })
  })

  const unary = (name: string, request: unknown, options = {}): Promise<Distance> =>
    new Promise((resolve, reject) => {
      stub[name]?.(
        request,
        new Metadata(),
        options,
        (error: ServiceError | null, answer: Distance) =>
          error === null ? resolve(answer) : reject(error),
      )
    })

  test('unary', async () => {
    assert.deepEqual(await unary('measure', { x: 3, y: 4 }), { meters: '5' })
  })

  test('a stream of the server', async () => {
    const seen: number[] = []
    for await (const point of stub.listPoints!({ meters: 10_000 })) seen.push(point.x)
    assert.deepEqual(
      seen,
      Array.from({ length: 10_000 }, (_, i) => i),
    )
  })

  test('a stream of the client', async () => {
    const answer = await new Promise<Distance>((resolve, reject) => {
      const call = stub.recordRoute!((error: ServiceError | null, distance: Distance) =>
        error === null ? resolve(distance) : reject(error),
      )
      for (let i = 0; i < 1000; i++) call.write({ x: 1 })
      call.end()
    })
    assert.deepEqual(answer, { meters: '1000' })
  })

  test('streams of both, one answer for each question', async () => {
    const metadata = new Metadata()
    metadata.set('x-user', 'ada')
    const call = stub.chat!(metadata)
    const answers = call[Symbol.asyncIterator]()
    for (let i = 0; i < 100; i++) {
      call.write({ text: `note ${i}` })
      assert.equal((await answers.next()).value.text, `ada: note ${i}`)
    }
    call.end()
    assert.equal((await answers.next()).done, true)
  })

  test('an error has its status and message', async () => {
    await assert.rejects(unary('fail', {}), { code: status.OUT_OF_RANGE, details: 'too far' })
  })

  test('a deadline ends the call on both sides', async () => {
    aborted.length = 0
    const deadline = Date.now() + 200
    await assert.rejects(unary('sleep', {}, { deadline }), { code: status.DEADLINE_EXCEEDED })
    await eventually(() => aborted.length === 1, 'the handler is aborted')
    assert.match(String(aborted[0]), /^(DEADLINE_EXCEEDED|CANCELLED)$/)
  })

  test('a cancelled call is aborted', async () => {
    aborted.length = 0
    let call: { cancel(): void } | undefined
    const failed = new Promise<ServiceError>((resolve) => {
      call = stub.sleep!({}, (error: ServiceError) => resolve(error))
    })
    await eventually(() => server.activeCount === 1, 'the handler runs')
    call?.cancel()
    assert.equal((await failed).code, status.CANCELLED)
    await eventually(() => aborted.length === 1, 'the handler is aborted')
    assert.deepEqual(aborted, ['CANCELLED'])
  })

  test('a cancelled stream stops its source', async () => {
    const call = stub.listPoints!({ meters: 1e9 })
    call.on('error', () => {})
    for await (const { x } of call) if (x === 10) break
    call.cancel()
    await eventually(() => server.activeCount === 0, 'the stream has ended')
    assert.ok(listed < 1e6, String(listed))
  })

  test('health: served, unknown, and watched until the end', async () => {
    const own = await serve(sampleService().service, [grpc()])
    const health = new Health(new URL(own.url('grpc')).host, credentials.createInsecure())
    const check = (name: string): Promise<{ status: string }> =>
      new Promise((resolve, reject) => {
        health.check!(
          { service: name },
          (error: ServiceError | null, answer: { status: string }) =>
            error === null ? resolve(answer) : reject(error),
        )
      })
    assert.deepEqual(await check(''), { status: 'SERVING' })
    assert.deepEqual(await check('rpc.Sample'), { status: 'SERVING' })
    await assert.rejects(check('nope'), { code: status.NOT_FOUND })
    const seen: string[] = []
    const watch = health.watch!({ service: 'rpc.Sample' })
    watch.on('data', (answer: { status: string }) => seen.push(answer.status))
    watch.on('error', () => {})
    await eventually(() => seen.length === 1, 'the first status')
    await own.close({ graceMs: 0 })
    await eventually(() => seen.length === 2, 'the second status')
    assert.deepEqual(seen, ['SERVING', 'NOT_SERVING'])
    health.close()
  })
})

describe('a Warren client and a grpc-js server', () => {
  let server: Server
  let url: string
  let cancelled = 0
  let written = 0
  let deadlineMs = 0

  before(async () => {
    server = new Server()
    server.addService(RouteGuide.service, {
      Measure: (call: ServerUnaryCall<Point, unknown>, answer: sendUnaryData<unknown>) => {
        const { x, y } = call.request
        const metadata = new Metadata()
        metadata.set('x-trailer', 'end')
        answer(null, { meters: Math.hypot(x, y) }, metadata)
      },
      ListPoints: (call: ServerWritableStream<Distance, unknown>) => {
        call.on('cancelled', () => {
          cancelled += 1
        })
        const more = (): void => {
          while (written < Number(call.request.meters) && !call.cancelled) {
            written += 1
            if (!call.write({ x: written - 1 })) {
              call.once('drain', more)
              return
            }
          }
          call.end()
        }
        written = 0
        more()
      },
      RecordRoute: (call: ServerReadableStream<Point, unknown>, answer: sendUnaryData<unknown>) => {
        let meters = 0
        call.on('data', ({ x }: Point) => {
          meters += x
        })
        call.on('end', () => answer(null, { meters }))
      },
      Chat: (call: ServerDuplexStream<Note, unknown>) => {
        const user = call.metadata.get('x-user')[0]
        call.on('data', ({ text }: Note) => call.write({ text: `${user}: ${text}` }))
        call.on('end', () => call.end())
      },
      Sleep: (call: ServerUnaryCall<Distance, unknown>) => {
        deadlineMs = Number(call.getDeadline()) - Date.now()
        call.on('cancelled', () => {
          cancelled += 1
        })
      },
      Fail: (_: ServerUnaryCall<Point, unknown>, answer: sendUnaryData<unknown>) => {
        answer({ code: status.OUT_OF_RANGE, details: 'too far' })
      },
    })
    new HealthImplementation({ '': 'SERVING' }).addToServer(server)
    new ReflectionService(loaded).addToServer(server)
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      )
    })
    url = `grpc://127.0.0.1:${port}/test.v1.RouteGuide`
  })
  after(() => server.forceShutdown())

  interface Guide {
    measure(point: Partial<Point>): Distance
    listPoints(distance: Distance): AsyncIterable<Point>
    recordRoute(points: AsyncIterable<Partial<Point>>): Distance
    chat(notes: AsyncIterable<Partial<Note>>): AsyncIterable<Note>
    sleep(distance: Partial<Distance>): Distance
    fail(point: Partial<Point>): Distance
  }
  const open = () =>
    connect<Guide>(url, { grpc: { proto: { file, service: 'test.v1.RouteGuide' } } })

  test('unary, and an error with its status', async () => {
    await using client = open()
    assert.equal((await client.measure({ x: 3, y: 4 })).meters, '5')
    await assert.rejects(client.fail({}), { code: 'OUT_OF_RANGE', message: 'too far' })
    await assert.rejects(client.$call('nope'), { code: 'UNIMPLEMENTED' })
  })

  test('a stream of the server, whole and left early', async () => {
    await using client = open()
    const seen: number[] = []
    for await (const { x } of client.listPoints({ meters: '10000' })) seen.push(x)
    assert.equal(seen.length, 10_000)
    cancelled = 0
    for await (const { x } of client.listPoints({ meters: '100000000' })) if (x === 10) break
    await eventually(() => cancelled === 1, 'the server hears of it')
    assert.ok(written < 1e6, String(written))
  })

  test('a stream of the client, and streams of both', async () => {
    await using client = open()
    const points = async function* () {
      for (let i = 0; i < 1000; i++) yield { x: 1 }
    }
    assert.equal((await client.recordRoute(points())).meters, '1000')
    let asked = 0
    let answered = 0
    const notes = async function* () {
      for (; asked < 100; asked++) {
        // The next question only after the answer: neither side waits for the other's end.
        await eventually(() => answered === asked, 'an answer')
        yield { text: `note ${asked}` }
      }
    }
    const talking = client.$with({ metadata: { 'x-user': 'ada' } })
    for await (const { text } of talking.chat(notes())) {
      assert.equal(text, `ada: note ${answered}`)
      answered += 1
    }
    assert.equal(answered, 100)
  })

  test('a deadline and an abort reach the server', async () => {
    await using client = open()
    cancelled = 0
    const hurried = client.$with({ timeoutMs: 300 })
    await assert.rejects(hurried.sleep({}), { code: 'DEADLINE_EXCEEDED' })
    assert.ok(deadlineMs > 0 && deadlineMs <= 1000, String(deadlineMs))
    await eventually(() => cancelled === 1, 'the deadline is seen')
    deadlineMs = 0
    const controller = new AbortController()
    const call = client.$with({ signal: controller.signal }).sleep({})
    const outcome = assert.rejects(call, { code: 'CANCELLED' })
    await eventually(() => deadlineMs !== 0, 'the call has arrived')
    controller.abort()
    await outcome
    await eventually(() => cancelled === 2, 'the abort is seen')
  })

  test('health and reflection are asked for as any other call', async () => {
    const { includeDirs, file: health } = {
      file: 'health.proto',
      includeDirs: [
        new URL('../../node_modules/grpc-health-check/proto/health/v1', import.meta.url).pathname,
      ],
    }
    await using client = connect(url, {
      grpc: { proto: { file: health, includeDirs, service: 'grpc.health.v1.Health' } },
    })
    assert.deepEqual(
      { ...((await client.$call('check', [{ service: '' }])) as object) },
      { status: 'SERVING' },
    )
    await assert.rejects(client.$call('check', [{ service: 'nope' }]), { code: 'NOT_FOUND' })
    await using guide = open()
    const { methods } = await guide.$describe()
    assert.deepEqual(methods.map(({ name }) => name).toSorted(), [
      'Chat',
      'Fail',
      'ListPoints',
      'Measure',
      'RecordRoute',
      'Sleep',
    ])
    assert.deepEqual(
      methods.filter(({ stream }) => stream).map(({ name }) => name),
      ['ListPoints', 'Chat'],
    )
  })
})
