// Text in AMQP: short strings have one octet of length and then at most 255 octets; long strings
// stand elsewhere (byte-writer.ts). Both should be UTF-8 [AMQP 0-9-1, 4.2.5.3], but RabbitMQ
// passes on whatever octets a header or property holds. So that none are lost here, an octet that is
// not part of valid UTF-8 becomes a lone surrogate, U+DC80 to U+DCFF, and that octet again in writing.
//
//   +--------+-----------------+
//   | length | UTF-8           |
//   +--------+-----------------+

import { ProtocolError } from './protocol-error.ts'
import { ReplyCode } from './reply-codes.ts'

export const shortStringBytesMax = 255
/** Above this the native decoder is faster than a loop that looks for ASCII. */
const loopBytesMax = 64

/** The string with its length octet before it. */
export function encodeShortString(text: string): Buffer {
  if (!text.isWellFormed()) {
    const escaped = encodeEscaped(text)
    checkShort(escaped.length)
    return Buffer.concat([Buffer.from([escaped.length]), escaped])
  }
  const length = Buffer.byteLength(text)
  checkShort(length)
  const bytes = Buffer.allocUnsafe(1 + length)
  bytes[0] = length
  bytes.write(text, 1)
  return bytes
}

export function checkShort(length: number): void {
  if (length <= shortStringBytesMax) return
  throw new RangeError(`a short string holds ${shortStringBytesMax} octets, not ${length}`)
}

/** The same memory as a Buffer, without a copy. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** The text between two positions. */
export function decodeText(buffer: Buffer, start: number, end: number): string {
  if (end - start <= loopBytesMax && isAscii(buffer, start, end)) {
    return buffer.toString('latin1', start, end)
  }
  const text = buffer.toString('utf8', start, end)
  // U+FFFD stands for what could not be decoded, or was sent as such.
  return text.includes('\ufffd') ? decodeEscaped(buffer, start, end) : text
}

function isAscii(buffer: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if (buffer[at]! > 0x7f) return false
  return true
}

/** The short string whose length octet is at `start`. */
export function readShortString(buffer: Buffer, start: number): string {
  return decodeText(buffer, start + 1, start + 1 + buffer[start]!)
}

/** As `readShortString`, for names in methods: RabbitMQ refuses those that are not UTF-8. */
export function readName(buffer: Buffer, start: number): string {
  const text = readShortString(buffer, start)
  if (!text.isWellFormed()) {
    throw new ProtocolError(ReplyCode.frameError, 'Malformed UTF-8 in shortstr')
  }
  return text
}

function decodeEscaped(buffer: Buffer, start: number, end: number): string {
  let text = ''
  let validStart = start
  let at = start
  while (at < end) {
    const length = sequenceBytes(buffer, at, end)
    if (length > 0) {
      at += length
      continue
    }
    text += buffer.toString('utf8', validStart, at) + String.fromCharCode(0xdc00 | buffer[at]!)
    at += 1
    validStart = at
  }
  return text + buffer.toString('utf8', validStart, end)
}

/** How many octets the character at `at` takes, or 0 if there is none [RFC 3629, 4]. */
function sequenceBytes(buffer: Buffer, at: number, end: number): number {
  const lead = buffer[at]!
  if (lead < 0x80) return 1
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
  if (length === 0 || at + length > end) return 0
  const second = buffer[at + 1]!
  const secondMin = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
  const secondMax = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
  if (second < secondMin || second > secondMax) return 0
  for (let i = at + 2; i < at + length; i += 1) if ((buffer[i]! & 0xc0) !== 0x80) return 0
  return length
}

/** The octets of text that is not well-formed; other lone surrogates become U+FFFD. */
export function encodeEscaped(text: string): Buffer {
  const bytes = Buffer.allocUnsafe(text.length * 3)
  let length = 0
  let runStart = 0
  for (const match of text.matchAll(/[\udc80-\udcff]/gu)) {
    if (match.index > runStart) length += bytes.write(text.slice(runStart, match.index), length)
    bytes[length] = text.charCodeAt(match.index) & 0xff
    length += 1
    runStart = match.index + 1
  }
  length += bytes.write(text.slice(runStart), length)
  return bytes.subarray(0, length)
}
