// Commands: what is said between two sockets besides messages [ZMTP 3.1, Commands]. Pure.
//
//   command   length of the name (1 byte), name, data
//   READY     properties: length of the name (1), name, length of the value (4), value
//   ERROR     length (1), reason              PING  time to live (2, tenths of a second), context
//   PONG      the context of the PING
import { ZmtpError } from './greeting.ts'

export interface Command {
  readonly name: string
  readonly data: Buffer
}

export type SocketType = 'DEALER' | 'ROUTER'

/** [ZMTP 3.1, Socket types] Who may talk to whom. */
const partners: Readonly<Record<SocketType, readonly string[]>> = {
  DEALER: ['ROUTER', 'REP', 'DEALER'],
  ROUTER: ['DEALER', 'REQ', 'ROUTER'],
}

export interface PeerProperties {
  /** Empty when the peer leaves its name to us. */
  readonly identity: Buffer
}

const identityMax = 255
const contextMax = 16

export function parseCommand(body: Buffer): Command {
  const size = body[0]
  if (size === undefined || size === 0 || body.length < 1 + size) {
    throw new ZmtpError('a command without a name')
  }
  return { name: body.toString('latin1', 1, 1 + size), data: body.subarray(1 + size) }
}

function encodeCommand(name: string, data: Buffer): Buffer {
  const head = Buffer.from([name.length, ...Buffer.from(name, 'latin1')])
  return Buffer.concat([head, data])
}

function property(name: string, value: string): Buffer {
  const bytes = Buffer.alloc(1 + name.length + 4)
  bytes[0] = name.length
  bytes.write(name, 1, 'latin1')
  bytes.writeUInt32BE(value.length, 1 + name.length)
  return Buffer.concat([bytes, Buffer.from(value, 'latin1')])
}

export function encodeReady(type: SocketType): Buffer {
  const properties = [property('Socket-Type', type), property('Identity', '')]
  return encodeCommand('READY', Buffer.concat(properties))
}

export function encodeError(reason: string): Buffer {
  const text = Buffer.from(reason.slice(0, 255), 'latin1')
  return encodeCommand('ERROR', Buffer.concat([Buffer.from([text.length]), text]))
}

export function encodePong(ping: Buffer): Buffer {
  return encodeCommand('PONG', ping.subarray(2))
}

/** Milliseconds after which a silent peer is dead, as it says of itself; 0: it does not say. */
export function pingTimeToLive(data: Buffer): number {
  if (data.length < 2 || data.length > 2 + contextMax) throw new ZmtpError('a broken PING')
  return data.readUInt16BE(0) * 100
}

/** Throws for a peer that our kind of socket cannot talk to. */
export function parseReady(type: SocketType, data: Buffer): PeerProperties {
  let socketType = ''
  let identity: Buffer = Buffer.alloc(0)
  for (let at = 0; at < data.length; ) {
    const nameEnd = at + 1 + (data[at] as number)
    if (nameEnd + 4 > data.length) throw new ZmtpError('a broken READY')
    const name = data.toString('latin1', at + 1, nameEnd).toLowerCase()
    const end = nameEnd + 4 + data.readUInt32BE(nameEnd)
    if (end > data.length) throw new ZmtpError('a broken READY')
    const value = data.subarray(nameEnd + 4, end)
    if (name === 'socket-type') socketType = value.toString('latin1')
    if (name === 'identity') identity = Buffer.from(value)
    at = end
  }
  if (!partners[type].includes(socketType)) {
    throw new ZmtpError(`a ${type} cannot talk to ${JSON.stringify(socketType.slice(0, 20))}`)
  }
  if (identity.length > identityMax) throw new ZmtpError('the identity is too long')
  return { identity }
}
