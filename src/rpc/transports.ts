// Which URL scheme is which transport. The transport's module, and the libraries it needs, are
// loaded when the first such URL is opened.

import type { AmqpClientOptions } from './amqp/options.ts'
import type { ClientTransport } from './call.ts'
import type { GrpcClientOptions } from './grpc/options.ts'
import type { JsonRpcClientOptions } from './json-rpc/options.ts'
import type { XmlRpcClientOptions } from './xml-rpc/options.ts'
import type { ZerorpcClientOptions } from './zerorpc/options.ts'

export interface TransportOptions {
  readonly amqp?: AmqpClientOptions
  readonly grpc?: GrpcClientOptions
  readonly jsonRpc?: JsonRpcClientOptions
  readonly xmlRpc?: XmlRpcClientOptions
  readonly zerorpc?: ZerorpcClientOptions
}

type Opener = (url: URL, options: TransportOptions) => Promise<ClientTransport>

const openJsonRpc: Opener = async (url, options) =>
  (await import('./json-rpc/client.ts')).openJsonRpc(url, options.jsonRpc)
const openXmlRpc: Opener = async (url, options) =>
  (await import('./xml-rpc/client.ts')).openXmlRpc(url, options.xmlRpc)
const openZerorpc: Opener = async (url, options) =>
  (await import('./zerorpc/client.ts')).openZerorpc(url, options.zerorpc)
const openGrpc: Opener = async (url, options) =>
  (await import('./grpc/client.ts')).openGrpc(url, options.grpc)
const openAmqp: Opener = async (url, options) =>
  (await import('./amqp/client.ts')).openAmqp(url, options.amqp)

const openers: ReadonlyMap<string, Opener> = new Map([
  ['amqp:', openAmqp],
  ['amqps:', openAmqp],
  ['grpc:', openGrpc],
  ['grpcs:', openGrpc],
  ['http:', openJsonRpc],
  ['https:', openJsonRpc],
  ['ws:', openJsonRpc],
  ['wss:', openJsonRpc],
  ['jsonrpc+http:', openJsonRpc],
  ['jsonrpc+https:', openJsonRpc],
  ['jsonrpc+ws:', openJsonRpc],
  ['jsonrpc+wss:', openJsonRpc],
  ['xmlrpc:', openXmlRpc],
  ['xmlrpc+http:', openXmlRpc],
  ['xmlrpc+https:', openXmlRpc],
  ['zerorpc:', openZerorpc],
  ['zerorpc+tcp:', openZerorpc],
  ['zerorpc+ipc:', openZerorpc],
  ['tcp:', openZerorpc],
])

/** Throws TypeError for a URL that no transport is for. */
export function transportOf(text: string): (options: TransportOptions) => Promise<ClientTransport> {
  const url = new URL(text)
  const open = openers.get(url.protocol)
  if (open === undefined) {
    const known = [...openers.keys()].join(' ')
    throw new TypeError(`no transport for ${url.protocol}//, known are ${known}`)
  }
  return (options) => open(url, options)
}
