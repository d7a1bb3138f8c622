// Bad requests on the worker's queue, and bad AMQP for the broker between. Every request that says
// where to reply to gets a reply; what cannot be read is not delivered again.
import amqplib, { type Channel, type ChannelModel, type ConsumeMessage } from 'amqplib'
import { MessagePackCodec } from '../../../src/rpc/message-pack/codec.ts'
import type { Attacker } from './attacker.ts'
import { bad, noise, pick, type Random } from './inputs.ts'
import { fuzzQueue } from './protocol.ts'
import { recorded, sampleValue } from './recorder.ts'

function frame(type: number, channel: number, payload: Buffer, length = payload.length): Buffer {
  const head = Buffer.alloc(7)
  head[0] = type
  head.writeUInt16BE(channel, 1)
  head.writeUInt32BE(length, 3)
  return Buffer.concat([head, payload, Buffer.from([0xce])])
}

/** Frames that promise gigabytes, tables in tables, and methods out of turn [AMQP 4.2]. */
function cruelAmqp(): Buffer[] {
  const header = Buffer.from('AMQP\x00\x00\x09\x01', 'latin1')
  const startOk = (table: Buffer): Buffer => {
    const size = Buffer.alloc(4)
    size.writeUInt32BE(table.length)
    return frame(1, 0, Buffer.concat([Buffer.from('000a000b', 'hex'), size, table]))
  }
  const nested = Buffer.from('0161460000'.repeat(2000), 'hex')
  const cases: Buffer[][] = [
    [header, frame(1, 0, Buffer.from('000a000b', 'hex'), 0xffffffff)],
    [header, frame(1, 0, Buffer.from('000a000bffffffff', 'hex'))],
    [header, startOk(nested)],
    [header, startOk(Buffer.from('01615300ffffff', 'hex'))],
    [header, frame(2, 1, Buffer.from('003c0000ffffffffffffffff0000', 'hex'))],
    [header, frame(3, 1, Buffer.alloc(100))],
    [header, frame(8, 0, Buffer.alloc(0)), frame(8, 0, Buffer.alloc(0))],
    [header, frame(99, 0xffff, Buffer.alloc(10))],
    [header, header, header],
    [Buffer.from('AMQP\x00\x01\x00\x00', 'latin1')],
    [Buffer.from('HTTP/1.1 200 OK\r\n\r\n')],
  ]
  return cases.map((frames) => Buffer.concat(frames))
}

const messagePack = new MessagePackCodec()
const jsonBodies: readonly Buffer[] = [
  JSON.stringify({ jsonrpc: '2.0', method: 'echo', params: [sampleValue], id: 'a' }),
  '{"jsonrpc":"2.0","method":"add","params":{"a":1,"b":2},"id":1}',
  '{"jsonrpc":"2.0","method":"count","params":[20],"id":2}',
  '{"pattern":"echo","data":{"a":[1]},"id":"x"}',
  '{"pattern":{"cmd":"add"},"data":1,"id":"y"}',
  '{"jsonrpc":"2.0","method":"rpc.describe","id":3}',
  '832040',
  '["not","a","request"]',
  `{"jsonrpc":"2.0","method":"echo","params":[${'['.repeat(20_000)}`,
  `{"pattern":"echo","data":${'[['.repeat(10_000)}${']]'.repeat(10_000)},"id":1}`,
].map((text) => Buffer.from(text))
const packedBodies: readonly Buffer[] = [
  ...[
    { jsonrpc: '2.0', method: 'echo', params: [sampleValue], id: 'a' },
    { jsonrpc: '2.0', method: 'count', params: [20], id: 2 },
  ].map((value) => Buffer.from(messagePack.encode(value))),
  Buffer.alloc(50_000, 0x91),
  Buffer.from('ddffffffff', 'hex'),
]

class AmqpAttacker implements Attacker {
  readonly port: number
  readonly rawPercent = 10
  readonly rawSamples: readonly Buffer[]
  readonly #model: ChannelModel
  readonly #channel: Channel
  readonly #waiting = new Map<string, () => void>()
  #controlQueue = 'rpc.nobody'
  #lastId = 0

  constructor(url: string, model: ChannelModel, channel: Channel, traffic: readonly Buffer[]) {
    this.port = Number(new URL(url).port)
    this.rawSamples = [...traffic, ...cruelAmqp()]
    this.#model = model
    this.#channel = channel
  }

  async start(): Promise<void> {
    const replied = (message: ConsumeMessage | null): void => {
      const { correlationId, replyTo } = message?.properties ?? {}
      if (typeof replyTo === 'string') this.#controlQueue = replyTo
      this.#waiting.get(String(correlationId))?.()
      this.#waiting.delete(String(correlationId))
    }
    await this.#channel.consume('amq.rabbitmq.reply-to', replied, { noAck: true })
  }

  async framed(random: Random): Promise<void> {
    const kind = random()
    if (kind < 0.1) return this.#control(random)
    const isPacked = kind < 0.4
    const body =
      kind > 0.97 ? noise(random, 70_000) : bad(isPacked ? packedBodies : jsonBodies, random)
    const content = isPacked ? 'application/msgpack' : 'application/json'
    this.#lastId += 1
    const id = `fuzz-${this.#lastId}`
    const answers = random() < 0.5
    this.#channel.publish('', fuzzQueue, body, {
      correlationId: id,
      ...(answers ? { replyTo: 'amq.rabbitmq.reply-to' } : {}),
      ...(random() < 0.8 ? { contentType: content } : {}),
      ...(random() < 0.8 ? { type: pick(['echo', '', 'x'.repeat(200)], random) } : {}),
      headers: this.#headers(random),
    })
    // A notification has no reply, and mutations make many: the answers only set the pace.
    if (answers && this.#lastId % 4 === 0) await this.#repliedOrSoon(id)
  }

  async close(): Promise<void> {
    await this.#model.close()
  }

  #headers(random: Random): Record<string, unknown> {
    const value = (): unknown =>
      pick([0, -1, 1e300, 'x', 2 ** 40, true, { a: { b: [1] } }, Date.now() + 5000, null], random)
    return {
      ...(random() < 0.2 ? { 'x-rpc-deadline': value() } : {}),
      ...(random() < 0.2 ? { 'x-rpc-window': value() } : {}),
      ...(random() < 0.1 ? { 'x-delivery-count': value() } : {}),
      ...(random() < 0.1 ? { traceparent: value() } : {}),
    }
  }

  /** To the worker's own queue, and to the exchange that all workers listen to. */
  #control(random: Random): void {
    const direct = random() < 0.5
    const properties = {
      type: pick(['rpc.cancel', 'rpc.more', 'x'], random),
      correlationId: `fuzz-${Math.floor(random() * (this.#lastId + 10))}`,
      headers: { count: pick([1, 5, -1, 1e308, 'x', null], random) },
    }
    const [exchange, key] = direct ? ['', this.#controlQueue] : ['rpc.control', '']
    this.#channel.publish(exchange, key, noise(random, 20), properties)
  }

  #repliedOrSoon(id: string): Promise<void> {
    return new Promise<void>((resolve) => {
      const timer = setTimeout(() => resolve(), 10)
      this.#waiting.set(id, () => {
        clearTimeout(timer)
        resolve()
      })
    }).then(() => {
      this.#waiting.delete(id)
    })
  }
}

export async function openAmqpAttacker(url: string): Promise<Attacker> {
  const through = (port: number): string => {
    const target = new URL(url)
    target.port = String(port)
    return target.href
  }
  const traffic = await recorded(url, through)
  const broker = new URL(url)
  broker.search = ''
  const model = await amqplib.connect(broker.href, { noDelay: true })
  const attacker = new AmqpAttacker(url, model, await model.createChannel(), traffic)
  await attacker.start()
  return attacker
}
