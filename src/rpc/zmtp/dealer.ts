// A DEALER that is connected to one address: sends in order, connects again by itself, and keeps a
// bounded queue while there is no connection, so that a client may start before its server.
import { connect } from 'node:net'
import { backOffMs } from '../retry.ts'
import type { TcpAddress } from './address.ts'
import { encodeMessage } from './frames.ts'
import { checkQueue, type SocketLimits } from './limits.ts'
import { Session, type SessionOwner } from './session.ts'

const reconnect = { baseMs: 200, maxMs: 2000 }
const lingerMs = 500

export class Dealer implements SessionOwner {
  readonly type = 'DEALER'
  readonly limits: SocketLimits
  readonly #address: TcpAddress
  readonly #queue: Buffer[] = []
  #queuedBytes = 0
  #session: Session | undefined
  #isReady = false
  #retry: NodeJS.Timeout | undefined
  #failures = 0
  #isClosed = false
  #onMessage: (frames: Buffer[]) => void = () => {}
  #onConnected: (() => void) | undefined

  constructor(address: TcpAddress, limits: SocketLimits) {
    this.#address = address
    this.limits = limits
    this.#connect()
  }

  /** Throws when the peer takes nothing and the queue is full. */
  send(frames: readonly Uint8Array[]): void {
    if (this.#isClosed) return
    const session = this.#session
    if (session !== undefined && this.#isReady) {
      checkQueue(session.unsent, session.unsentBytes, this.limits)
      session.send(encodeMessage(frames))
      return
    }
    checkQueue(this.#queue.length, this.#queuedBytes, this.limits)
    const bytes = encodeMessage(frames)
    this.#queue.push(bytes)
    this.#queuedBytes += bytes.length
  }

  read(onMessage: (frames: Buffer[]) => void): void {
    this.#onMessage = onMessage
  }

  /** What was sent gets half a second to leave. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    const until = performance.now() + lingerMs
    if (this.#queue.length > 0) await this.#connected(lingerMs)
    this.#isClosed = true
    clearTimeout(this.#retry)
    if (this.#isReady) await this.#session?.end(Math.max(0, until - performance.now()))
    else this.#session?.destroy()
  }

  onReady(session: Session): void {
    this.#isReady = true
    this.#failures = 0
    for (const bytes of this.#queue.splice(0)) session.send(bytes)
    this.#queuedBytes = 0
    this.#onConnected?.()
  }

  onMessage(_session: Session, frames: Buffer[]): void {
    this.#onMessage(frames)
  }

  onClose(): void {
    this.#session = undefined
    this.#isReady = false
    if (this.#isClosed) return
    this.#failures += 1
    const waitMs = backOffMs(this.#failures - 1, reconnect)
    this.#retry = setTimeout(() => this.#connect(), waitMs)
  }

  #connect(): void {
    const { host, port } = this.#address
    this.#session = new Session(connect({ host, port, noDelay: true }), this)
  }

  async #connected(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      this.#onConnected = resolve
      timer = setTimeout(resolve, ms)
    })
    clearTimeout(timer)
  }
}
