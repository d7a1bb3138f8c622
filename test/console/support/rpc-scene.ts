// Workers behind the gateways and callers in front of them, so that the page of RPC has something to
// show: a method that is answered, one that sometimes fails, and one that nobody serves.

import amqp, { type Channel, type ConsumeMessage } from 'amqplib'
import type { ConsoleBroker } from './console-broker.ts'

export const gatewayLines: readonly string[] = [
  'gateway.xml_rpc = 0',
  'gateway.zerorpc = 0',
  'gateway.json_rpc = 0',
  'gateway.timeout = 5s',
  'gateway.wait_for_worker = 0',
  'gateway.route.fib.queue = rpc_queue',
  'gateway.route.stock.method = stock.*',
  'gateway.route.stock.queue = stock.rpc',
  'gateway.route.stock.codec = json',
  'gateway.route.reports.method = reports.*',
  'gateway.route.reports.queue = reports.rpc',
]

export interface RpcScene {
  /** Calls each method a few times. */
  readonly stir: () => Promise<void>
  readonly close: () => Promise<void>
}

export async function buildRpcScene(broker: ConsoleBroker): Promise<RpcScene> {
  const workers = await amqp.connect(broker.url, {
    clientProperties: { connection_name: 'rpc-workers' },
  })
  const channel = await workers.createChannel()
  await serve(channel, 'rpc_queue', (body) => String(fib(Number(body))))
  await serve(channel, 'stock.rpc', answerStock)
  await channel.assertQueue('reports.rpc', { durable: false })
  const callJson = caller(broker, 'json-rpc')
  const callXml = caller(broker, 'xml-rpc')
  let turn = 0
  return {
    stir: async () => {
      const more = turn % 20 < 8 ? [14, 16, 18] : []
      const skus = turn % 6 === 0 ? ['BOOK-3', 'nothing'] : ['BOOK-3', 'BAG']
      await Promise.all([
        ...[12, 17, 20, ...more].map((n) => callJson(jsonCall('fib', [n]))),
        ...skus.map((sku) => callJson(jsonCall('stock.find', [sku]))),
        ...(turn % 15 === 0 ? [callJson(jsonCall('reports.build', ['2026-11']))] : []),
        callXml(xmlCall('fib', 15)),
      ])
      turn += 1
    },
    close: () => workers.close(),
  }
}

async function serve(
  channel: Channel,
  queue: string,
  respond: (body: string) => string,
): Promise<void> {
  await channel.assertQueue(queue, { durable: false })
  await channel.consume(queue, (request: ConsumeMessage | null) => {
    if (request === null) return
    const { replyTo, correlationId } = request.properties
    const answer = Buffer.from(respond(request.content.toString()))
    channel.sendToQueue(String(replyTo), answer, { correlationId })
    channel.ack(request)
  })
}

function fib(n: number): number {
  return n < 2 ? n : fib(n - 1) + fib(n - 2)
}

function answerStock(body: string): string {
  const { id, params } = JSON.parse(body)
  const [sku] = params
  const answer =
    sku === 'nothing'
      ? { error: { code: -32000, message: 'no such article: nothing' } }
      : { result: { sku, onHand: 12, reserved: 3, shelf: 'B-17', prices: { gbp: 12.5 } } }
  return JSON.stringify({ jsonrpc: '2.0', id, ...answer })
}

/** Calls by HTTP; what is answered is of no concern here. */
function caller(broker: ConsoleBroker, protocol: string): (body: string) => Promise<void> {
  const type = protocol === 'xml-rpc' ? 'text/xml' : 'application/json'
  return async (body) => {
    const response = await fetch(`http://127.0.0.1:${broker.gatewayPort(protocol)}/`, {
      method: 'POST',
      headers: { 'content-type': type, authorization: `Basic ${btoa('guest:guest')}` },
      body,
    })
    await response.text()
  }
}

function jsonCall(method: string, params: readonly unknown[]): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
}

function xmlCall(method: string, n: number): string {
  return `<?xml version="1.0"?><methodCall><methodName>${method}</methodName><params><param><value><int>${n}</int></value></param></params></methodCall>`
}
