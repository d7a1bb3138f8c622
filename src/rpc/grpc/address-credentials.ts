// Lets the library speak TLS with a server that is named by its IP address. It sends the address as
// server name, which TLS forbids [RFC 6066, 3] and Node has come to refuse.
import { isIP } from 'node:net'
import type { ChannelCredentials } from '@grpc/grpc-js'

interface WithConnectionOptions {
  readonly connectionOptions?: { servername?: string }
}

/** The same credentials, which send no server name. The certificate must be for the address. */
export function addressCredentials(credentials: ChannelCredentials): ChannelCredentials {
  const nameless = Object.create(credentials) as ChannelCredentials
  nameless._createSecureConnector = (...args) => {
    const connector = credentials._createSecureConnector(...args)
    const { connectionOptions } = connector as WithConnectionOptions
    // Node then compares the certificate with the host, which is the address.
    if (isIP(connectionOptions?.servername ?? '') !== 0 && connectionOptions !== undefined) {
      connectionOptions.servername = ''
    }
    return connector
  }
  return nameless
}
