// The transports of warren/rpc as the gateways use them. Each is loaded when it is configured: a start
// without gateways loads none of them.

import type { HttpServerOptions } from '../rpc/http/server.ts'
import type { Protocol } from './options.ts'
import { isLoopbackAddress } from './peer-address.ts'
import type { PreparedTransport, TransportSettings } from './prepared-transport.ts'
import { httpTls } from './tls.ts'

type Prepare = (settings: TransportSettings) => Promise<PreparedTransport>

const byPassword = {
  authentication: 'basic',
  methodNames: [],
  defaultUser: () => undefined,
} as const

/** What XML-RPC and JSON-RPC share. */
function httpOptions(settings: TransportSettings): HttpServerOptions {
  const { options, host, port, gatekeeper, tls, logger } = settings
  return {
    ...httpTls(tls, logger),
    host,
    port,
    bodyBytesMax: options.bodyBytesMax,
    authenticate: (credentials, peer) => gatekeeper.authenticate(credentials, peer),
  }
}

const prepareJsonRpc: Prepare = async (settings) => {
  const { jsonRpc } = await import('../rpc/json-rpc/server.ts')
  return { ...byPassword, transport: jsonRpc(httpOptions(settings)) }
}

const prepareXmlRpc: Prepare = async (settings) => {
  const { xmlRpc } = await import('../rpc/xml-rpc/server.ts')
  // A worker's answer may be any number, and Python reads these.
  const transport = xmlRpc({ ...httpOptions(settings), largeIntegers: 'i8' })
  return { ...byPassword, transport }
}

const prepareZerorpc: Prepare = async ({ options, host, port, gatekeeper }) => {
  const { curveSecretKey, curveClients, curveUser, bodyBytesMax } = options
  if (curveSecretKey === null && !isLoopbackAddress(host)) {
    throw new RangeError(
      `gateway.zerorpc: ${host} can be reached from outside; set gateway.zerorpc.curve_secret_key, ` +
        'since ZeroRPC has no passwords',
    )
  }
  const { zerorpc } = await import('../rpc/zerorpc/server.ts')
  const bind = `tcp://${host.includes(':') ? `[${host}]` : host}:${port === 0 ? '*' : port}`
  const common = { bind, messageBytesMax: bodyBytesMax }
  if (curveSecretKey === null) {
    return {
      transport: zerorpc(common),
      authentication: 'loopback',
      methodNames: [],
      defaultUser: (call) => gatekeeper.anonymous(call.peer)?.name,
    }
  }
  if (curveUser === null) {
    throw new RangeError('gateway.zerorpc.curve_user: name the user that callers by CURVE act as')
  }
  const curve = { secretKey: curveSecretKey, clientKeys: curveClients }
  return {
    transport: zerorpc({ ...common, curve }),
    authentication: 'curve',
    methodNames: [],
    defaultUser: () => curveUser,
  }
}

const prepareGrpc: Prepare = async (settings) => {
  const { prepareGrpcGateway } = await import('./grpc.ts')
  return prepareGrpcGateway(settings)
}

export const prepareTransport: Readonly<Record<Protocol, Prepare>> = {
  'json-rpc': prepareJsonRpc,
  'xml-rpc': prepareXmlRpc,
  zerorpc: prepareZerorpc,
  grpc: prepareGrpc,
}
