// Short strings: one octet of length, then at most 255 octets of UTF-8 [AMQP 0-9-1, 4.2.5.3].
//
//   +--------+-----------------+
//   | length | UTF-8           |
//   +--------+-----------------+

import { ProtocolError } from './protocol-error.ts'
import { ReplyCode } from './reply-codes.ts'

export const shortStringBytesMax = 255

/** The string with its length octet before it. */
export function encodeShortString(text: string): Buffer {
  const length = Buffer.byteLength(text)
  if (length > shortStringBytesMax) throw tooLong(length)
  const bytes = Buffer.allocUnsafe(1 + length)
  bytes[0] = length
  bytes.write(text, 1)
  return bytes
}

export function tooLong(length: number): RangeError {
  return new RangeError(`a short string holds ${shortStringBytesMax} octets, not ${length}`)
}

/** The same memory as a Buffer, without a copy. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Text between two positions; what is not UTF-8 becomes U+FFFD. */
export function decodeText(buffer: Buffer, start: number, end: number): string {
  for (let at = start; at < end; at += 1) {
    if (buffer[at]! > 0x7f) return buffer.toString('utf8', start, end)
  }
  return buffer.toString('latin1', start, end)
}

/** The short string whose length octet is at `start`; what is not UTF-8 becomes U+FFFD. */
export function readShortString(buffer: Buffer, start: number): string {
  return decodeText(buffer, start + 1, start + 1 + buffer[start]!)
}

export function isUtf8(buffer: Buffer, start: number, end: number, decoded: string): boolean {
  if (!decoded.includes('\ufffd')) return true
  // U+FFFD may have been sent as such; then encoding gives the same octets again.
  return Buffer.from(decoded).compare(buffer, start, end) === 0
}

/** As `readShortString`, for names in methods: RabbitMQ refuses those that are not UTF-8. */
export function readName(buffer: Buffer, start: number): string {
  const end = start + 1 + buffer[start]!
  const text = decodeText(buffer, start + 1, end)
  if (!isUtf8(buffer, start + 1, end, text)) {
    throw new ProtocolError(ReplyCode.frameError, 'Malformed UTF-8 in shortstr')
  }
  return text
}
