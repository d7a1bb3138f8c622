// A listener for HTTP over TLS; what it answers is given by who makes it. Loaded where one is
// configured, because most nodes do without node:tls.

import { createServer, type Server } from 'node:https'
import type { Logger } from '../base/logger.ts'
import { handshakeFailed, type TlsSource } from '../base/tls-settings.ts'

export function createHttpsServer(source: TlsSource, logger: Logger): Server {
  const server = createServer(source.options)
  source.attach(server)
  // Before the listener that reads requests.
  server.prependListener('secureConnection', (socket) => source.refuses(socket, logger))
  server.on('tlsClientError', (error, socket) => handshakeFailed(socket, error, logger))
  return server
}
