import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { after, afterEach, before, test } from 'node:test'
import { FrameKind, FrameReader } from '../protocol/amqp/frame-reader.ts'
import { encodeHeader } from '../protocol/amqp/properties.ts'
import { BodyBlocks } from './body-blocks.ts'
import { DirectReader } from './direct-reader.ts'
import { IncomingContent } from './incoming-content.ts'

const frameMax = 131_072
const body = Buffer.alloc(600_000, 'a long body ')
// Node must not have read of the sockets before the reader does.
const listener = createServer({ pauseOnConnect: true })
let server: Socket
let client: Socket

before(async () => {
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
})
after(() => listener.close())
afterEach(() => {
  client.destroy()
  server.destroy()
})

function bodyFrame(channel: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(7)
  head.writeUInt8(3)
  head.writeUInt16BE(channel, 1)
  head.writeUInt32BE(payload.length, 3)
  return Buffer.concat([head, payload, Buffer.of(0xce)])
}

function framesOf(whole: Buffer): Buffer[] {
  const frames: Buffer[] = []
  for (let at = 0; at < whole.length; at += frameMax - 8)
    frames.push(bodyFrame(1, whole.subarray(at, at + frameMax - 8)))
  return frames
}

/** A content of which Node has brought the first bytes, on a socket that has got the others. */
async function begun(rest: (frames: Buffer) => Buffer) {
  const accepted = once(listener, 'connection')
  client = connect((listener.address() as AddressInfo).port, '127.0.0.1')
  ;[server] = (await accepted) as [Socket]
  const counters = { copiedBytes: 0 }
  const content = new IncomingContent(counters)
  const header = Buffer.from(encodeHeader(body.length, {}))
  content.begin(header, 0, header.length, body.length)
  const { long } = content
  const frames = new FrameReader(frameMax)
  const host = {
    get incoming(): IncomingContent | null {
      return content.complete ? null : content
    },
    takePiece(piece: Buffer): number {
      frames.push(piece)
      let count = 0
      for (let kind = frames.next(); kind !== FrameKind.none; kind = frames.next()) {
        count += 1
        if (frames.channel === 1) content.add(frames.buffer, frames.start, frames.end)
      }
      return count
    },
  }
  const stream = Buffer.concat(framesOf(body))
  host.takePiece(stream.subarray(0, 65_536))
  await new Promise((resolve) => client.write(rest(stream.subarray(65_536)), resolve))
  await new Promise((resolve) => setTimeout(resolve, 30))
  const given: number[] = []
  const blocks = new BodyBlocks(() => {})
  const giveBack = blocks.giveBack.bind(blocks)
  blocks.giveBack = (block: ArrayBuffer): void => {
    given.push(block.byteLength)
    giveBack(block)
  }
  const reader = new DirectReader(server, frames, blocks, host)
  return { reader, content, long: long!, given, host }
}

/** Reads on, as the system hands on what was sent, until so little is missing that Node reads it. */
async function readMost(reader: DirectReader, content: IncomingContent): Promise<void> {
  for (;;) {
    reader.readOn(65_536)
    if (content.missingBytes < 128 << 10) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** What has been read of the body is as it was sent. */
function assertBegins(pieces: Uint8Array[], { missingBytes }: IncomingContent): void {
  assert.ok(Buffer.concat(pieces).equals(body.subarray(0, body.length - missingBytes)))
}

/** All that Node still finds in the socket: it ends with what was sent last. */
async function readLeft(bytesMin: number): Promise<Buffer> {
  client.end()
  const chunks: Buffer[] = []
  for await (const chunk of server) chunks.push(chunk as Buffer)
  const left = Buffer.concat(chunks)
  assert.ok(left.length >= bytesMin)
  return left
}

test('the rest of a body comes in a block of its own, and what follows it stays in the socket', async () => {
  const next = Buffer.from('the next message')
  const { reader, content, long, given, host } = await begun((frames) =>
    Buffer.concat([frames, next]),
  )
  await readMost(reader, content)
  assertBegins(long.pieces, content)
  let left = await readLeft(next.length)
  // What the system had not handed on yet comes by Node, as after each chunk of its own.
  if (!content.complete) {
    host.takePiece(left.subarray(0, -next.length))
    left = left.subarray(-next.length)
  }
  assert.equal(content.complete, true)
  assert.deepEqual(left, next)
  long.done()
  assert.deepEqual(given, [1 << 20])
})

test('frames of another channel between those of the body leave the block to the collector', async () => {
  const other = bodyFrame(2, Buffer.alloc(5000, 'x'))
  const { reader, content, long, given } = await begun((frames) => {
    const first = 131_072 - 65_536
    return Buffer.concat([frames.subarray(0, first), other, frames.subarray(first)])
  })
  await readMost(reader, content)
  assertBegins(long.pieces, content)
  long.done()
  assert.deepEqual(given, [])
})

test('nothing is read of a socket that has gone', async () => {
  const { reader, content } = await begun((frames) => frames)
  const missing = content.missingBytes
  server.destroy()
  reader.readOn(65_536)
  assert.equal(content.missingBytes, missing)
})

test('a socket that has nothing to read is left to Node', async () => {
  const { reader, content } = await begun((frames) => frames.subarray(0, 0))
  const missing = content.missingBytes
  reader.readOn(65_536)
  assert.equal(content.missingBytes, missing)
  assert.equal(server.destroyed, false)
})
