// What reading a publish and writing a deliver cost, without sockets or a broker: nanoseconds for
// each message, the best of several rounds. Run with `node bench/micro-protocol.ts [body bytes]`.

import {
  basicPublishKey,
  copyPublishArguments,
  methodKey,
  publishArgumentsEqual,
} from '../src/protocol/amqp/fast-methods.ts'
import { FrameKind, FrameReader } from '../src/protocol/amqp/frame-reader.ts'
import { FrameWriter } from '../src/protocol/amqp/frame-writer.ts'
import {
  encodeHeader,
  readBodySize,
  skimDeliveryMode,
  validateHeader,
} from '../src/protocol/amqp/properties.ts'
import { encodeShortString } from '../src/protocol/amqp/strings.ts'

const bodyBytes = Number(process.argv[2] ?? 16)
const messages = 2_000_000
const rounds = 5
const chunkBytes = 65_536
const frameMax = 131_072

const header = encodeHeader(bodyBytes, { deliveryMode: 1 })
const target = Buffer.concat([encodeShortString(''), encodeShortString('some-queue')])
const consumerTag = encodeShortString('amq.ctag-0123456789abcdefghijkl')
const content = {
  header,
  headerStart: 0,
  headerEnd: header.length,
  body: Buffer.alloc(bodyBytes, 'b'),
  bodyStart: 0,
  bodyEnd: bodyBytes,
}
/** A long-lived connection reuses what it has written, as sockets do once a write is done. */
const chunk = Buffer.allocUnsafe(Math.max(chunkBytes, bodyBytes * 2))
const writer = new FrameWriter({ frameMax, allocate: () => chunk })

function publishedChunk(): { readonly bytes: Buffer; readonly count: number } {
  const producer = new FrameWriter({
    frameMax,
    allocate: (n) => Buffer.allocUnsafe(n + chunkBytes),
  })
  // The frames of a publish: a deliver of the same message has the same content frames.
  const publish = { exchange: '', routingKey: 'some-queue', mandatory: false, immediate: false }
  const parts: Buffer[] = []
  let count = 0
  for (let bytes = 0; bytes < chunkBytes - bodyBytes - 100 || count === 0; count += 1) {
    producer.method(1, 'basic.publish', publish)
    const method = Buffer.concat(producer.take())
    producer.deliver(1, consumerTag, 1, false, target, content)
    const delivered = Buffer.concat(producer.take())
    const rest = delivered.subarray(8 + delivered.readUInt32BE(3))
    parts.push(method, rest)
    bytes += method.length + rest.length
  }
  return { bytes: Buffer.concat(parts), count }
}

function read(reader: FrameReader, published: { bytes: Buffer; count: number }): number {
  let previous: Uint8Array = new Uint8Array(0)
  let checksum = 0
  for (let done = 0; done < messages; done += published.count) {
    reader.push(published.bytes)
    for (let kind = reader.next(); kind !== FrameKind.none; kind = reader.next()) {
      const { buffer, start, end } = reader
      if (kind === FrameKind.method) {
        if (methodKey(buffer, start) !== basicPublishKey) throw new Error('not a publish')
        if (!publishArgumentsEqual(buffer, start, end, previous)) {
          previous = copyPublishArguments(buffer, start, end)
        }
      } else if (kind === FrameKind.header) {
        validateHeader(buffer, start, end)
        checksum += readBodySize(buffer, start) + skimDeliveryMode(buffer, start, end)
      } else checksum += end - start
    }
  }
  return checksum
}

function write(): number {
  let bytes = 0
  for (let tag = 1; tag <= messages; tag += 1) {
    writer.deliver(1, consumerTag, tag, false, target, content)
    if (writer.pendingBytes > chunkBytes - 1024 - bodyBytes) {
      bytes += writer.take().length
    }
  }
  return bytes + writer.take().length
}

function best(name: string, run: () => number): void {
  let nanoseconds = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round += 1) {
    const start = process.hrtime.bigint()
    if (run() === 0) throw new Error('nothing was done')
    nanoseconds = Math.min(nanoseconds, Number(process.hrtime.bigint() - start) / messages)
  }
  console.log(`${name}: ${nanoseconds.toFixed(0)} ns per message of ${bodyBytes} bytes`)
}

const published = publishedChunk()
best('read publish, header and body', () => read(new FrameReader(frameMax), published))
best('write deliver', write)
