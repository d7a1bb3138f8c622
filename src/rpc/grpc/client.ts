import type { ClientTransport } from '../call.ts'
export interface GrpcClientOptions {
  readonly x?: never
}
export async function openGrpc(_url: URL, _options?: GrpcClientOptions): Promise<ClientTransport> {
  throw new Error('todo')
}
