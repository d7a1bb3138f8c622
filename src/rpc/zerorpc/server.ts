// Serves a dispatcher over ZeroRPC, as Python's `zerorpc.Server` does for one object.
import type { Dispatcher, Endpoint, ServerTransport } from '../call.ts'
import { parseTcp } from '../zmtp/address.ts'
import { Router } from '../zmtp/router.ts'
import { type ClientGate, openClientGate } from './curve-clients.ts'
import type { ZerorpcServerOptions } from './options.ts'
import { EventSocket, limitsOf, loadZeroMq, type MessageSocket, socketSettings } from './socket.ts'

export function zerorpc(options: ZerorpcServerOptions = {}): ServerTransport {
  return {
    name: 'zerorpc',
    listen: async (dispatcher: Dispatcher): Promise<Endpoint> => {
      const { ZerorpcHandler } = await import('./handler.ts')
      const { socket, address } = await bindSocket(options)
      const handler = new ZerorpcHandler(dispatcher, options, (frames) => socket.send(frames))
      socket.read(
        (frames) => handler.receive(frames),
        (name) => handler.peerGone(name),
      )
      return {
        transport: 'zerorpc',
        url: urlOf(address),
        stop: async () => handler.stop(),
        close: async () => {
          await handler.close()
          await socket.close()
        },
      }
    },
  }
}

interface Bound {
  readonly socket: MessageSocket
  /** Of the first address. */
  readonly address: string
}

async function bindSocket(options: ZerorpcServerOptions): Promise<Bound> {
  const addresses = [options.bind ?? 'tcp://127.0.0.1:*'].flat()
  const limits = { messageBytesMax: options.messageBytesMax, queuedMax: options.queuedMax }
  const parsed = addresses.map(parseTcp).filter((address) => address !== undefined)
  const isPlain = options.curve === undefined && parsed.length === addresses.length
  if (isPlain) {
    const router = new Router(limitsOf(limits, options.connectionsMax ?? 1024))
    return bindAll(parsed, {
      bind: (address) => router.bind(address),
      socket: router,
    })
  }
  const zeroMq = await loadZeroMq()
  const { curve } = options
  const clientKeys = curve?.clientKeys ?? []
  const gate = clientKeys.length === 0 ? undefined : await openClientGate(zeroMq, clientKeys)
  const router = new zeroMq.Router({
    ...socketSettings(limits),
    ...gate?.settings,
    ...(curve === undefined ? {} : { curveServer: true, curveSecretKey: curve.secretKey }),
  })
  return bindAll(addresses, {
    bind: async (address) => {
      await router.bind(address)
      return router.lastEndpoint ?? address
    },
    socket: closedWith(new EventSocket(router, limits), gate),
  })
}

function closedWith(socket: MessageSocket, gate: ClientGate | undefined): MessageSocket {
  if (gate === undefined) return socket
  return {
    send: (frames) => socket.send(frames),
    read: (onMessage, onGone) => socket.read(onMessage, onGone),
    close: async () => {
      await socket.close()
      gate.close()
    },
  }
}

async function bindAll<Address>(
  addresses: readonly Address[],
  target: { bind(address: Address): Promise<string>; readonly socket: MessageSocket },
): Promise<Bound> {
  let first: string | undefined
  try {
    for (const address of addresses) {
      const bound = await target.bind(address)
      first ??= bound
    }
  } catch (reason) {
    await target.socket.close()
    throw reason
  }
  return { socket: target.socket, address: first ?? '' }
}

function urlOf(address: string): string {
  if (address.startsWith('ipc:')) return `zerorpc+${address}`
  return address.replace(/^tcp:\/\/(0\.0\.0\.0|\*)/, 'tcp://127.0.0.1').replace('tcp:', 'zerorpc:')
}
