// Oversized and malformed requests at each gateway: an error, no crash, and the next call is served.
import assert from 'node:assert/strict'
import { connect as connectSocket } from 'node:net'
import { test } from 'node:test'
import { connect } from '../../src/rpc/index.ts'
import { fuzzRuns, mutated, seeded } from '../rpc/support/fuzz.ts'
import { type GatewayNode, startGatewayNode } from './support/gateway-node.ts'
import { startTextWorker } from './support/text-worker.ts'

interface Service {
  fib(n: unknown): unknown
}

const bodyBytesMax = 20_000

const start = (): Promise<GatewayNode> =>
  startGatewayNode([
    'gateway.xml_rpc = 0',
    'gateway.zerorpc = 0',
    'gateway.json_rpc = 0',
    'gateway.grpc = 0',
    'gateway.route.fib.queue = rpc_queue',
    `gateway.max_body_size = ${bodyBytesMax}`,
  ])

const urlsOf = (node: GatewayNode): string[] => [
  `xmlrpc://127.0.0.1:${node.port('xml-rpc')}`,
  `zerorpc://127.0.0.1:${node.port('zerorpc')}`,
  `http://127.0.0.1:${node.port('json-rpc')}`,
  `ws://127.0.0.1:${node.port('json-rpc')}`,
  `grpc://127.0.0.1:${node.port('grpc')}/rpc.Gateway`,
]

test('a request that is too large is refused by every protocol, and the next one served', async () => {
  await using node = await start()
  const worker = await startTextWorker(node.amqpUrl, { respond: (text) => `${text.length}` })
  for (const url of urlsOf(node)) {
    await using large = connect<Service>(url)
    // ZeroMQ ends the connection of who sends too much; the caller hears nothing more.
    await assert.rejects(large.$with({ timeoutMs: 1000 }).fib('x'.repeat(bodyBytesMax)))
    await using client = connect<Service>(url)
    assert.equal(await client.fib('abc'), 3, url)
  }
  assert.ok(worker.requests.every(({ content }) => content.length === 3))
  await worker.close()
})

/** Sends bytes as they are, and waits until the server has had its say or closed. */
function sendRaw(port: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = connectSocket(port, '127.0.0.1', () => socket.end(bytes))
    const patience = setTimeout(() => socket.destroy(), 50)
    socket.on('data', () => socket.destroy())
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearTimeout(patience)
      resolve()
    })
  })
}

const http = (type: string, body: string): Buffer =>
  Buffer.from(
    `POST / HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  )

const samples: Readonly<Record<string, Buffer>> = {
  'json-rpc': http('application/json', '{"jsonrpc":"2.0","id":1,"method":"fib","params":[1]}'),
  'xml-rpc': http(
    'text/xml',
    '<methodCall><methodName>fib</methodName><params><param><value><int>1</int></value></param></params></methodCall>',
  ),
  grpc: Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'),
  // A greeting of ZMTP 3.0 and the READY of a DEALER.
  zerorpc: Buffer.concat([
    Buffer.from('ff00000000000000017f03004e554c4c', 'hex'),
    Buffer.alloc(48),
    Buffer.from('04260552454144590b536f636b65742d54797065000000064445414c4552', 'hex'),
  ]),
}

test('garbage at any listener leaves it serving', async () => {
  await using node = await start()
  const worker = await startTextWorker(node.amqpUrl, { respond: (text) => `${text.length}` })
  const random = seeded(7)
  const runs = Math.ceil(fuzzRuns / 20)
  for (const [protocol, sample] of Object.entries(samples)) {
    for (let i = 0; i < runs; i += 10) {
      const batch = Array.from({ length: 10 }, () => mutated(sample, random))
      await Promise.all(batch.map((bytes) => sendRaw(node.port(protocol), bytes)))
    }
  }
  for (const url of urlsOf(node)) {
    await using client = connect<Service>(url)
    assert.equal(await client.fib('abcd'), 4, url)
  }
  assert.ok(node.gateways.methods().length <= 4 * 201)
  await worker.close()
})
