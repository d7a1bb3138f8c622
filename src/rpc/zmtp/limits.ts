// What one socket may hold.
import { RpcError } from '../error.ts'

export interface SocketLimits {
  /** Of one message, all frames together. */
  readonly messageBytesMax: number
  /** Messages waiting for one peer. */
  readonly queuedMax: number
  /** From the connection to the peer's READY. */
  readonly handshakeTimeoutMs: number
  /** Of a listening socket. */
  readonly connectionsMax: number
}

/** However few messages they are. */
export const queuedBytesMax: number = 64 * 1024 * 1024

export function checkQueue(messages: number, bytes: number, limits: SocketLimits): void {
  if (messages < limits.queuedMax && bytes < queuedBytesMax) return
  throw new RpcError('RESOURCE_EXHAUSTED', 'too many messages are waiting to be sent')
}
