// TLS of the gateways that are HTTP underneath: one certificate for all of them.

import { createPrivateKey } from 'node:crypto'
import type { Server } from 'node:http'
import { Server as TlsServer } from 'node:https'
import type { ServerCredentials } from '@grpc/grpc-js'
import type { Logger } from '../base/logger.ts'
import { handshakeFailed, type TlsSource } from '../base/tls-settings.ts'
import type { HttpServerOptions } from '../rpc/http/server.ts'

/** Certificates that are renewed are used for connections that come from then on. */
export function httpTls(
  source: TlsSource | null,
  logger: Logger,
): Pick<HttpServerOptions, 'tls' | 'onServer'> {
  if (source === null) return {}
  const onServer = (server: Server): void => {
    if (!(server instanceof TlsServer)) return
    source.attach(server)
    // Before the listener that reads requests.
    server.prependListener('secureConnection', (socket) => source.refuses(socket, logger))
    server.on('tlsClientError', (error, socket) => handshakeFailed(socket, error, logger))
  }
  return { tls: source.options, onServer }
}

/** The library keeps the certificate that it is started with. */
export async function grpcTls(
  source: TlsSource | null,
): Promise<{ readonly credentials?: ServerCredentials }> {
  if (source === null) return {}
  const { ServerCredentials } = await import('@grpc/grpc-js')
  const { ca, cert, key, passphrase, requestCert } = source.options
  const pair = { cert_chain: pem(cert), private_key: plainKey(key, passphrase) }
  const authority = ca === undefined ? null : pem(ca)
  return { credentials: ServerCredentials.createSsl(authority, [pair], requestCert === true) }
}

/** The settings hold the texts of PEM files. */
function pem(given: unknown): Buffer {
  if (typeof given === 'string') return Buffer.from(given, 'latin1')
  if (given instanceof Buffer) return given
  throw new TypeError('certificates and keys are texts here')
}

/** The library has no word for the password of a key. */
function plainKey(key: unknown, passphrase: string | undefined): Buffer {
  if (passphrase === undefined) return pem(key)
  const readable = createPrivateKey({ key: pem(key), passphrase })
  return Buffer.from(readable.export({ type: 'pkcs8', format: 'pem' }))
}
