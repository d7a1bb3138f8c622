// AMQP over TLS: a listener that hands on sockets whose handshake is over and whose certificate will do.
// From there on they are served as any other socket.

import type { Socket } from 'node:net'
import { createServer } from 'node:tls'
import type { Logger } from '../base/logger.ts'
import { handshakeFailed, type TlsSource } from '../base/tls-settings.ts'
import type { Front } from './amqp-server.ts'

export interface TlsFrontOptions {
  readonly handshakeTimeoutMs: number
  readonly logger: Logger
}

export function tlsFront(source: TlsSource, options: TlsFrontOptions): Front {
  const { handshakeTimeoutMs: handshakeTimeout, logger } = options
  return (accept) => {
    const server = createServer({ ...source.options, handshakeTimeout, noDelay: true })
    source.attach(server)
    server.on('secureConnection', (socket) => {
      if (!source.refuses(socket, logger)) accept(socket)
    })
    server.on('tlsClientError', (error, socket) => handshakeFailed(socket, error, logger))
    // Those in a handshake belong to nobody yet, and would hold up the end.
    const sockets = new Set<Socket>()
    server.on('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    })
    const destroySockets = (): void => {
      for (const socket of sockets) socket.destroy()
    }
    return { server, destroySockets }
  }
}
