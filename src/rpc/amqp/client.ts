import type { ClientTransport } from '../call.ts'
export interface AmqpClientOptions {
  readonly x?: never
}
export async function openAmqp(_url: URL, _options?: AmqpClientOptions): Promise<ClientTransport> {
  throw new Error('todo')
}
