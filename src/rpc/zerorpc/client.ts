import type { ClientTransport } from '../call.ts'
export interface ZerorpcClientOptions {
  readonly x?: never
}
export async function openZerorpc(
  _url: URL,
  _options?: ZerorpcClientOptions,
): Promise<ClientTransport> {
  throw new Error('todo')
}
