// Serves a dispatcher over JSON-RPC 2.0, by HTTP POST and by WebSocket on the same port.
import type { Dispatcher, Endpoint, ServerCall, ServerTransport } from '../call.ts'
import { RpcError } from '../error.ts'
import { metadataOf, timeoutOf } from '../http/headers.ts'
import { type HttpAnswer, type HttpExchange, listenHttp } from '../http/server.ts'
import { JsonRpcHandler } from './handler.ts'
import type { JsonRpcServerOptions } from './options.ts'

export function jsonRpc(options: JsonRpcServerOptions = {}): ServerTransport {
  return {
    name: 'json-rpc',
    listen: async (dispatcher: Dispatcher): Promise<Endpoint> => {
      const handler = new JsonRpcHandler(dispatcher, options)
      const paths = options.paths ?? ['/', '/rpc']
      const listener = await listenHttp(
        {
          scheme: options.tls === undefined ? 'http' : 'https',
          paths,
          contentTypes: ['application/json', 'application/json-rpc', 'application/jsonrequest'],
          wrongMethodStatus: 405,
          answer: (exchange) => answerHttp(handler, exchange),
        },
        options,
      )
      const sockets =
        options.webSocket === false
          ? undefined
          : (await import('./web-socket-server.ts')).acceptWebSockets(handler, listener, {
              ...options,
              paths,
            })
      return {
        transport: 'json-rpc',
        url: listener.url,
        stop: () => listener.stop(),
        close: async () => {
          await sockets?.close()
          await listener.close()
        },
      }
    },
  }
}

async function answerHttp(handler: JsonRpcHandler, exchange: HttpExchange): Promise<HttpAnswer> {
  const { headers } = exchange.request
  const calls = new Set<ServerCall>()
  exchange.onGone(() => {
    for (const call of calls) call.abort(new RpcError('CANCELLED', 'the caller has gone'))
  })
  const text = await handler.answer(exchange.body.toString('utf8'), {
    transport: 'json-rpc',
    peer: exchange.peer,
    principal: exchange.principal,
    metadata: metadataOf(headers),
    timeoutMs: timeoutOf(headers),
    started: (_id, call) => calls.add(call),
    ended: (_id, call) => calls.delete(call),
  })
  return text === undefined
    ? { status: 204 }
    : { status: 200, contentType: 'application/json', text }
}
