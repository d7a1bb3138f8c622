// The sockets below ZeroRPC: our own over TCP (zmtp/), the library's for all that it does besides, as a
// source of events. The library allows one send at a time and reports the end of the socket as an
// error; this queues the sends, bounded, and makes the end an end.
import type * as ZeroMq from 'zeromq'
import { RpcError } from '../error.ts'
import type { SocketLimits } from '../zmtp/limits.ts'
import type { CurveClientOptions } from './options.ts'

export type ZeroMqModule = typeof ZeroMq

/** The package is optional: it is 40 MB, and plain ZeroRPC over TCP does not need it. */
export async function loadZeroMq(): Promise<ZeroMqModule> {
  try {
    return await import('zeromq')
  } catch (cause) {
    const why = 'CURVE, ipc:// and one-way sockets need the optional package zeromq'
    throw new Error(`${why}: npm install zeromq`, { cause })
  }
}

export type Frame = Uint8Array

/** Between routing frames and payload. */
export const delimiter: Frame = Buffer.alloc(0)

/** A whole message each time; the first frame of a listener's is the connection. */
export interface MessageSocket {
  /** Throws when the peer takes nothing and the queue is full. */
  send(frames: Frame[]): void
  /** `onGone` is told the name of a connection that has ended, by sockets that notice. */
  read(onMessage: (frames: Buffer[]) => void, onGone: (name: Buffer) => void): void
  close(): Promise<void>
}

interface RawSocket {
  send(frames: Frame[]): Promise<void>
  receive(): Promise<Buffer[]>
  close(): void
  readonly closed: boolean
}

export interface SocketOptions {
  readonly messageBytesMax: number | undefined
  readonly queuedMax: number | undefined
}

const defaultMessageBytesMax = 10 * 1024 * 1024
const defaultQueuedMax = 10_000
const handshakeTimeoutMs = 10_000

export function limitsOf(options: SocketOptions, connectionsMax: number): SocketLimits {
  return {
    messageBytesMax: options.messageBytesMax ?? defaultMessageBytesMax,
    queuedMax: options.queuedMax ?? defaultQueuedMax,
    handshakeTimeoutMs,
    connectionsMax,
  }
}

/** Settings of a socket that sends, receives, or both; the library refuses those that do not fit. */
export function socketSettings(
  options: SocketOptions,
  directions: 'send' | 'receive' | 'both' = 'both',
): Record<string, unknown> {
  const queuedMax = options.queuedMax ?? defaultQueuedMax
  return {
    maxMessageSize: options.messageBytesMax ?? defaultMessageBytesMax,
    ...(directions === 'receive' ? {} : { sendHighWaterMark: queuedMax }),
    ...(directions === 'send' ? {} : { receiveHighWaterMark: queuedMax }),
    // What was sent before the socket was closed still gets half a second to leave.
    linger: 500,
    reconnectInterval: 100,
    reconnectMaxInterval: 2000,
  }
}

export function curveSettings(
  zeroMq: ZeroMqModule,
  curve: CurveClientOptions | undefined,
): Record<string, string> {
  if (curve === undefined) return {}
  const own =
    curve.publicKey === undefined || curve.secretKey === undefined
      ? zeroMq.curveKeyPair()
      : { publicKey: curve.publicKey, secretKey: curve.secretKey }
  return {
    curveServerKey: curve.serverKey,
    curvePublicKey: own.publicKey,
    curveSecretKey: own.secretKey,
  }
}

export class EventSocket implements MessageSocket {
  readonly #socket: RawSocket
  readonly #queuedMax: number
  readonly #queue: Frame[][] = []
  #sending = false
  #reading: Promise<void> | undefined

  constructor(socket: RawSocket, options: SocketOptions) {
    this.#socket = socket
    this.#queuedMax = options.queuedMax ?? defaultQueuedMax
  }

  /** Throws when the peer takes nothing and the queue is full. */
  send(frames: Frame[]): void {
    if (this.#sending) {
      if (this.#queue.length >= this.#queuedMax) {
        throw new RpcError('RESOURCE_EXHAUSTED', 'too many messages are waiting to be sent')
      }
      this.#queue.push(frames)
      return
    }
    this.#sending = true
    this.#sendAll(frames).catch(() => undefined)
  }

  /** Calls `onMessage` for each message until the socket is closed. */
  read(onMessage: (frames: Buffer[]) => void): void {
    this.#reading = this.#readAll(onMessage)
  }

  async close(): Promise<void> {
    const until = performance.now() + 500
    while (this.#sending && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    this.#socket.close()
    await this.#reading
  }

  async #sendAll(first: Frame[]): Promise<void> {
    try {
      for (let frames: Frame[] | undefined = first; frames !== undefined; ) {
        await this.#socket.send(frames)
        frames = this.#queue.shift()
      }
    } catch (reason) {
      if (!this.#socket.closed) throw reason
    } finally {
      this.#sending = false
    }
  }

  async #readAll(onMessage: (frames: Buffer[]) => void): Promise<void> {
    while (!this.#socket.closed) {
      let frames: Buffer[]
      try {
        frames = await this.#socket.receive()
      } catch {
        return
      }
      onMessage(frames)
    }
  }
}
