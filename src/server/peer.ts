// Who is at the other end of a socket, as far as the socket knows: the address, and over TLS what was
// agreed on and the certificate that came.

import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { ConnectionDetails, TlsFacts } from '../broker/connection.ts'
import { connectionName, isLoopback, plainAddress } from './addresses.ts'

/** Where a certificate has the name of its user (`ssl_cert_login_from`). */
export type LoginFrom = 'distinguished_name' | 'common_name'

export interface Peer {
  readonly fromLoopback: boolean
  /** Whether SASL EXTERNAL has anything to go by. */
  readonly overTls: boolean
  /** The name in the peer's certificate, or why there is none. */
  readonly certified: () => { readonly user: string } | { readonly missing: string }
}

export function peerOf(socket: Socket, loginFrom: LoginFrom): Peer {
  const tls = asTls(socket)
  return {
    fromLoopback: isLoopback(socket.remoteAddress),
    overTls: tls !== null,
    certified: () => certifiedUser(tls, loginFrom),
  }
}

/** What the broker is told of a connection's socket. */
export function socketDetails(
  socket: Socket,
): Pick<ConnectionDetails, 'name' | 'peerHost' | 'peerPort' | 'host' | 'port' | 'tls'> {
  const tls = asTls(socket)
  return {
    name: connectionName(socket),
    peerHost: plainAddress(socket.remoteAddress),
    peerPort: socket.remotePort ?? 0,
    host: plainAddress(socket.localAddress),
    port: socket.localPort ?? 0,
    tls: tls === null ? null : tlsFacts(tls),
  }
}

/** Without loading node:tls, which most brokers never need. */
function asTls(socket: Socket): TLSSocket | null {
  return 'encrypted' in socket && socket.encrypted === true ? (socket as TLSSocket) : null
}

/** Refusals as RabbitMQ logs them [RMQ: rabbit_auth_mechanism_ssl]. */
function certifiedUser(tls: TLSSocket | null, loginFrom: LoginFrom): ReturnType<Peer['certified']> {
  if (tls === null) return { missing: 'not a TLS-enabled connection' }
  const certificate = tls.getPeerX509Certificate()
  if (certificate === undefined) {
    return { missing: 'connection peer presented no TLS (x.509) certificate' }
  }
  // Set by Node when the certificate leads to an authority that the broker trusts.
  if (!tls.authorized) return { missing: 'the certificate is not trusted' }
  if (loginFrom === 'distinguished_name') return { user: distinguishedName(certificate.subject) }
  const names: string | string[] | undefined = tls.getPeerCertificate().subject?.CN
  if (names === undefined || names.length === 0) return { missing: 'no name found' }
  return { user: Array.isArray(names) ? names.join(',') : names }
}

function tlsFacts(tls: TLSSocket): TlsFacts {
  const certificate = tls.getPeerX509Certificate()
  const validity = (from: Date, to: Date): string => `${rfc3339(from)} - ${rfc3339(to)}`
  return {
    protocol: (tls.getProtocol() ?? 'unknown').toLowerCase(),
    ...suiteParts(tls.getCipher().standardName),
    peerSubject: certificate === undefined ? null : distinguishedName(certificate.subject),
    peerIssuer: certificate === undefined ? null : distinguishedName(certificate.issuer),
    peerValidity:
      certificate === undefined
        ? null
        : validity(certificate.validFromDate, certificate.validToDate),
  }
}

/** Node gives a line for each part, the widest first; RFC 4514 has them the other way round. */
function distinguishedName(lines: string): string {
  return lines.split('\n').reverse().join(',')
}

function rfc3339(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z')
}

/** `TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384` in Erlang's words, which RabbitMQ's tools show. */
function suiteParts(suite: string): Pick<TlsFacts, 'keyExchange' | 'cipher' | 'hash'> {
  const match = /^TLS_(?:(\w+)_WITH_)?(\w+?)(?:_(SHA\d*))?$/.exec(suite)
  const [, keyExchange = 'any', cipher = suite, hash = 'aead'] = match ?? []
  const authenticated = /GCM|CCM|POLY1305/.test(suite)
  return {
    keyExchange: keyExchange.toLowerCase(),
    cipher: cipher.toLowerCase(),
    hash: authenticated ? 'aead' : hash.toLowerCase(),
  }
}
