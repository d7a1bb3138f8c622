// Frames as bytes, for tests that write many at once or cut them as no client library would.
import { headerBytes, methodBytes, type Values } from './raw-codec.ts'
import { methodNamed } from './raw-methods.ts'

function frame(type: number, channel: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(7)
  head.writeUInt8(type)
  head.writeUInt16BE(channel, 1)
  head.writeUInt32BE(payload.length, 3)
  return Buffer.concat([head, payload, Buffer.from([0xce])])
}

export function method(channel: number, name: string, values: Values): Buffer {
  return frame(1, channel, methodBytes(methodNamed(name), values))
}

export function headerFrame(channel: number, bodyBytes: number, properties: Values): Buffer {
  return frame(2, channel, headerBytes(bodyBytes, properties))
}

export function bodyFrame(channel: number, payload: Uint8Array): Buffer {
  return frame(3, channel, payload)
}
