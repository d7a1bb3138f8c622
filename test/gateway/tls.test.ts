// Gateways over TLS: passwords travel encrypted, and nobody is served in the clear beside it.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { credentials as grpcCredentials } from '@grpc/grpc-js'
import { type ConnectOptions, connect } from '../../src/rpc/index.ts'
import { Certificates, skipWithoutOpenssl } from '../support/certificates.ts'
import { type GatewayNode, startGatewayNode } from './support/gateway-node.ts'
import { startTextWorker } from './support/text-worker.ts'

interface Service {
  fib(n: number): number
}

const call = async (url: string, options: ConnectOptions): Promise<number> => {
  await using client = connect<Service>(url, options)
  return await client.$with({ timeoutMs: 5000 }).fib(1)
}

describe('TLS', { skip: skipWithoutOpenssl }, () => {
  const made = new Certificates()
  after(() => made.remove())
  const server = made.issue('server', '/CN=localhost')
  const ca = made.read(server).ca

  const start = (...lines: readonly string[]): Promise<GatewayNode> =>
    startGatewayNode([
      'gateway.xml_rpc = 0',
      'gateway.json_rpc = 0',
      'gateway.grpc = 0',
      'gateway.route.fib.queue = rpc_queue',
      `gateway.ssl.certfile = ${server.cert}`,
      `gateway.ssl.keyfile = ${server.key}`,
      ...lines,
    ])

  function urls(node: GatewayNode): readonly (readonly [string, ConnectOptions])[] {
    const [root] = ca
    assert.ok(root !== undefined)
    const http = { tls: { ca } }
    const address = (protocol: string): string => `guest:guest@localhost:${node.port(protocol)}`
    return [
      [`xmlrpc+https://${address('xml-rpc')}`, { xmlRpc: http }],
      [`https://${address('json-rpc')}`, { jsonRpc: http }],
      [
        `grpcs://${address('grpc')}/rpc.Gateway`,
        { grpc: { credentials: grpcCredentials.createSsl(root) } },
      ],
    ]
  }

  test('XML-RPC, JSON-RPC and gRPC are encrypted, and not served in the clear', async () => {
    await using node = await start()
    const worker = await startTextWorker(node.amqpUrl, { respond: () => '1' })
    for (const [url, options] of urls(node)) {
      assert.equal(await call(url, options), 1, url)
      const plain = url
        .replace('+https', '')
        .replace(/^https/, 'http')
        .replace('grpcs', 'grpc')
      await assert.rejects(call(plain, {}), { code: 'UNAVAILABLE' }, plain)
    }
    assert.ok(node.gateways.listeners().every(({ tls }) => tls))
    assert.equal(worker.requests.length, 3)
    await worker.close()
  })

  test('with verify_peer, who has no certificate of the authority is turned away', async () => {
    await using node = await start(
      `gateway.ssl.cacertfile = ${made.authority.cert}`,
      'gateway.ssl.verify = verify_peer',
      'gateway.ssl.fail_if_no_peer_cert = true',
    )
    const worker = await startTextWorker(node.amqpUrl, { respond: () => '1' })
    for (const [url, options] of urls(node)) {
      await assert.rejects(call(url, options), { code: 'UNAVAILABLE' }, url)
    }
    const client = made.read(made.issue('client', '/CN=client'))
    const [, [jsonUrl], [grpcUrl]] = urls(node) as [unknown, [string], [string]]
    assert.equal(await call(jsonUrl, { jsonRpc: { tls: client } }), 1)
    const credentials = grpcCredentials.createSsl(ca[0], client.key, client.cert)
    assert.equal(await call(grpcUrl, { grpc: { credentials } }), 1)
    await worker.close()
  })

  test('a file that is missing stops the start with the key’s name', async () => {
    await assert.rejects(start('gateway.ssl.keyfile = /nowhere'), /gateway\.ssl\.keyfile/)
  })
})
