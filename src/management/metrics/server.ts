// The metrics listener: GET on its path and nothing else, without a password, as RabbitMQ has it. Plain
// HTTP of the platform, because it has one page.

import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Logger } from '../../base/logger.ts'
import { createServer } from '../../base/node-http.ts'
import type { TlsSource } from '../../base/tls-settings.ts'

export interface MetricsServerOptions {
  readonly host: string | null
  readonly port: number
  /** `/metrics`; below it `/per-object` and `/detailed`. */
  readonly path: string
  /** Whether the plain path has a series for each object as well. */
  readonly perObject: boolean
  /** Null: plain HTTP. */
  readonly tls: TlsSource | null
  readonly logger: Logger
  readonly render: (perObject: boolean) => Promise<string>
}

export interface MetricsServer {
  readonly port: number
  stop(): Promise<void>
}

export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8'

export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const server = await emptyServer(options)
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    answer(request, response, options).catch((error: unknown) => {
      options.logger.error('metrics failed', { error })
      response.writeHead(500).end()
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host ?? undefined, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    stop: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

async function emptyServer({ tls, logger }: MetricsServerOptions): Promise<Server> {
  if (tls === null) return createServer()
  const { createHttpsServer } = await import('../https-server.ts')
  return createHttpsServer(tls, logger)
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { path, perObject, render }: MetricsServerOptions,
): Promise<void> {
  const asked = (request.url ?? '').split('?')[0]?.replace(/\/$/, '')
  const detailed = asked === `${path}/per-object` || asked === `${path}/detailed`
  if (asked !== path && !detailed) {
    response.writeHead(404).end()
    return
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end()
    return
  }
  const text = await render(perObject || detailed)
  response.writeHead(200, { 'content-type': metricsContentType }).end(text)
}
