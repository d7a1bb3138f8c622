// One connection between two ZeroMQ sockets: greeting, READY, then messages in both directions.
// Writes of one turn leave together. Knows neither reconnecting nor routing.
import type { Socket } from 'node:net'
import {
  encodeError,
  encodePong,
  encodeReady,
  parseCommand,
  parseReady,
  pingTimeToLive,
  type SocketType,
} from './commands.ts'
import { encodeCommandFrame, FrameReader } from './frames.ts'
import { checkGreeting, encodeGreeting, greetingSize, ZmtpError } from './greeting.ts'
import type { SocketLimits } from './limits.ts'

export interface SessionOwner {
  readonly type: SocketType
  readonly limits: SocketLimits
  /** The peer has introduced itself. Throws ZmtpError when it is not wanted. */
  onReady(session: Session, identity: Buffer): void
  onMessage(session: Session, frames: Buffer[]): void
  /** Told once, whatever the reason. */
  onClose(session: Session): void
}

/** READY and other commands of a peer that has not introduced itself yet. */
const handshakeBytesMax = 8192
/** Small writes of a turn are joined up to here; beyond, the kernel takes them one by one. */
const joinedBytesMax = 64 * 1024
const keepAliveMs = 30_000
const refusalPatienceMs = 500
/** A listener does not read from a peer that leaves more than this unread. */
const unreadBytesMax = 1024 * 1024

export class Session {
  readonly #socket: Socket
  readonly #owner: SessionOwner
  readonly #reader: FrameReader
  #greeting: Buffer | undefined = Buffer.alloc(0)
  #handshake: NodeJS.Timeout | undefined
  #silence: NodeJS.Timeout | undefined
  #out: Buffer[] = []
  #outBytes = 0
  #unsent = 0
  #isEnding = false
  #isReady = false
  #isClosed = false

  constructor(socket: Socket, owner: SessionOwner) {
    this.#socket = socket
    this.#owner = owner
    this.#reader = new FrameReader(
      { message: (frames) => this.#message(frames), command: (body) => this.#command(body) },
      handshakeBytesMax,
    )
    this.#handshake = setTimeout(() => this.destroy(), owner.limits.handshakeTimeoutMs)
    socket.setNoDelay(true)
    socket.setKeepAlive(true, keepAliveMs)
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('drain', () => socket.resume())
    socket.on('error', () => this.destroy())
    socket.on('close', () => this.destroy())
    // Both begin at once; nobody waits for the other's greeting.
    socket.write(encodeGreeting())
  }

  /** Messages that were given to `send` and are not with the kernel yet. */
  get unsent(): number {
    return this.#unsent
  }

  get unsentBytes(): number {
    return this.#socket.writableLength + this.#outBytes
  }

  /** Bytes of `encodeMessage`. The owner has looked at `unsent` before. */
  send(message: Buffer): void {
    this.#unsent += 1
    this.#outBytes += message.length
    // After the microtasks of this turn, which are other calls that have something to say.
    if (this.#out.push(message) === 1) process.nextTick(() => this.#flush())
  }

  /** What was sent still leaves, then the connection ends; at the latest after `patienceMs`. */
  async end(patienceMs: number): Promise<void> {
    if (this.#isClosed) return
    this.#flush()
    this.#isEnding = true
    const ended = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()))
    this.#endSoon(patienceMs)
    await ended
  }

  destroy(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    clearTimeout(this.#handshake)
    clearTimeout(this.#silence)
    this.#reader.stop()
    this.#socket.destroy()
    this.#owner.onClose(this)
  }

  #flush(): void {
    const out = this.#out
    if (out.length === 0 || this.#isEnding || this.#isClosed) return
    this.#out = []
    const count = out.length
    const sent = (): void => {
      this.#unsent -= count
    }
    const size = this.#outBytes
    this.#outBytes = 0
    if (size <= joinedBytesMax) {
      this.#socket.write(count === 1 ? (out[0] as Buffer) : Buffer.concat(out, size), sent)
    } else {
      this.#socket.cork()
      for (const [index, message] of out.entries()) {
        this.#socket.write(message, index === count - 1 ? sent : undefined)
      }
      this.#socket.uncork()
    }
    // Only one of the two may do this, or both could wait for each other.
    if (this.#owner.type === 'ROUTER' && this.#socket.writableLength > unreadBytesMax) {
      this.#socket.pause()
    }
  }

  #receive(chunk: Buffer): void {
    if (this.#isEnding || this.#isClosed) return
    this.#silence?.refresh()
    try {
      const rest = this.#greeting === undefined ? chunk : this.#greet(this.#greeting, chunk)
      if (rest.length > 0) this.#reader.feed(rest)
    } catch (reason) {
      if (!(reason instanceof ZmtpError)) throw reason
      this.#refuse(reason.message)
    }
  }

  /** What comes after the greeting. */
  #greet(before: Buffer, chunk: Buffer): Buffer {
    const bytes = Buffer.concat([before, chunk.subarray(0, greetingSize - before.length)])
    checkGreeting(bytes)
    if (bytes.length < greetingSize) {
      this.#greeting = bytes
      return chunk.subarray(chunk.length)
    }
    this.#greeting = undefined
    this.#socket.write(encodeCommandFrame(encodeReady(this.#owner.type)))
    return chunk.subarray(greetingSize - before.length)
  }

  /** A peer that speaks ZMTP 3 is told why [ZMTP 3.1, ERROR]. */
  #refuse(reason: string): void {
    this.#isEnding = true
    this.#reader.stop()
    if (this.#greeting === undefined) this.#socket.write(encodeCommandFrame(encodeError(reason)))
    this.#endSoon(refusalPatienceMs)
  }

  /** Ends our half and reads on to the peer's end: closing before it would lose what just left. */
  #endSoon(patienceMs: number): void {
    clearTimeout(this.#handshake)
    this.#handshake = setTimeout(() => this.destroy(), patienceMs)
    this.#socket.resume()
    this.#socket.end()
  }

  #message(frames: Buffer[]): void {
    if (!this.#isReady) throw new ZmtpError('a message before READY')
    this.#owner.onMessage(this, frames)
  }

  #command(body: Buffer): void {
    const { name, data } = parseCommand(body)
    if (!this.#isReady) {
      // ERROR, above all: there is nothing to be said to a peer that refuses us.
      if (name !== 'READY') {
        this.destroy()
        return
      }
      const { identity } = parseReady(this.#owner.type, data)
      this.#owner.onReady(this, identity)
      this.#isReady = true
      clearTimeout(this.#handshake)
      this.#reader.allow(this.#owner.limits.messageBytesMax)
    } else if (name === 'PING') this.#ping(data)
    else if (name === 'ERROR') this.destroy()
    // PONG answers nothing of ours, and commands that are not known are ignored [ZMTP 3.1].
  }

  #ping(data: Buffer): void {
    const timeToLiveMs = pingTimeToLive(data)
    clearTimeout(this.#silence)
    this.#silence = timeToLiveMs === 0 ? undefined : setTimeout(() => this.destroy(), timeToLiveMs)
    // A peer that asks faster than it reads would fill our memory with answers.
    if (this.#socket.writableLength < handshakeBytesMax) {
      this.#socket.write(encodeCommandFrame(encodePong(data)))
    }
  }
}
