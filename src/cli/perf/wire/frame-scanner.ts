// Cuts a byte stream into frames and tells a handler where each lies. It copies only the piece of a
// frame that a read cut in two, allocates nothing, and looks at no more than the first octets of a
// body: what it is handed per second is bounded by memory bandwidth, not by objects.
import { FRAME, FRAME_END, FRAME_OVERHEAD } from './methods.ts'

export type FrameHandler = {
  /** Arguments begin at `at` in `scanner.bytes` and end before `scanner.end`. */
  onMethod(channel: number, method: number, at: number): void
  /** `at` is the first octet of the payload; the whole payload can be read. */
  onHeader(channel: number, bodySize: number, at: number): void
  /** Only the first BODY_VISIBLE octets of the `size` octets at `at` can be relied upon. */
  onBody(channel: number, size: number, at: number): void
}

/** What a handler may read of a body: the stamp and sequence number of `body.ts`. */
export const BODY_VISIBLE = 16
const HEAD = 7

export class FrameScanner {
  readonly #handler: FrameHandler
  /** The memory that holds the frame being handled. */
  bytes: Uint8Array
  view: DataView
  /** Where the payload of the frame being handled ends. */
  end = 0
  #carry = new Uint8Array(512)
  #carryView = new DataView(this.#carry.buffer)
  #carried = 0
  #skip = 0

  constructor(handler: FrameHandler) {
    this.#handler = handler
    this.bytes = this.#carry
    this.view = this.#carryView
  }

  feed(bytes: Uint8Array, view: DataView, length: number): void {
    let at = 0
    if (this.#skip > 0) {
      at = Math.min(this.#skip, length)
      this.#skip -= at
    }
    if (this.#carried > 0) {
      at = this.#completeCarry(bytes, at, length)
      if (this.#carried > 0) return
    }
    this.bytes = bytes
    this.view = view
    while (length - at >= HEAD) {
      const size = view.getUint32(at + 3)
      const needed = visibleOf(bytes[at] as number, size)
      if (length - at < HEAD + needed) break
      this.#dispatch(at, size)
      at += size + FRAME_OVERHEAD
      if (at > length) {
        this.#skip = at - length
        return
      }
      if (bytes[at - 1] !== FRAME_END) throw new Error('the broker sent a frame without its end')
    }
    if (at < length) this.#save(bytes, at, length)
  }

  #save(bytes: Uint8Array, at: number, to: number): number {
    const count = to - at
    const needed = this.#carried + count
    if (needed > this.#carry.length) {
      const grown = new Uint8Array(Math.max(needed, this.#carry.length * 2))
      grown.set(this.#carry.subarray(0, this.#carried))
      this.#carry = grown
      this.#carryView = new DataView(grown.buffer)
    }
    this.#carry.set(bytes.subarray(at, to), this.#carried)
    this.#carried += count
    return to
  }

  /** Moves as much into the carry as the frame begun there needs and handles it when it is whole. */
  #completeCarry(bytes: Uint8Array, from: number, length: number): number {
    let at = from
    if (this.#carried < HEAD) {
      at = this.#save(bytes, at, Math.min(length, at + HEAD - this.#carried))
      if (this.#carried < HEAD) return at
    }
    const size = this.#carryView.getUint32(3)
    const needed = HEAD + visibleOf(this.#carry[0] as number, size)
    if (this.#carried < needed) {
      at = this.#save(bytes, at, Math.min(length, at + needed - this.#carried))
      if (this.#carried < needed) return at
    }
    this.bytes = this.#carry
    this.view = this.#carryView
    const rest = size + FRAME_OVERHEAD - this.#carried
    this.#carried = 0
    this.#dispatch(0, size)
    if (length - at >= rest) return at + rest
    this.#skip = rest - (length - at)
    return length
  }

  #dispatch(at: number, size: number): void {
    const view = this.view
    const channel = view.getUint16(at + 1)
    const payload = at + HEAD
    this.end = payload + size
    switch (this.bytes[at]) {
      case FRAME.method:
        this.#handler.onMethod(channel, view.getUint32(payload), payload + 4)
        return
      case FRAME.header:
        this.#handler.onHeader(
          channel,
          view.getUint32(payload + 4) * 2 ** 32 + view.getUint32(payload + 8),
          payload,
        )
        return
      case FRAME.body:
        this.#handler.onBody(channel, size, payload)
        return
      case FRAME.heartbeat:
        return
      default:
        throw new Error(`the broker sent a frame of unknown type ${this.bytes[at]}`)
    }
  }
}

function visibleOf(type: number, size: number): number {
  return type === FRAME.body && size > BODY_VISIBLE ? BODY_VISIBLE : size
}
