// Addresses of a socket as people and RabbitMQ's tools read them.

import type { Socket } from 'node:net'

/** IPv4 addresses come mapped into IPv6 on a socket that listens to both. */
export function plainAddress(address: string | undefined): string {
  return (address ?? 'unknown').replace(/^::ffff:/, '')
}

export function isLoopback(address: string | undefined): boolean {
  const plain = plainAddress(address)
  return plain === '::1' || plain.startsWith('127.')
}

/** `peer:port -> broker:port`, the name that RabbitMQ gives to a connection. */
export function connectionName(socket: Socket): string {
  const { remoteAddress, remotePort, localAddress, localPort } = socket
  return `${plainAddress(remoteAddress)}:${remotePort} -> ${plainAddress(localAddress)}:${localPort}`
}
