// Cuts what a socket brings into frames, without copying on the way: a frame that lies wholly in
// one chunk is handed out as a range of that chunk. It knows frames, not methods or their order.
//
//   0      1         3      7                  size+7
//   +------+---------+------+------------------+------+
//   | type | channel | size | payload          | 0xCE |      [AMQP 0-9-1, 4.2.3]
//   +------+---------+------+------------------+------+
//
// A frame that straddles chunks is joined by copying it alone, except for a long body: its pieces
// are handed out as they come, because whoever takes them has to put them together anyway.

import { frameText } from './octets-text.ts'
import { ProtocolError } from './protocol-error.ts'
import { ReplyCode } from './reply-codes.ts'

export const FrameKind = {
  /** Nothing whole is there; push more. */
  none: 0,
  method: 1,
  header: 2,
  body: 3,
  heartbeat: 8,
  /** A piece of a body frame, the last piece of which comes as `body` and may be empty. */
  bodyPart: 9,
} as const
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind]

export const frameEnd = 0xce
/** Octets of a frame before its payload. */
const headBytes = 7
/** Octets of a frame that are not payload. */
export const frameOverheadBytes = 8
/** Straddling bodies from this size on are handed out in pieces; shorter ones cost less to join. */
export const piecewiseBytesMin = 4096
/** Chunks that wait while the caller does not pull; more are joined, since each costs an object. */
const waitingChunksMax = 32

const Stage = { head: 0, payload: 1, joining: 2, pieces: 3, failed: 4 } as const
type Stage = (typeof Stage)[keyof typeof Stage]

const nothing: Buffer = Buffer.alloc(0)

export class FrameReader {
  /** What `next` found: the payload is `buffer` from `start` to `end`. */
  kind: FrameKind = FrameKind.none
  channel = 0
  buffer: Buffer = nothing
  start = 0
  end = 0
  /** Octets of frames that came in pieces and were joined here. */
  copiedBytes = 0

  #frameMax: number
  #chunk: Buffer = nothing
  /** Where in the chunk the next unread octet lies. */
  #at = 0
  #waiting: Buffer[] = []
  #waitingBytes = 0

  #stage: Stage = Stage.head
  /** The head of a frame whose first octets came at the end of a chunk. */
  readonly #head: Uint8Array = new Uint8Array(headBytes)
  #headLength = 0
  #type = 0
  #size = 0
  /** Payload and end octet of a frame that is being joined. */
  #joined: Buffer = nothing
  #joinedLength = 0
  /** Octets of a body in pieces that have not been handed out. */
  #left = 0

  constructor(frameMax: number) {
    this.#frameMax = frameMax
  }

  /** Octets that were pushed and not looked at. */
  get unreadBytes(): number {
    return this.#chunk.length - this.#at + this.#waitingBytes
  }

  /** Octets of a body frame in pieces that are still to come, without its end. */
  get frameBytesLeft(): number {
    return this.#stage === Stage.pieces ? this.#left : 0
  }

  get frameMax(): number {
    return this.#frameMax
  }

  /** What was agreed on in connection.tune; frames after the one last handed out are held to it. */
  set frameMax(bytes: number) {
    this.#frameMax = bytes
  }

  /** What was pushed and not handed out. */
  get bufferedBytes(): number {
    const joined = this.#stage === Stage.joining ? this.#joinedLength : 0
    return this.unreadBytes + this.#headLength + joined
  }

  /** The reader keeps the chunk, and hands out ranges of it; it must not be written to again. */
  push(chunk: Buffer): void {
    if (this.#stage === Stage.failed || chunk.length === 0) return
    if (this.#at === this.#chunk.length && this.#waiting.length === 0) {
      this.#chunk = chunk
      this.#at = 0
      return
    }
    this.#waiting.push(chunk)
    this.#waitingBytes += chunk.length
    if (this.#waiting.length > waitingChunksMax) this.#waiting = [Buffer.concat(this.#waiting)]
  }

  /** Finds the next frame or piece; throws ProtocolError, after which it finds nothing any more. */
  next(): FrameKind {
    if (this.#stage === Stage.head && this.#headLength === 0) {
      const chunk = this.#chunk
      const at = this.#at
      if (chunk.length - at >= frameOverheadBytes) {
        const type = chunk[at]!
        const size =
          ((chunk[at + 3]! << 24) |
            (chunk[at + 4]! << 16) |
            (chunk[at + 5]! << 8) |
            chunk[at + 6]!) >>>
          0
        const start = at + headBytes
        const end = start + size
        if (
          end < chunk.length &&
          size <= this.#frameMax &&
          chunk[end] === frameEnd &&
          (type === FrameKind.method || type === FrameKind.header || type === FrameKind.body) &&
          size >= payloadBytesMin(type)
        ) {
          this.channel = (chunk[at + 1]! << 8) | chunk[at + 2]!
          this.buffer = chunk
          this.start = start
          this.end = end
          this.kind = type
          this.#at = end + 1
          return type
        }
      }
    }
    return this.#nextSlowly()
  }

  #nextSlowly(): FrameKind {
    for (;;) {
      const kind = this.#step()
      if (kind !== FrameKind.none) {
        this.kind = kind
        return kind
      }
      if (this.#at < this.#chunk.length) continue
      if (this.#waiting.length === 0) break
      this.#chunk = this.#waiting.shift()!
      this.#waitingBytes -= this.#chunk.length
      this.#at = 0
    }
    // An idle connection keeps no chunk alive.
    this.#chunk = nothing
    this.#at = 0
    this.buffer = nothing
    this.kind = FrameKind.none
    return FrameKind.none
  }

  /** Goes on by one stage, or as far as the chunk reaches. */
  #step(): FrameKind {
    switch (this.#stage) {
      case Stage.head:
        this.#readHead()
        return FrameKind.none
      case Stage.payload:
        return this.#beginPayload()
      case Stage.joining:
        return this.#join()
      case Stage.pieces:
        return this.#takePiece()
      case Stage.failed:
        this.#at = this.#chunk.length
        return FrameKind.none
    }
  }

  #readHead(): void {
    const head = this.#head
    while (this.#headLength < headBytes && this.#at < this.#chunk.length) {
      head[this.#headLength] = this.#chunk[this.#at]!
      this.#headLength += 1
      this.#at += 1
    }
    if (this.#headLength < headBytes) return
    this.#headLength = 0
    this.#type = head[0]!
    this.channel = (head[1]! << 8) | head[2]!
    this.#size = ((head[3]! << 24) | (head[4]! << 16) | (head[5]! << 8) | head[6]!) >>> 0
    // RabbitMQ grants as much again as a frame has around its payload.
    if (this.#size > this.#frameMax) {
      const allowed = this.#frameMax - frameOverheadBytes
      // None of its payload is looked at.
      this.buffer = nothing
      this.start = 0
      this.end = 0
      throw this.#fail(`{frame_too_large,${this.#size},${allowed}}`)
    }
    this.#stage = Stage.payload
  }

  #beginPayload(): FrameKind {
    const available = this.#chunk.length - this.#at
    const needed = this.#size + 1
    if (available >= needed) {
      this.#at += needed
      return this.#finish(this.#chunk, this.#at - needed)
    }
    if (this.#type === FrameKind.body && this.#size >= piecewiseBytesMin) {
      this.#left = this.#size
      this.#stage = Stage.pieces
      return this.#takePiece()
    }
    this.#joined = Buffer.allocUnsafe(needed)
    this.#joinedLength = 0
    this.#stage = Stage.joining
    return this.#join()
  }

  #join(): FrameKind {
    const count = Math.min(this.#chunk.length - this.#at, this.#size + 1 - this.#joinedLength)
    this.#chunk.copy(this.#joined, this.#joinedLength, this.#at, this.#at + count)
    this.#joinedLength += count
    this.copiedBytes += count
    this.#at += count
    if (this.#joinedLength <= this.#size) return FrameKind.none
    const joined = this.#joined
    this.#joined = nothing
    return this.#finish(joined, 0)
  }

  #takePiece(): FrameKind {
    const available = this.#chunk.length - this.#at
    if (available === 0) return FrameKind.none
    this.buffer = this.#chunk
    this.start = this.#at
    if (available <= this.#left) {
      this.#left -= available
      this.#at = this.#chunk.length
      this.end = this.#at
      return FrameKind.bodyPart
    }
    this.end = this.#at + this.#left
    this.#at = this.end + 1
    this.#checkEnd()
    this.#stage = Stage.head
    return FrameKind.body
  }

  /** The whole payload lies in `buffer` at `start`, and its end octet behind it. */
  #finish(buffer: Buffer, start: number): FrameKind {
    this.buffer = buffer
    this.start = start
    this.end = start + this.#size
    this.#checkEnd()
    const type = this.#type
    if (type === FrameKind.heartbeat && this.#size === 0) {
      // The frame itself is whole: what follows it can be read.
      if (this.channel !== 0) {
        this.#stage = Stage.head
        const text = frameText(type, { bytes: buffer, start, end: start })
        throw new ProtocolError(ReplyCode.unexpectedFrame, text)
      }
    } else if (
      (type !== FrameKind.method && type !== FrameKind.header && type !== FrameKind.body) ||
      this.#size < payloadBytesMin(type)
    ) {
      throw this.#fail('unknown_frame')
    }
    this.#stage = Stage.head
    return type
  }

  #checkEnd(): void {
    const octet = this.buffer[this.end]!
    if (octet !== frameEnd) throw this.#fail(`{invalid_frame_end_marker,${octet}}`)
  }

  /** The error in RabbitMQ's words, after which nothing can be read any more. */
  #fail(reason: string): ProtocolError {
    const payload = { bytes: this.buffer, start: this.start, end: this.end }
    const text = frameText(this.#type, payload)
    this.#stage = Stage.failed
    this.#chunk = nothing
    this.#at = 0
    this.#waiting = []
    this.#waitingBytes = 0
    this.buffer = nothing
    return new ProtocolError(ReplyCode.frameError, `${text}: ${reason}`)
  }
}

/** Below this RabbitMQ does not take the frame for one of its type. */
function payloadBytesMin(type: number): number {
  if (type === FrameKind.method) return 4
  return type === FrameKind.header ? 12 : 0
}
