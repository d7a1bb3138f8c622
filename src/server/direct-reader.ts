// Reads the rest of a long body straight from its socket, in one piece and into memory of its own,
// where Node would bring it in chunks of 64 KB and new memory for each. Node reads on as before: the
// bytes that were read here are simply no longer there (docs/decisions/0008).

import { readSync } from 'node:fs'
import type { Socket } from 'node:net'
import { type FrameReader, frameOverheadBytes } from '../protocol/amqp/frame-reader.ts'
import { type BodyBlocks, largestBlockBytes } from './body-blocks.ts'
import type { IncomingContent } from './incoming-content.ts'

/** What Node brings at most at a time. */
const wholeChunkBytes = 64 << 10
/** Of a shorter rest Node brings most with its next chunk. */
const restBytesMin = 128 << 10
const nothing: Buffer = Buffer.alloc(0)

export interface DirectHost {
  /** The content that is coming in, if it may be read on. */
  readonly incoming: IncomingContent | null
  /** Works on bytes that were read; returns how many frames and pieces of frames they held. */
  takePiece(piece: Buffer): number
}

export class DirectReader {
  readonly #socket: Socket
  readonly #frames: FrameReader
  readonly #blocks: BodyBlocks
  readonly #host: DirectHost
  readonly #descriptor: number
  /** The body that the block is for: which message of which content. */
  #content: IncomingContent | null = null
  #sequence = 0
  #block: Buffer = nothing
  #filled = 0

  /** `frames` are those of the socket. */
  constructor(socket: Socket, frames: FrameReader, blocks: BodyBlocks, host: DirectHost) {
    this.#socket = socket
    this.#frames = frames
    this.#blocks = blocks
    this.#host = host
    this.#descriptor = descriptorOf(socket)
  }

  /**
   * Reads what has come of a long body, up to its end at most. `chunkBytes`: what Node has just
   * brought; less than it may bring means that there was no more.
   */
  readOn(chunkBytes: number): void {
    if (this.#descriptor < 0 || chunkBytes < wholeChunkBytes) return
    for (let { incoming } = this.#host; incoming !== null; { incoming } = this.#host) {
      const piece = this.#read(incoming)
      if (piece === null) return
      this.#hand(piece, incoming)
    }
  }

  #read(content: IncomingContent): Buffer | null {
    const bytes = restBytes(content, this.#frames)
    if (bytes < restBytesMin) return null
    const isSame = this.#content === content && this.#sequence === content.sequence
    if (!isSame || this.#filled === this.#block.length) this.#begin(content, bytes)
    const count = this.#readNow(Math.min(bytes, this.#block.length - this.#filled))
    if (count === 0) return null
    this.#filled += count
    return this.#block.subarray(this.#filled - count, this.#filled)
  }

  #begin(content: IncomingContent, bytes: number): void {
    this.#content = content
    this.#sequence = content.sequence
    this.#block = Buffer.from(this.#blocks.take(Math.min(bytes, largestBlockBytes)))
    this.#filled = 0
  }

  /** Lets the piece be worked on, and sees whether it held nothing but the body. */
  #hand(piece: Buffer, content: IncomingContent): void {
    const long = content.long!
    const { additions } = content
    const frames = this.#host.takePiece(piece)
    // Frames of another channel may have come between.
    const isMixed = content.additions - additions !== frames || this.#frames.unreadBytes > 0
    if (isMixed) long.keep()
    else if (piece.byteOffset === 0) long.addBlock(piece.buffer as ArrayBuffer, this.#blocks)
    if (content.sequence !== this.#sequence || content.long !== long) this.#forget()
  }

  /** The body is complete; its memory is no longer this reader's. */
  #forget(): void {
    this.#content = null
    this.#block = nothing
    this.#filled = 0
  }

  #readNow(bytes: number): number {
    // The number of a socket that is gone may be another's by now.
    if (this.#socket.destroyed) return 0
    try {
      return readSync(this.#descriptor, this.#block, this.#filled, bytes, null)
    } catch (error) {
      // Nothing has come yet; Node says when.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') this.#socket.destroy(error as Error)
      return 0
    }
  }
}

/** Bytes up to the end of the message, with what is around its frames if they are as long as may be. */
function restBytes(
  { missingBytes, long }: IncomingContent,
  { frameBytesLeft, frameMax }: FrameReader,
): number {
  if (long === null || frameBytesLeft === 0 || frameBytesLeft > missingBytes) return 0
  const later = missingBytes - frameBytesLeft
  const frames = Math.ceil(later / (frameMax - frameOverheadBytes))
  return missingBytes + 1 + frames * frameOverheadBytes
}

/** The system's number of a socket that carries plain bytes; -1 where there is none to be had. */
function descriptorOf(socket: Socket): number {
  if ('encrypted' in socket) return -1
  const { _handle: handle } = socket as Socket & { _handle?: { fd?: unknown } | null }
  return typeof handle?.fd === 'number' ? handle.fd : -1
}
