// Bad messages in good gRPC calls, and bad HTTP/2. Every call must end with a status, before its
// deadline.
import assert from 'node:assert/strict'
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js'
import { encodeList } from '../../../src/rpc/grpc/codec.ts'
import type { Attacker } from './attacker.ts'
import { bad, noise, pick, type Random } from './inputs.ts'
import { recorded, sampleValue } from './recorder.ts'

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
const FrameType = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const

interface Frame {
  readonly type: number
  readonly flags?: number
  readonly stream?: number
  readonly payload?: Buffer
  /** What the frame claims, when it is not the truth. */
  readonly length?: number
}

function frame({ type, flags = 0, stream = 0, payload = Buffer.alloc(0), length }: Frame): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(length ?? payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** HPACK without table and compression: enough for a request [RFC 7541, 6.2.2]. */
function headers(path: string): Buffer {
  const fields = {
    ':method': 'POST',
    ':scheme': 'http',
    ':path': path,
    ':authority': 'x',
    te: 'trailers',
    'content-type': 'application/grpc',
  }
  return Buffer.concat(
    Object.entries(fields).map(([name, value]) =>
      Buffer.concat([
        Buffer.from([0, name.length]),
        Buffer.from(name),
        Buffer.from([value.length]),
        Buffer.from(value),
      ]),
    ),
  )
}

const repeat = (times: number, make: (index: number) => Buffer): Buffer[] =>
  Array.from({ length: times }, (_, index) => make(index))

function cruelHttp2(): Buffer[] {
  const settings = frame({ type: FrameType.SETTINGS })
  const open = (index: number, flags = 4): Buffer =>
    frame({
      type: FrameType.HEADERS,
      flags,
      stream: 2 * index + 1,
      payload: headers('/rpc.Attacked/add'),
    })
  const message = (claimed: number): Buffer => {
    const bytes = Buffer.alloc(5 + 8)
    bytes.writeUInt32BE(claimed, 1)
    return bytes
  }
  const endless = (claimed: number): Buffer[] => [
    settings,
    open(0),
    frame({ type: FrameType.DATA, flags: 1, stream: 1, payload: message(claimed) }),
  ]
  const cases: Buffer[][] = [
    endless(0xffffffff),
    endless(5_000_000),
    endless(0),
    [settings, open(0), frame({ type: FrameType.DATA, stream: 1, length: 0xffffff })],
    // Calls that are opened and reset at once, faster than they can be served.
    [
      settings,
      ...repeat(400, (i) =>
        Buffer.concat([
          open(i),
          frame({ type: FrameType.RST_STREAM, stream: 2 * i + 1, payload: Buffer.alloc(4) }),
        ]),
      ),
    ],
    [settings, ...repeat(2000, (i) => open(i))],
    [settings, ...repeat(2000, () => settings)],
    [settings, ...repeat(2000, () => frame({ type: FrameType.PING, payload: Buffer.alloc(8) }))],
    [
      settings,
      open(0, 0),
      ...repeat(500, () =>
        frame({ type: FrameType.CONTINUATION, stream: 1, payload: headers('/x') }),
      ),
    ],
    [
      settings,
      ...repeat(3, () =>
        frame({ type: FrameType.WINDOW_UPDATE, payload: Buffer.from('7fffffff', 'hex') }),
      ),
    ],
    [
      settings,
      frame({ type: FrameType.SETTINGS, payload: Buffer.from('000400000000', 'hex') }),
      open(0),
    ],
    [settings, frame({ type: FrameType.GOAWAY, payload: Buffer.alloc(8) }), open(0)],
    [
      settings,
      frame({ type: FrameType.PRIORITY, stream: 1, payload: Buffer.from('0000000100', 'hex') }),
    ],
    [settings, frame({ type: 0xee, flags: 0xff, stream: 0x7fffffff, payload: Buffer.alloc(100) })],
    [frame({ type: FrameType.DATA, stream: 0, payload: Buffer.alloc(10) })],
  ]
  return cases.map((frames) => Buffer.concat([preface, ...frames]))
}

function deepList(depth: number): Buffer {
  let bytes = Buffer.alloc(0)
  for (let i = 0; i < depth && bytes.length < 50_000; i++) {
    const head = (tag: number, length: number): Buffer => {
      const size: number[] = [tag]
      for (let rest = length; ; rest >>>= 7) {
        if (rest < 0x80) {
          size.push(rest)
          break
        }
        size.push((rest & 0x7f) | 0x80)
      }
      return Buffer.from(size)
    }
    const list = Buffer.concat([head(0x0a, bytes.length), bytes])
    bytes = Buffer.concat([head(0x32, list.length), list])
  }
  return Buffer.concat([Buffer.from([0x0a]), bytes])
}

class GrpcAttacker implements Attacker {
  readonly port: number
  readonly rawPercent = 25
  readonly rawSamples: readonly Buffer[]
  readonly #messages = [
    encodeList([sampleValue]),
    encodeList([1, 2]),
    encodeList([20]),
    encodeList(['text', Buffer.from('abc')]),
    // A request for reflection, and one for health.
    Buffer.from('3a012a', 'hex'),
    Buffer.from('0a0c7270632e41747461636b6564', 'hex'),
    deepList(500),
  ]
  readonly #paths = [
    ...['add', 'echo', 'count', 'fail', 'refuse', 'nope'].map((name) => `/rpc.Attacked/${name}`),
    '/grpc.health.v1.Health/Check',
    '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
    '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
    '/',
  ]
  readonly #client: Client

  constructor(url: string, traffic: readonly Buffer[]) {
    this.port = Number(new URL(url).port)
    this.rawSamples = [...traffic, ...cruelHttp2()]
    this.#client = new Client(`127.0.0.1:${this.port}`, credentials.createInsecure())
  }

  framed(random: Random): Promise<void> {
    const bytes = random() < 0.02 ? noise(random, 70_000) : bad(this.#messages, random)
    const path = pick(this.#paths, random)
    const call = this.#client.makeServerStreamRequest(
      path,
      (given: Buffer) => given,
      (given: Buffer) => given,
      bytes,
      new Metadata(),
      { deadline: Date.now() + 20_000 },
    )
    const leaves = random() < 0.05
    return new Promise((resolve, reject) => {
      call.on('data', () => {
        if (leaves) call.cancel()
      })
      call.on('end', () => resolve())
      call.on('error', (error: ServiceError) => {
        try {
          assert.notEqual(error.code, status.DEADLINE_EXCEEDED, `no answer from ${path}`)
          assert.notEqual(error.code, status.UNAVAILABLE, error.details)
          resolve()
        } catch (reason) {
          reject(reason)
        }
      })
    })
  }

  async close(): Promise<void> {
    this.#client.close()
  }
}

export async function openGrpcAttacker(url: string): Promise<Attacker> {
  const traffic = await recorded(url, (port) => `grpc://127.0.0.1:${port}/rpc.Attacked`)
  return new GrpcAttacker(url, traffic)
}
