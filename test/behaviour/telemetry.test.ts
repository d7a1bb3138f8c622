// Traces of messages, from unmodified clients to a small OpenTelemetry collector: which spans there are,
// whose children they are, what the consumer gets, and what happens when the collector is away.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { after, before, describe, test } from 'node:test'
import {
  type Channel,
  type ChannelModel,
  type ConsumeMessage,
  connect,
  type GetMessage,
} from 'amqplib'
import { nullLogger } from '../../src/base/logger.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { type RunningNode, startNode } from '../../src/node.ts'
import { TestClient } from '../management/api-client.ts'
import { Child } from '../support/child.ts'
import { findPython, skipUnless } from '../support/peers.ts'

interface OtlpValue {
  readonly stringValue?: string
  readonly intValue?: string
  readonly boolValue?: boolean
}
interface OtlpSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly traceState?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly { key: string; value: OtlpValue }[]
  readonly links?: readonly { traceId: string; spanId: string; flags: number }[]
  readonly status?: { code: number }
}
interface OtlpRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: OtlpSpan['attributes'] }
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[]
  }[]
}

/** What OTLP/HTTP asks of a collector, and no more. */
class Collector {
  readonly requests: { body: OtlpRequest; headers: Record<string, unknown> }[] = []
  /** What to answer next; 200 when there is nothing here. */
  readonly statuses: number[] = []
  attempts = 0
  readonly #server: Server
  #changed: () => void = () => undefined

  constructor() {
    this.#server = createServer(async (request, response) => {
      let text = ''
      for await (const chunk of request) text += String(chunk)
      this.attempts += 1
      const status = this.statuses.shift() ?? 200
      if (status === 200) {
        assert.equal(`${request.method} ${request.url}`, 'POST /v1/traces')
        assert.equal(request.headers['content-type'], 'application/json')
        this.requests.push({ body: JSON.parse(text) as OtlpRequest, headers: request.headers })
      }
      const headers = { 'content-type': 'application/json', 'retry-after': '0' }
      response.writeHead(status, headers).end('{"partialSuccess":{}}')
      this.#changed()
    })
  }

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  }

  get spans(): OtlpSpan[] {
    return this.requests.flatMap(({ body }) =>
      body.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
    )
  }

  /** Spans that no test has asked for yet, once there are so many. */
  async take(count: number): Promise<OtlpSpan[]> {
    while (this.spans.length < count) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve
      })
    }
    const { spans } = this
    this.requests.length = 0
    assert.equal(spans.length, count)
    return spans
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

function attributes({ attributes: list }: Pick<OtlpSpan, 'attributes'>): Record<string, unknown> {
  return Object.fromEntries(
    list.map(({ key, value }) => [key, value.stringValue ?? value.intValue ?? value.boolValue]),
  )
}

function start(url: string, ...lines: string[]): Promise<RunningNode> {
  const text = [
    'listeners.tcp.1 = 127.0.0.1:0',
    'management.tcp.port = 0',
    'management.tcp.ip = 127.0.0.1',
    `otel.exporter.otlp.endpoint = ${url}/`,
    'otel.bsp.schedule_delay = 20',
    ...lines,
  ]
  const { config } = loadConfig({
    flags: { '--config': 'test.conf' },
    environment: {
      WARREN_PROMETHEUS_PORT: 'none',
      OTEL_SERVICE_NAME: 'rabbits',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test%20bench',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20secret',
    },
    files: {
      read: (path) => (path === 'test.conf' ? text.join('\n') : null),
      list: () => [],
      isWritableDirectory: () => false,
    },
  })
  return startNode({ config, logger: nullLogger, dataDirectory: null })
}

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const producer = '00f067aa0ba902b7'
const traceparent = `00-${traceId}-${producer}-01`

describe('traces', () => {
  let collector: Collector
  let node: RunningNode
  let client: ChannelModel
  let channel: Channel

  before(async () => {
    collector = new Collector()
    node = await start(await collector.start())
    client = await connect(`amqp://127.0.0.1:${node.amqpPort}`)
    channel = await client.createChannel()
  })
  after(async () => {
    await client?.close()
    await node?.stop()
    collector?.stop()
  })

  async function fetched(queue: string): Promise<GetMessage> {
    for (;;) {
      const message = await channel.get(queue)
      if (message !== false) return message
    }
  }

  const python = findPython(['pika'])
  const skip = skipUnless(python !== undefined, 'pika is not installed')
  test('publish, deliver and ack are children of the producer', { skip }, async () => {
    await channel.assertQueue('jobs')
    const program = `
import pika, sys
connection = pika.BlockingConnection(pika.ConnectionParameters('127.0.0.1', int(sys.argv[1])))
headers = {'traceparent': sys.argv[2], 'tracestate': 'congo=t61rcWkgMzE', 'other': 1}
properties = pika.BasicProperties(headers=headers, message_id='m1', correlation_id='c1')
connection.channel().basic_publish('', 'jobs', b'12345', properties)
connection.close()
`
    const child = new Child(python!, ['-', `${node.amqpPort}`, traceparent], { input: program })
    await child.succeeds()
    const message = await fetched('jobs')
    assert.deepEqual(message.properties.headers, {
      traceparent,
      tracestate: 'congo=t61rcWkgMzE',
      other: 1,
    })
    const [request] = await Promise.all([collectorRequest(), channel.ack(message)])
    assert.equal(request.headers.authorization, 'Bearer secret')
    const [resource] = request.body.resourceSpans
    assert.deepEqual(attributes(resource!.resource), {
      'deployment.environment.name': 'test bench',
      'service.name': 'rabbits',
      'service.instance.id': node.core.vhost('/')?.nodeName,
    })
    const [publish, deliver, ack] = (await collector.take(3)) as [OtlpSpan, OtlpSpan, OtlpSpan]
    assert.deepEqual(
      [publish, deliver, ack].map(({ name, kind }) => `${name} ${kind}`),
      ['publish jobs 2', 'deliver jobs 4', 'ack jobs 1'],
    )
    for (const span of [publish, deliver, ack]) {
      assert.equal(span.traceId, traceId)
      assert.equal(span.traceState, 'congo=t61rcWkgMzE')
      assert.match(span.spanId, /^[0-9a-f]{16}$/)
      assert.ok(BigInt(span.startTimeUnixNano) <= BigInt(span.endTimeUnixNano))
    }
    assert.deepEqual(
      [publish, deliver, ack].map(({ parentSpanId }) => parentSpanId),
      [producer, producer, deliver.spanId],
    )
    assert.deepEqual(
      deliver.links?.map(({ spanId, flags }) => [spanId, flags]),
      [[producer, 0x301]],
    )
    assert.ok(BigInt(deliver.startTimeUnixNano) <= BigInt(publish.endTimeUnixNano))
    assert.equal(ack.startTimeUnixNano, deliver.endTimeUnixNano)
    const told = attributes(publish)
    assert.match(String(told['warren.connection']), /^127\.0\.0\.1:\d+ -> /)
    delete told['warren.connection']
    assert.deepEqual(told, {
      'messaging.system': 'rabbitmq',
      'messaging.operation.name': 'publish',
      'messaging.operation.type': 'send',
      'messaging.destination.name': 'jobs',
      'messaging.rabbitmq.destination.routing_key': 'jobs',
      'messaging.message.body.size': '5',
      'messaging.message.id': 'm1',
      'messaging.message.conversation_id': 'c1',
      'user.name': 'guest',
      'warren.vhost': '/',
      'warren.channel': '1',
      'warren.outcome': 'routed',
    })
  })

  async function collectorRequest(): Promise<Collector['requests'][number]> {
    for (;;) {
      const [request] = collector.requests
      if (request !== undefined) return request
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  test('exchange, key and queue are told; a rejected message has a trace to its dead-letter queue', async () => {
    await channel.assertQueue('dead')
    await channel.assertQueue('work', { deadLetterExchange: '', deadLetterRoutingKey: 'dead' })
    await channel.bindQueue('work', 'amq.topic', 'a.#')
    channel.publish('amq.topic', 'a.b', Buffer.from('x'), { headers: { traceparent } })
    channel.nack(await fetched('work'), false, false)
    const dead = await fetched('dead')
    assert.equal(dead.properties.headers?.traceparent, traceparent)
    channel.nack(dead, false, true)
    const spans = await collector.take(5)
    assert.deepEqual(
      spans.map((span) => [span.name, attributes(span)['messaging.destination.name']]),
      [
        ['publish amq.topic', 'amq.topic:a.b'],
        ['deliver work', 'amq.topic:a.b:work'],
        ['reject work', 'amq.topic:a.b:work'],
        ['deliver dead', 'dead'],
        ['nack dead', 'dead'],
      ],
    )
    assert.ok(spans.every((span) => span.traceId === traceId))
  })

  test('what its publisher does not sample, or does not trace, is not traced', async () => {
    await channel.assertQueue('quiet')
    const unsampled = `00-${traceId}-${producer}-00`
    const bad = ['00-0-0-01', `ff-${traceId}-${producer}-01`, `00-${'0'.repeat(32)}-${producer}-01`]
    for (const given of [undefined, unsampled, ...bad]) {
      const headers = given === undefined ? {} : { traceparent: given }
      channel.sendToQueue('quiet', Buffer.from('x'), { headers })
      const message = await fetched('quiet')
      assert.deepEqual(message.properties.headers, headers)
      channel.ack(message)
    }
    // Behind them, one that is: it comes alone.
    channel.sendToQueue('quiet', Buffer.from('x'), { headers: { traceparent } })
    await channel.get('quiet', { noAck: true })
    const names = (await collector.take(2)).map(({ name }) => name)
    assert.deepEqual(names, ['publish quiet', 'deliver quiet'])
  })

  test('a reply goes by without its secret address', async () => {
    const replies: string[] = []
    await channel.consume(
      'amq.rabbitmq.reply-to',
      (reply) => void replies.push(`${reply?.content}`),
      {
        noAck: true,
      },
    )
    await channel.assertQueue('asks')
    channel.sendToQueue('asks', Buffer.from('?'), { replyTo: 'amq.rabbitmq.reply-to' })
    const asked = await fetched('asks')
    channel.ack(asked)
    const replyTo = String(asked.properties.replyTo)
    channel.sendToQueue(replyTo, Buffer.from('!'), { headers: { traceparent } })
    const [span] = (await collector.take(1)) as [OtlpSpan]
    assert.equal(span.name, 'publish amq.rabbitmq.reply-to')
    assert.ok(!JSON.stringify(span).includes(replyTo))
  })

  test('a trace may begin with the broker, and the consumer is told of it', async () => {
    const own = new Collector()
    const sampling = [
      'otel.traces.sampler = parentbased_traceidratio',
      'otel.traces.sampler_arg = 1',
    ]
    const broker = await start(await own.start(), ...sampling)
    try {
      const connection = await connect(`amqp://127.0.0.1:${broker.amqpPort}`)
      const wire = await connection.createChannel()
      await wire.assertQueue('q')
      wire.sendToQueue('q', Buffer.from('plain'), { contentType: 'text/plain', headers: { a: 1 } })
      const message = await new Promise<ConsumeMessage>((resolve) => {
        void wire.consume('q', (delivered) => {
          if (delivered !== null) resolve(delivered)
        })
      })
      wire.ack(message)
      const [publish, deliver, ack] = (await own.take(3)) as [OtlpSpan, OtlpSpan, OtlpSpan]
      assert.equal(publish.parentSpanId, undefined)
      assert.deepEqual(message.properties.headers, {
        a: 1,
        traceparent: `00-${publish.traceId}-${publish.spanId}-01`,
      })
      assert.equal(message.properties.contentType, 'text/plain')
      assert.deepEqual([deliver.parentSpanId, ack.parentSpanId], [publish.spanId, deliver.spanId])
      // The publisher's no counts for more than the broker's yes.
      const headers = { traceparent: `00-${traceId}-${producer}-00` }
      wire.sendToQueue('q', Buffer.from('x'), { headers })
      wire.sendToQueue('q', Buffer.from('x'), {})
      const names = (await own.take(2)).map(({ name }) => name)
      assert.deepEqual(names, ['publish q', 'deliver q'])
      await connection.close()
    } finally {
      await broker.stop()
      own.stop()
    }
  })

  test('a busy collector is asked again; what does not fit is dropped, counted and shown', async () => {
    const own = new Collector()
    own.statuses.push(503, 429)
    const limits = ['otel.bsp.max_queue_size = 2', 'otel.bsp.max_export_batch_size = 1']
    const broker = await start(await own.start(), ...limits)
    try {
      const connection = await connect(`amqp://127.0.0.1:${broker.amqpPort}`)
      const wire = await connection.createConfirmChannel()
      await wire.assertQueue('q')
      const count = 50
      for (let i = 0; i < count; i += 1) {
        wire.sendToQueue('q', Buffer.from('x'), { headers: { traceparent } })
      }
      await wire.waitForConfirms()
      const api = new TestClient(`http://guest:guest@127.0.0.1:${broker.managementPort}`)
      const facts = async (): Promise<Record<string, number>> => {
        const { body } = await api.get('/overview')
        return (body as { telemetry: Record<string, number> }).telemetry
      }
      for (;;) {
        const { exported, dropped, failed, queued } = await facts()
        if (queued === 0 && exported! + dropped! === count) {
          assert.equal(failed, 0)
          assert.ok(dropped! > 0)
          assert.equal(own.spans.length, exported)
          break
        }
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      assert.equal(own.attempts, own.requests.length + 2)
      const metrics = await fetch(`http://127.0.0.1:${broker.managementPort}/metrics`, {
        headers: { authorization: `Basic ${btoa('guest:guest')}` },
      })
      assert.match(await metrics.text(), /warren_trace_spans_total\{outcome="dropped"\} [1-9]/)
      await connection.close()
    } finally {
      await broker.stop()
      own.stop()
    }
  })

  test('a collector that never answers holds nothing up, nor does one that is not there', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const address = silent.address()
    const port = typeof address === 'object' ? address?.port : 0
    await publishOne(`http://127.0.0.1:${port}`)
    silent.closeAllConnections()
    silent.close()
    // Nobody listens there.
    await publishOne('http://127.0.0.1:1')
  })

  async function publishOne(url: string): Promise<void> {
    const broker = await start(url)
    const connection = await connect(`amqp://127.0.0.1:${broker.amqpPort}`)
    const wire = await connection.createConfirmChannel()
    await wire.assertQueue('q')
    wire.sendToQueue('q', Buffer.from('x'), { headers: { traceparent } })
    await wire.waitForConfirms()
    await connection.close()
    await broker.stop()
  }
})
