// The first 64 bytes of a connection, in both directions [ZMTP 3.1, Greeting]. Pure.
//
//   signature     ff, eight bytes of padding, 7f
//   version       major, minor
//   mechanism     20 bytes, padded with zeros: NULL here
//   as-server     one byte, zero for NULL
//   filler        31 zeros

/** What the peer did is no ZMTP 3, or more than it may. The connection ends with it. */
export class ZmtpError extends Error {
  override readonly name = 'ZmtpError'
}

export const greetingSize = 64
const signatureSize = 10
const mechanismOffset = 12
const mechanismSize = 20

export function encodeGreeting(): Buffer {
  const bytes = Buffer.alloc(greetingSize)
  bytes[0] = 0xff
  bytes[9] = 0x7f
  bytes[10] = 3
  bytes[11] = 1
  bytes.write('NULL', mechanismOffset, 'latin1')
  return bytes
}

/**
 * Looks at as much as has come, and throws as soon as it is wrong: peers of older versions send
 * less than 64 bytes and would wait for ever.
 */
export function checkGreeting(bytes: Buffer): void {
  if (bytes.length > 0 && bytes[0] !== 0xff) throw new ZmtpError('not ZMTP, or version 1')
  if (bytes.length >= signatureSize && ((bytes[9] as number) & 1) === 0) {
    throw new ZmtpError('not ZMTP, or version 1')
  }
  const major = bytes[10]
  // Version 2 has no mechanisms and another framing: there is no way down to it.
  if (major !== undefined && major < 3) throw new ZmtpError(`version ${major} is not spoken here`)
  if (bytes.length < greetingSize) return
  const mechanism = bytes.toString('latin1', mechanismOffset, mechanismOffset + mechanismSize)
  if (mechanism.replace(/\0+$/, '') !== 'NULL') throw new ZmtpError('another security mechanism')
}
