// Exposes services on any number of transports, and takes them down again without losing a call.
import type { Endpoint, ServerTransport, ServiceDescription } from './call.ts'
import { type DispatcherOptions, ServiceDispatcher } from './dispatcher.ts'
import type { Service } from './service.ts'

export interface CloseOptions {
  /** How long calls under way may go on. Default 10 seconds: the patience of most supervisors. */
  readonly graceMs?: number
}

export interface RpcServer {
  readonly endpoints: readonly Endpoint[]
  readonly description: ServiceDescription
  /** The address of the first endpoint of that transport, ready for `connect`. */
  url(transport: string): string
  /** Calls that are running or waiting. */
  readonly activeCount: number
  /** Stops listening, lets running calls finish, then closes the connections. */
  close(options?: CloseOptions): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

async function listenAll(
  transports: readonly ServerTransport[],
  dispatcher: ServiceDispatcher,
): Promise<Endpoint[]> {
  const results = await Promise.allSettled(transports.map((each) => each.listen(dispatcher)))
  const endpoints = results.filter((each) => each.status === 'fulfilled').map((each) => each.value)
  const failed = results.find((each) => each.status === 'rejected')
  if (failed !== undefined) {
    await Promise.allSettled(endpoints.map((endpoint) => endpoint.close()))
    throw failed.reason
  }
  return endpoints
}

/** Starts to serve; resolves when every transport listens, or rejects and none does. */
export async function serve(
  services: Service | readonly Service[],
  transports: readonly ServerTransport[],
  options: DispatcherOptions = {},
): Promise<RpcServer> {
  const list = 'methods' in services ? [services] : services
  const dispatcher = new ServiceDispatcher(list, options)
  const endpoints = await listenAll(transports, dispatcher)
  let closing: Promise<void> | undefined
  const close = async (graceMs: number): Promise<void> => {
    await Promise.allSettled(endpoints.map((endpoint) => endpoint.stop()))
    await dispatcher.drain(graceMs)
    await Promise.allSettled(endpoints.map((endpoint) => endpoint.close()))
  }
  const stop = (given: CloseOptions = {}): Promise<void> => {
    closing ??= close(given.graceMs ?? 10_000)
    return closing
  }
  return {
    endpoints,
    description: dispatcher.describe(),
    url: (transport) => {
      const endpoint = endpoints.find((each) => each.transport === transport)
      if (endpoint === undefined) throw new TypeError(`nothing is served over ${transport}`)
      return endpoint.url
    },
    get activeCount() {
      return dispatcher.activeCount
    },
    close: stop,
    [Symbol.asyncDispose]: () => stop(),
  }
}
