// Serves a dispatcher over XML-RPC, as Python's SimpleXMLRPCServer does for one object.
import type { Dispatcher, Endpoint, ServerTransport } from '../call.ts'
import { listenHttp } from '../http/server.ts'
import type { XmlRpcServerOptions } from './options.ts'

export function xmlRpc(options: XmlRpcServerOptions = {}): ServerTransport {
  return {
    name: 'xml-rpc',
    listen: async (dispatcher: Dispatcher): Promise<Endpoint> => {
      const { XmlRpcHandler } = await import('./handler.ts')
      const handler = new XmlRpcHandler(dispatcher, options)
      const listener = await listenHttp(
        {
          scheme: options.tls === undefined ? 'xmlrpc' : 'xmlrpc+https',
          paths: options.paths ?? ['/', '/RPC2'],
          contentTypes: ['text/xml', 'application/xml'],
          wrongMethodStatus: 501,
          answer: (exchange) => handler.answer(exchange),
        },
        options,
      )
      return {
        transport: 'xml-rpc',
        url: listener.url,
        stop: () => listener.stop(),
        close: () => listener.close(),
      }
    },
  }
}
