// Bad events in good ZeroMQ messages, and bad ZMTP. What is no event is dropped without an answer,
// so what shows that the server lives is the good call that follows.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Dealer } from 'zeromq'
import { EventCodec } from '../../../src/rpc/zerorpc/codec.ts'
import type { Attacker } from './attacker.ts'
import { bad, noise, pick, type Random } from './inputs.ts'
import { recorded, sampleValue } from './recorder.ts'

function greeting(mechanism: string): Buffer {
  const bytes = Buffer.alloc(64)
  bytes.set(Buffer.from('ff00000000000000017f0301', 'hex'))
  bytes.write(mechanism, 12, 'latin1')
  return bytes
}

const ready = Buffer.from(
  '04290552454144590b536f636b65742d54797065000000064445414c4552084964656e7469747900000000',
  'hex',
)

/** ZMTP that promises gigabytes, never ends, or is another mechanism's [ZMTP 3.1]. */
function cruelZmtp(): Buffer[] {
  const open = Buffer.concat([greeting('NULL'), ready])
  const after = (hex: string): Buffer => Buffer.concat([open, Buffer.from(hex, 'hex')])
  return [
    after('027fffffffffffffff'),
    after('02ffffffffffffffff00'),
    after('0200000000ffffffff'),
    after('0000'),
    after('0100'.repeat(2000)),
    after('0100ff'),
    after('0601ff'),
    after('04ff0550494e47'),
    after(`0409${'0450494e4700ff6161'}`.repeat(500)),
    after('04060943414e43454c'),
    Buffer.concat([greeting('NULL'), Buffer.from('0600000000ffffffff', 'hex')]),
    greeting('CURVE'),
    greeting('PLAIN'),
    greeting('GSSAPI'),
    Buffer.from('ff00000000000000017f01', 'hex'),
    Buffer.from('0100', 'hex'),
  ]
}

/** MessagePack that promises what does not follow, or nests for ever. */
function cruelEvents(codec: EventCodec): Buffer[] {
  const header = { message_id: Buffer.alloc(32, 0x61), v: 3 }
  const start = Buffer.from(codec.encode({ header, name: 'echo', args: [1] })).subarray(0, -2)
  const with_ = (bytes: Buffer): Buffer => Buffer.concat([start, bytes])
  return [
    with_(Buffer.alloc(50_000, 0x91)),
    with_(Buffer.alloc(50_000, 0x81)),
    with_(Buffer.from('ddffffffff', 'hex')),
    with_(Buffer.from('dfffffffff', 'hex')),
    with_(Buffer.from('91dbffffffff', 'hex')),
    with_(Buffer.from('91c6ffffffff', 'hex')),
    with_(Buffer.from('91c9ffffffff01', 'hex')),
    with_(Buffer.from('91d6ff00000000', 'hex')),
    with_(Buffer.from('91d7ffffffffffffffffff', 'hex')),
    Buffer.from('93c0c0c0', 'hex'),
    Buffer.from('c1', 'hex'),
    Buffer.alloc(0),
  ]
}

class ZerorpcAttacker implements Attacker {
  readonly port: number
  readonly rawPercent = 25
  readonly rawSamples: readonly Buffer[]
  readonly #codec = new EventCodec(undefined)
  readonly #events: readonly Buffer[]
  readonly #cruel: readonly Buffer[]
  readonly #dealers: Dealer[] = []
  #sent = 0

  constructor(url: string, traffic: readonly Buffer[]) {
    this.port = Number(new URL(url).port)
    this.rawSamples = [...traffic, ...cruelZmtp()]
    this.#cruel = cruelEvents(this.#codec)
    const header = { message_id: Buffer.alloc(32, 0x61), v: 3, 'x-trace': 'abc', timeout_ms: 900 }
    const answering = { message_id: 'other', response_to: Buffer.alloc(32, 0x61), v: 3 }
    this.#events = [
      { header, name: 'echo', args: [sampleValue] },
      { header: { message_id: 'text-id' }, name: 'add', args: [1, 2] },
      { header: { message_id: 7, v: 2 }, name: 'nope', args: [] },
      { header, name: 'count', args: [20] },
      { header, name: '_zerorpc_inspect', args: [] },
      { header, name: '_zerorpc_help', args: ['add'] },
      { header: answering, name: '_zpc_hb', args: [0] },
      { header: answering, name: '_zpc_more', args: [100] },
      { header: { ...answering, cancel: true }, name: '_zpc_hb', args: [0] },
      { header: answering, name: 'STREAM', args: 2n ** 63n },
    ].map((event) => Buffer.from(this.#codec.encode(event)))
    for (let i = 0; i < 4; i++) this.#dealers.push(this.#dealer())
  }

  #dealer(): Dealer {
    const dealer = new Dealer({ linger: 0, receiveHighWaterMark: 10_000 })
    dealer.connect(`tcp://127.0.0.1:${this.port}`)
    const drain = async (): Promise<void> => {
      for await (const _ of dealer);
    }
    drain().catch(() => undefined)
    return dealer
  }

  async framed(random: Random): Promise<void> {
    const index = Math.floor(random() * this.#dealers.length)
    const dealer = this.#dealers[index] as Dealer
    const kind = random()
    const payload = kind < 0.05 ? pick(this.#cruel, random) : bad(this.#events, random)
    const frames =
      kind > 0.97
        ? Array.from({ length: Math.floor(random() * 30) + 1 }, () => noise(random, 40))
        : ['', payload]
    // Beyond the server's limit: it cuts the connection, and the socket makes a new one.
    if (random() < 0.002) frames.push(Buffer.alloc(70_000))
    await dealer.send(frames).catch(() => undefined)
    this.#sent += 1
    if (this.#sent % 50 === 0) await nextTurn()
    if (random() < 0.002) {
      dealer.close()
      this.#dealers[index] = this.#dealer()
    }
  }

  async close(): Promise<void> {
    for (const dealer of this.#dealers) dealer.close()
  }
}

export async function openZerorpcAttacker(url: string): Promise<Attacker> {
  const traffic = await recorded(url, (port) => `zerorpc://127.0.0.1:${port}`)
  return new ZerorpcAttacker(url, traffic)
}
