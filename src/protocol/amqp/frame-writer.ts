// Writes frames into chunks of memory, many into one, for one socket write at the end of a turn.
// Small bodies are copied behind their frames; long ones are referenced where they lie.
//
//   chunk:   | taken before | frames ...........................| body's head | end | free ... |
//   take():                  ^ one piece                                      ^ one piece
//                                                  the body itself lies between them, not copied

import { ByteWriter } from './byte-writer.ts'
import type { Content } from './content.ts'
import { frameEnd, frameOverheadBytes } from './frame-reader.ts'
import type { LongBody } from './long-body.ts'
import { writeMethod } from './method-codec.ts'
import type { MethodArgumentsForWrite, MethodName } from './methods.ts'
import { protocolHeader } from './protocol-header.ts'
import { asBuffer, encodeShortString } from './strings.ts'

export interface FrameWriterOptions {
  /** What connection.tune agreed on; bodies are cut to it. */
  readonly frameMax: number
  /** Memory to write to, at least of that size; asked for only when there is something to write. */
  readonly allocate: (bytesMin: number) => Buffer
  /** Gets back what `take` left unused, so that an idle connection holds none; default: it is kept. */
  readonly release?: (unused: Buffer) => void
  /** Told of each long body that what is taken next will refer to. */
  readonly refers?: (body: LongBody) => void
}

/** What basic.get-ok and basic.return tell besides the content. */
export interface GetOk {
  readonly deliveryTag: number
  readonly redelivered: boolean
  /** Exchange and routing key as two short strings. */
  readonly target: Uint8Array
  readonly messageCount: number
}
export interface Return {
  readonly replyCode: number
  readonly replyText: string
  /** Exchange and routing key as two short strings. */
  readonly target: Uint8Array
}

/** Up to here copying a body costs less than one more piece in the socket's write. */
const copiedBytesMax = 2048
/** Up to here a loop is faster than the call of a native function (measured: 1 ns an octet, 35 ns). */
const loopBytesMax = 28
const acknowledgementFrameBytes = frameOverheadBytes + 13
const unlimited = 2 ** 32 - 1
const high = 2 ** 32
const nothing: Buffer = Buffer.alloc(0)

export class FrameWriter {
  /** Octets of contents that were copied, not referred to. */
  copiedBytes = 0
  readonly #allocate: (bytesMin: number) => Buffer
  readonly #release: ((unused: Buffer) => void) | null
  readonly #refers: ((body: LongBody) => void) | null
  #frameMax: number
  #partMax = 0
  #chunk: Buffer = nothing
  /** The chunk's octets from `begin` to `at` have been written and not been taken. */
  #begin = 0
  #at = 0
  #pieces: Buffer[] = []
  #piecesBytes = 0
  readonly #scratch = new ByteWriter(512)

  constructor(options: FrameWriterOptions) {
    this.#allocate = options.allocate
    this.#release = options.release ?? null
    this.#refers = options.refers ?? null
    this.#frameMax = options.frameMax
    this.frameMax = options.frameMax
  }

  get frameMax(): number {
    return this.#frameMax
  }

  set frameMax(bytes: number) {
    this.#frameMax = bytes
    this.#partMax = bytes === 0 ? unlimited : bytes - frameOverheadBytes
  }

  /** Octets written and not taken. */
  get pendingBytes(): number {
    return this.#piecesBytes + this.#at - this.#begin
  }

  /** What to write, in order; the memory must stay as it is until it has been written. */
  take(): Buffer[] {
    this.#cut()
    const pieces = this.#pieces
    this.#pieces = []
    this.#piecesBytes = 0
    if (this.#release !== null && this.#chunk.length > 0) {
      this.#release(this.#chunk.subarray(this.#at))
      this.#chunk = nothing
      this.#begin = 0
      this.#at = 0
    }
    return pieces
  }

  method<Name extends MethodName>(
    channel: number,
    name: Name,
    values: MethodArgumentsForWrite<Name>,
  ): void {
    const scratch = this.#scratch
    scratch.clear()
    writeMethod(scratch, name, values)
    this.#room(frameOverheadBytes + scratch.length)
    this.#head(1, channel, scratch.length)
    this.#put(scratch.view(), 0, scratch.length)
    this.#chunk[this.#at++] = frameEnd
  }

  // An object for the arguments would be garbage for every message delivered.
  // biome-ignore lint/complexity/useMaxParams: see above
  deliver(
    channel: number,
    consumerTag: Uint8Array,
    deliveryTag: number,
    redelivered: boolean,
    target: Uint8Array,
    content: Content,
  ): void {
    const size = 13 + consumerTag.length + target.length
    this.#room(size + frameOverheadBytes)
    this.#head(1, channel, size)
    this.#key(60)
    this.#put(consumerTag, 0, consumerTag.length)
    this.#tag(deliveryTag)
    this.#chunk[this.#at++] = redelivered ? 1 : 0
    this.#put(target, 0, target.length)
    this.#chunk[this.#at++] = frameEnd
    this.#content(channel, content)
  }

  getOk(channel: number, values: GetOk, content: Content): void {
    const { deliveryTag, redelivered, target, messageCount } = values
    const size = 17 + target.length
    this.#room(size + frameOverheadBytes)
    this.#head(1, channel, size)
    this.#key(71)
    this.#tag(deliveryTag)
    this.#chunk[this.#at++] = redelivered ? 1 : 0
    this.#put(target, 0, target.length)
    this.#long(messageCount)
    this.#chunk[this.#at++] = frameEnd
    this.#content(channel, content)
  }

  basicReturn(channel: number, values: Return, content: Content): void {
    const text = encodeShortString(values.replyText)
    const size = 6 + text.length + values.target.length
    this.#room(size + frameOverheadBytes)
    this.#head(1, channel, size)
    this.#key(50)
    this.#chunk[this.#at++] = values.replyCode >>> 8
    this.#chunk[this.#at++] = values.replyCode
    this.#put(text, 0, text.length)
    this.#put(values.target, 0, values.target.length)
    this.#chunk[this.#at++] = frameEnd
    this.#content(channel, content)
  }

  ack(channel: number, deliveryTag: number, multiple: boolean): void {
    this.#acknowledge(channel, 80, deliveryTag, multiple)
  }

  /** As publisher confirms use it: without the requeue bit. */
  nack(channel: number, deliveryTag: number, multiple: boolean): void {
    this.#acknowledge(channel, 120, deliveryTag, multiple)
  }

  #acknowledge(channel: number, methodId: number, deliveryTag: number, multiple: boolean): void {
    this.#room(acknowledgementFrameBytes)
    this.#head(1, channel, 13)
    this.#key(methodId)
    this.#tag(deliveryTag)
    this.#chunk[this.#at++] = multiple ? 1 : 0
    this.#chunk[this.#at++] = frameEnd
  }

  heartbeat(): void {
    this.#room(frameOverheadBytes)
    this.#head(8, 0, 0)
    this.#chunk[this.#at++] = frameEnd
  }

  protocolHeader(): void {
    this.#room(protocolHeader.length)
    for (const octet of protocolHeader) this.#chunk[this.#at++] = octet
  }

  /** The content header as it came, and the body in as many frames as it takes. */
  #content(channel: number, content: Content): void {
    const headerSize = content.headerEnd - content.headerStart
    const bodySize = content.bodyEnd - content.bodyStart
    if (headerSize + bodySize <= copiedBytesMax && bodySize <= this.#partMax) {
      this.copiedBytes += headerSize + bodySize
      this.#room(headerSize + bodySize + 2 * frameOverheadBytes)
      this.#head(2, channel, headerSize)
      this.#put(content.header, content.headerStart, content.headerEnd)
      this.#chunk[this.#at++] = frameEnd
      if (bodySize === 0) return
      this.#head(3, channel, bodySize)
      this.#put(content.body, content.bodyStart, content.bodyEnd)
      this.#chunk[this.#at++] = frameEnd
      return
    }
    this.#room(frameOverheadBytes)
    this.#head(2, channel, headerSize)
    this.#append(content.header, content.headerStart, content.headerEnd)
    this.#end()
    const { long = null } = content
    if (long !== null) this.#refers?.(long)
    const whole = long?.pieces ?? [content.body.subarray(content.bodyStart, content.bodyEnd)]
    this.#longBody(channel, whole, bodySize)
  }

  /** Frames and pieces need not begin and end together. */
  #longBody(channel: number, pieces: readonly Uint8Array[], bodySize: number): void {
    let index = 0
    let at = 0
    for (let left = bodySize; left > 0; ) {
      let part = Math.min(left, this.#partMax)
      left -= part
      this.#room(frameOverheadBytes)
      this.#head(3, channel, part)
      while (part > 0) {
        const piece = pieces[index]!
        const end = Math.min(piece.length, at + part)
        this.#append(piece, at, end)
        part -= end - at
        at = end
        if (at === piece.length) {
          index += 1
          at = 0
        }
      }
      this.#end()
    }
  }

  /** Copies what is short and refers to what is long. */
  #append(bytes: Uint8Array, start: number, end: number): void {
    if (end - start <= copiedBytesMax) {
      this.copiedBytes += end - start
      this.#room(end - start)
      this.#put(bytes, start, end)
      return
    }
    this.#cut()
    this.#pieces.push(asBuffer(bytes).subarray(start, end))
    this.#piecesBytes += end - start
  }

  #end(): void {
    this.#room(1)
    this.#chunk[this.#at++] = frameEnd
  }

  /** Sees to it that the chunk has room. */
  #room(bytes: number): void {
    if (this.#at + bytes <= this.#chunk.length) return
    this.#cut()
    this.#chunk = this.#allocate(bytes)
    this.#begin = 0
    this.#at = 0
  }

  /** Ends the piece being written. */
  #cut(): void {
    if (this.#at === this.#begin) return
    this.#pieces.push(this.#chunk.subarray(this.#begin, this.#at))
    this.#piecesBytes += this.#at - this.#begin
    this.#begin = this.#at
  }

  #head(type: number, channel: number, size: number): void {
    const chunk = this.#chunk
    const at = this.#at
    chunk[at] = type
    chunk[at + 1] = channel >>> 8
    chunk[at + 2] = channel
    this.#at = at + 3
    this.#long(size)
  }

  #long(value: number): void {
    const chunk = this.#chunk
    const at = this.#at
    chunk[at] = value >>> 24
    chunk[at + 1] = value >>> 16
    chunk[at + 2] = value >>> 8
    chunk[at + 3] = value
    this.#at = at + 4
  }

  #key(basicMethodId: number): void {
    this.#long((60 << 16) | basicMethodId)
  }

  #tag(deliveryTag: number): void {
    this.#long(deliveryTag < high ? 0 : Math.floor(deliveryTag / high))
    this.#long(deliveryTag)
  }

  #put(bytes: Uint8Array, start: number, end: number): void {
    const chunk = this.#chunk
    let at = this.#at
    if (end - start <= loopBytesMax) {
      for (let i = start; i < end; i += 1) chunk[at++] = bytes[i]!
    } else {
      at += asBuffer(bytes).copy(chunk, at, start, end)
    }
    this.#at = at
  }
}
