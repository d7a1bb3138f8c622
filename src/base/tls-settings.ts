// What a listener needs to speak TLS, ready to be used, and the rules for a peer's certificate. Node
// asks for a certificate; whether the one that came will do is decided here, so that it can be logged.

import type { PeerCertificate, SecureContextOptions, TLSSocket, TlsOptions } from 'node:tls'
import type { Logger } from './logger.ts'

export interface TlsSettings {
  readonly context: SecureContextOptions
  /** When the first of the certificates shown to peers ends. */
  readonly expiresAtMs: number
  /** Peers are asked for a certificate, and one that is not trusted ends the connection. */
  readonly verifyPeer: boolean
  /** Peers without a certificate are turned away. */
  readonly requirePeer: boolean
  /** How many certificates may stand between a peer's and its authority. */
  readonly depth: number
}

interface TlsServer {
  setSecureContext(context: SecureContextOptions): void
}

/** Settings whose files may be read again while servers use them. */
export class TlsSource {
  #settings: TlsSettings
  readonly #servers = new Set<TlsServer>()

  constructor(settings: TlsSettings) {
    this.#settings = settings
  }

  /** For `createServer`; `refuses` has to be asked about each connection. */
  get options(): TlsOptions {
    const { context, verifyPeer } = this.#settings
    return { ...context, requestCert: verifyPeer, rejectUnauthorized: false }
  }

  get expiresAtMs(): number {
    return this.#settings.expiresAtMs
  }

  /** Has the server get what is changed later. */
  attach(server: TlsServer): void {
    this.#servers.add(server)
  }

  /** Connections that come from now on get the new certificates; whom to trust follows them. */
  change({ context, expiresAtMs }: TlsSettings): void {
    this.#settings = { ...this.#settings, context, expiresAtMs }
    for (const server of this.#servers) server.setSecureContext(context)
  }

  /** Ends a connection whose certificate will not do; returns whether it did. */
  refuses(socket: TLSSocket, logger: Logger): boolean {
    const reason = peerRefusal(socket, this.#settings)
    if (reason !== null) endHandshake(socket, reason, logger)
    return reason !== null
  }
}

/** For `tlsClientError`. Who merely goes away, as the probes of load balancers do, is not worth a line. */
export function handshakeFailed(
  socket: TLSSocket,
  error: Error & { readonly code?: string },
  logger: Logger,
): void {
  if (error.code === 'ECONNRESET') socket.destroy()
  else endHandshake(socket, error.message, logger)
}

function endHandshake(socket: TLSSocket, reason: string, logger: Logger): void {
  logger.warn('TLS connection refused', {
    peer: `${socket.remoteAddress}:${socket.remotePort}`,
    reason,
  })
  // What becomes of the rest is no concern of anybody.
  socket.on('error', () => undefined)
  socket.destroy()
}

function peerRefusal(
  socket: TLSSocket,
  { verifyPeer, requirePeer, depth }: TlsSettings,
): string | null {
  if (!verifyPeer) return null
  const certificate = socket.getPeerCertificate(true)
  // An empty object stands for no certificate, whatever the types say.
  if (certificate?.raw === undefined) {
    return requirePeer ? 'the peer has sent no certificate' : null
  }
  if (!socket.authorized) {
    return `the peer's certificate is not trusted: ${String(socket.authorizationError)}`
  }
  const count = intermediates(certificate)
  return count <= depth ? null : `${count} certificates between the peer and its authority`
}

/** A root is its own issuer. */
function intermediates(certificate: PeerCertificate): number {
  const seen = new Set<string>()
  // The types promise an issuer to all; a certificate that has come without its own has none.
  let current: (PeerCertificate & { issuerCertificate?: PeerCertificate }) | undefined = certificate
  while (current !== undefined && !seen.has(current.fingerprint256)) {
    seen.add(current.fingerprint256)
    current = current.issuerCertificate
  }
  return Math.max(seen.size - 2, 0)
}
