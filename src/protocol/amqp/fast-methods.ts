// The methods that come with every message, read in place without an object: `start` and `end` are
// always those of the method frame's payload, and a frame reader has seen that it holds four octets.
//
//   basic.publish:          | key u32 | reserved u16 | exchange | routing key | bits u8 |
//   ack, nack, reject:      | key u32 | delivery tag u64 | bits u8 |

import { octetNumbers } from './octets-text.ts'
import { ProtocolError } from './protocol-error.ts'
import { ReplyCode } from './reply-codes.ts'

const high = 2 ** 32

export const basicPublishKey: number = (60 << 16) | 40
export const basicGetKey: number = (60 << 16) | 70
export const basicAckKey: number = (60 << 16) | 80
export const basicRejectKey: number = (60 << 16) | 90
export const basicNackKey: number = (60 << 16) | 120

/** basic.publish */
export const mandatoryBit = 1
export const immediateBit = 2
/** basic.ack and basic.nack */
export const multipleBit = 1
export const nackRequeueBit = 2
/** basic.reject */
export const rejectRequeueBit = 1

/** The payload of ack, nack and reject is this long, or else `readMethod` says what is wrong. */
export const acknowledgementBytes = 13

/** Class and method as one number: `classId << 16 | methodId`. */
export function methodKey(buffer: Uint8Array, start: number): number {
  return (
    (buffer[start]! << 24) |
    (buffer[start + 1]! << 16) |
    (buffer[start + 2]! << 8) |
    buffer[start + 3]!
  )
}

/** The delivery tag of ack, nack or reject; beyond 2^53 the nearest number, as in `readMethod`. */
export function readDeliveryTag(buffer: Uint8Array, start: number): number {
  return readLong(buffer, start + 4) * high + readLong(buffer, start + 8)
}

function readLong(buffer: Uint8Array, at: number): number {
  return (
    ((buffer[at]! << 24) | (buffer[at + 1]! << 16) | (buffer[at + 2]! << 8) | buffer[at + 3]!) >>> 0
  )
}

/** The bits of ack, nack or reject. */
export function readAcknowledgementBits(buffer: Uint8Array, start: number): number {
  return buffer[start + 12]!
}

/** Whether a publish has the very arguments (all after the key) of a previous one of the channel. */
export function publishArgumentsEqual(
  buffer: Uint8Array,
  start: number,
  end: number,
  previous: Uint8Array,
): boolean {
  const length = previous.length
  if (end - start - 4 !== length) return false
  // Publishers alternate between keys that differ at their ends rather than at their beginnings.
  for (let i = length - 1, at = end - 1; i >= 0; i -= 1, at -= 1) {
    if (buffer[at] !== previous[i]) return false
  }
  return true
}

/** A copy of a publish's arguments to compare later ones with. */
export function copyPublishArguments(buffer: Uint8Array, start: number, end: number): Uint8Array {
  // Not `slice`: on a Buffer that shares the memory.
  return new Uint8Array(buffer.subarray(start + 4, end))
}

/** Throws unless the lengths in a publish add up to its own; the functions below rely on that. */
export function checkPublish(buffer: Uint8Array, start: number, end: number): void {
  if (end - start >= 9) {
    const routingKeyAt = publishRoutingKeyAt(buffer, start)
    if (routingKeyAt < end && routingKeyAt + 2 + buffer[routingKeyAt]! === end) return
  }
  const explanation = `cannot decode ${octetNumbers(buffer, start + 4, end)}`
  throw new ProtocolError(ReplyCode.frameError, explanation, 60, 40)
}

/** Where the exchange's name lies, as a short string. */
export function publishExchangeAt(start: number): number {
  return start + 6
}

/** Where the routing key lies, as a short string. */
export function publishRoutingKeyAt(buffer: Uint8Array, start: number): number {
  return start + 7 + buffer[start + 6]!
}

/** `mandatoryBit` and `immediateBit`. Exchange and routing key end where the octet of bits begins. */
export function publishBits(buffer: Uint8Array, end: number): number {
  return buffer[end - 1]!
}
