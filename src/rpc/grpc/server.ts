// Serves a dispatcher over gRPC: a service of one's own `.proto`, or any service without one.
import type { Dispatcher, Endpoint, ServerTransport } from '../call.ts'
import type { GrpcServerOptions } from './options.ts'

export function grpc(options: GrpcServerOptions = {}): ServerTransport {
  return {
    name: 'grpc',
    listen: async (dispatcher: Dispatcher): Promise<Endpoint> => {
      const { startGrpcServer } = await import('./listener.ts')
      return startGrpcServer(dispatcher, options)
    },
  }
}
