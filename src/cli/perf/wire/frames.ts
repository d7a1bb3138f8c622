// Builds whole frames: method calls and the three parts of a published message.
//
//   0      1         3      7                  size+7
//   +------+---------+------+------------------+------+
//   | type | channel | size | payload          | 0xCE |      [AMQP 4.2.3]
//   +------+---------+------+------------------+------+
import { ByteWriter, type Table } from './byte-writer.ts'
import { BASIC_CLASS, FRAME, FRAME_END, FRAME_OVERHEAD, METHOD } from './methods.ts'

export const PROTOCOL_HEADER: Buffer = Buffer.from('AMQP\x00\x00\x09\x01', 'latin1')

type Fill = (writer: ByteWriter) => void

export function methodFrame(channel: number, method: number, fill: Fill = () => {}): Buffer {
  const payload = new ByteWriter().u32(method)
  fill(payload)
  return frame(FRAME.method, channel, payload.finish())
}

function frame(type: number, channel: number, payload: Uint8Array): Buffer {
  const writer = new ByteWriter(payload.length + FRAME_OVERHEAD)
  writer.u8(type).u16(channel).u32(payload.length).append(payload).u8(FRAME_END)
  return writer.finish()
}

export type Properties = {
  readonly headers?: Table
  readonly persistent?: boolean
  readonly priority?: number
  readonly correlationId?: string
  readonly replyTo?: string
  readonly expiration?: string
}

export type Message = {
  readonly exchange: string
  readonly routingKey: string
  readonly mandatory: boolean
  readonly properties: Properties
  readonly size: number
}

/** The method and header frames of a publish. */
export function publishHead(channel: number, message: Message): Buffer {
  const method = methodFrame(channel, METHOD.basicPublish, (writer) =>
    writer
      .u16(0)
      .shortString(message.exchange)
      .shortString(message.routingKey)
      .u8(message.mandatory ? 1 : 0),
  )
  return Buffer.concat([method, headerFrame(channel, message.size, message.properties)])
}

/** Property flags are numbered from the highest bit down. [AMQP 4.2.6.1] */
export function headerFrame(channel: number, size: number, properties: Properties): Buffer {
  const payload = new ByteWriter().u16(BASIC_CLASS).u16(0).u64(size)
  const { headers, persistent, priority, correlationId, replyTo, expiration } = properties
  let flags = 0
  const values = new ByteWriter()
  if (headers !== undefined) {
    flags |= 1 << 13
    values.table(headers)
  }
  if (persistent !== undefined) {
    flags |= 1 << 12
    values.u8(persistent ? 2 : 1)
  }
  if (priority !== undefined) {
    flags |= 1 << 11
    values.u8(priority)
  }
  if (correlationId !== undefined) {
    flags |= 1 << 10
    values.shortString(correlationId)
  }
  if (replyTo !== undefined) {
    flags |= 1 << 9
    values.shortString(replyTo)
  }
  if (expiration !== undefined) {
    flags |= 1 << 8
    values.shortString(expiration)
  }
  payload.u16(flags).append(values.finish())
  return frame(FRAME.header, channel, payload.finish())
}

/** Writes a body of `size` octets as frames of at most `frameMax` and returns where its first octet lies. */
export function appendBody(
  writer: ByteWriter,
  channel: number,
  body: { readonly size: number; readonly frameMax: number },
): number {
  const partMax = body.frameMax - FRAME_OVERHEAD
  let firstAt = -1
  for (let done = 0; done < body.size; ) {
    const part = Math.min(partMax, body.size - done)
    writer.u8(FRAME.body).u16(channel).u32(part)
    if (firstAt < 0) firstAt = writer.length
    writer.fill(part, 0).u8(FRAME_END)
    done += part
  }
  return firstAt
}
