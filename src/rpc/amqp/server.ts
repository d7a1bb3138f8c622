// Serves a dispatcher on a queue. Several workers on one queue share its requests.
import type { Dispatcher, Endpoint, ServerTransport } from '../call.ts'
import type { AmqpServerOptions } from './options.ts'

export function amqp(options: AmqpServerOptions): ServerTransport {
  return {
    name: 'amqp',
    listen: async (dispatcher: Dispatcher): Promise<Endpoint> => {
      const { AmqpWorker } = await import('./worker.ts')
      const worker = new AmqpWorker(dispatcher, options)
      await worker.start()
      return {
        transport: 'amqp',
        url: worker.url,
        stop: () => worker.stop(),
        close: () => worker.close(),
      }
    },
  }
}
