// Frames, and the messages they make up [ZMTP 3.1, Framing]. Pure.
//
//   frame     flags (1 byte), length (1 byte, or 8 big endian when LONG), body
//   flags     1 MORE: another frame of the message follows   2 LONG   4 COMMAND
import { ZmtpError } from './greeting.ts'

const Flag = { MORE: 1, LONG: 2, COMMAND: 4 } as const
const knownFlags = Flag.MORE | Flag.LONG | Flag.COMMAND
const shortHead = 2
const longHead = 9
/** Routing frames, a delimiter, the payload: more than that is no honest message. */
const framesMax = 32
/** What a frame in pieces gets at first; it grows with what has really come. */
const partialSize = 4096

export interface FrameSink {
  message(frames: Buffer[]): void
  command(body: Buffer): void
}

export class FrameReader {
  readonly #sink: FrameSink
  #bytesMax: number
  #frames: Buffer[] = []
  #messageBytes = 0
  /** The beginning of a frame whose rest has not come yet. */
  #partial: Buffer = Buffer.alloc(0)
  #filled = 0
  #isStopped = false

  /** `bytesMax` holds for a message, all of its frames together, and for a command. */
  constructor(sink: FrameSink, bytesMax: number) {
    this.#sink = sink
    this.#bytesMax = bytesMax
  }

  /** More is allowed to a peer that has introduced itself. */
  allow(bytesMax: number): void {
    this.#bytesMax = bytesMax
  }

  stop(): void {
    this.#isStopped = true
  }

  feed(chunk: Buffer): void {
    let at = this.#filled === 0 ? 0 : this.#complete(chunk)
    while (at < chunk.length && !this.#isStopped) {
      const need = this.#needed(chunk, at, chunk.length)
      if (chunk.length - at < need) {
        this.#keep(chunk, at, chunk.length)
        return
      }
      this.#deliver(chunk, at, at + need)
      at += need
    }
  }

  /** Adds to the frame that is in pieces; returns how much of the chunk belonged to it. */
  #complete(chunk: Buffer): number {
    let at = 0
    for (;;) {
      const need = this.#needed(this.#partial, 0, this.#filled)
      if (this.#filled >= need) {
        const frame = this.#partial.subarray(0, need)
        this.#filled = 0
        this.#partial = Buffer.alloc(0)
        this.#deliver(frame, 0, need)
        return at
      }
      const end = Math.min(chunk.length, at + need - this.#filled)
      if (end === at) return at
      this.#keep(chunk, at, end)
      at = end
    }
  }

  /** Grows by doubling: many small pieces cost neither copies nor memory beyond what has come. */
  #keep(chunk: Buffer, start: number, end: number): void {
    const size = this.#filled + end - start
    if (size > this.#partial.length) {
      const grown = Buffer.allocUnsafe(Math.max(partialSize, 2 * this.#partial.length, size))
      this.#partial.copy(grown, 0, 0, this.#filled)
      this.#partial = grown
    }
    chunk.copy(this.#partial, this.#filled, start, end)
    this.#filled = size
  }

  /** How many bytes the frame at `at` has, or its head, while that is not complete. */
  #needed(bytes: Buffer, at: number, end: number): number {
    if (end - at < shortHead) return shortHead
    const flags = bytes[at] as number
    if ((flags & ~knownFlags) !== 0) throw new ZmtpError('unknown flags of a frame')
    if ((flags & Flag.COMMAND) !== 0 && (flags & Flag.MORE) !== 0) {
      throw new ZmtpError('a command in several frames')
    }
    if ((flags & Flag.LONG) === 0) return shortHead + this.#allowed(bytes[at + 1] as number)
    if (end - at < longHead) return longHead
    const size = bytes.readUInt32BE(at + 1) * 2 ** 32 + bytes.readUInt32BE(at + 5)
    return longHead + this.#allowed(size)
  }

  #allowed(size: number): number {
    if (this.#messageBytes + size > this.#bytesMax) {
      throw new ZmtpError(`a message of more than ${this.#bytesMax} bytes`)
    }
    return size
  }

  #deliver(bytes: Buffer, start: number, end: number): void {
    const flags = bytes[start] as number
    const head = (flags & Flag.LONG) === 0 ? shortHead : longHead
    const body = bytes.subarray(start + head, end)
    if ((flags & Flag.COMMAND) !== 0) {
      this.#sink.command(body)
      return
    }
    this.#frames.push(body)
    this.#messageBytes += body.length
    if (this.#frames.length > framesMax) throw new ZmtpError('a message of too many frames')
    if ((flags & Flag.MORE) !== 0) return
    const frames = this.#frames
    this.#frames = []
    this.#messageBytes = 0
    this.#sink.message(frames)
  }
}

function headSize(length: number): number {
  return length > 255 ? longHead : shortHead
}

function writeHead(target: Buffer, at: number, flags: number, length: number): number {
  if (length <= 255) {
    target[at] = flags
    target[at + 1] = length
    return at + shortHead
  }
  target[at] = flags | Flag.LONG
  target.writeUInt32BE(Math.floor(length / 2 ** 32), at + 1)
  target.writeUInt32BE(length >>> 0, at + 5)
  return at + longHead
}

/** A whole message as one piece of bytes. */
export function encodeMessage(frames: readonly Uint8Array[]): Buffer {
  let size = 0
  for (const frame of frames) size += headSize(frame.length) + frame.length
  const bytes = Buffer.allocUnsafe(size)
  let at = 0
  for (let i = 0; i < frames.length; i++) {
    const frame = frames[i] as Uint8Array
    at = writeHead(bytes, at, i < frames.length - 1 ? Flag.MORE : 0, frame.length)
    bytes.set(frame, at)
    at += frame.length
  }
  return bytes
}

export function encodeCommandFrame(body: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(headSize(body.length) + body.length)
  const at = writeHead(bytes, 0, Flag.COMMAND, body.length)
  bytes.set(body, at)
  return bytes
}
