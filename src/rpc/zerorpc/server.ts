// Serves a dispatcher over ZeroRPC, as Python's `zerorpc.Server` does for one object.
import type { Dispatcher, Endpoint, ServerTransport } from '../call.ts'
import type { ZerorpcServerOptions } from './options.ts'
import { EventSocket, loadZeroMq, socketSettings } from './socket.ts'

export function zerorpc(options: ZerorpcServerOptions = {}): ServerTransport {
  return {
    name: 'zerorpc',
    listen: async (dispatcher: Dispatcher): Promise<Endpoint> => {
      const zeroMq = await loadZeroMq()
      const { ZerorpcHandler } = await import('./handler.ts')
      const limits = { messageBytesMax: options.messageBytesMax, queuedMax: options.queuedMax }
      const { curve } = options
      const router = new zeroMq.Router({
        ...socketSettings(limits),
        ...(curve === undefined ? {} : { curveServer: true, curveSecretKey: curve.secretKey }),
      })
      const addresses = [options.bind ?? 'tcp://127.0.0.1:*'].flat()
      let first = ''
      try {
        for (const address of addresses) {
          await router.bind(address)
          if (first === '') first = router.lastEndpoint ?? address
        }
      } catch (reason) {
        router.close()
        throw reason
      }
      const socket = new EventSocket(router, limits)
      const handler = new ZerorpcHandler(dispatcher, options, (frames) => socket.send(frames))
      socket.read((frames) => handler.receive(frames))
      return {
        transport: 'zerorpc',
        url: urlOf(first),
        stop: async () => handler.stop(),
        close: async () => {
          await handler.close()
          await socket.close()
        },
      }
    },
  }
}

function urlOf(address: string): string {
  if (address.startsWith('ipc:')) return `zerorpc+${address}`
  return address.replace(/^tcp:\/\/(0\.0\.0\.0|\*)/, 'tcp://127.0.0.1').replace('tcp:', 'zerorpc:')
}
