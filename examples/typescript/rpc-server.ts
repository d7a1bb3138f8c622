// One service, written once, served over four protocols at the same time. With AMQP_URL set, it is
// served from a queue as well. The Python programs in ../python can call it.
import { amqp, grpc, jsonRpc, serve, service, xmlRpc, zerorpc } from '../../src/rpc/index.ts'

export class RPCServer {
  readonly #data: Record<string, number> = Object.fromEntries(
    Array.from({ length: 100 }, (_, i) => [`server:${i}`, i]),
  )
  #received: unknown

  getObj(): Record<string, number> {
    return this.#data
  }

  sendObj(data: unknown): void {
    this.#received = data
  }

  lastObj(): unknown {
    return this.#received
  }

  async *count(to: number): AsyncGenerator<number> {
    for (let i = 1; i <= to; i++) yield i
  }
}

const port = (name: string, fallback: number): number => Number(process.env[name] ?? fallback)
const amqpUrl = process.env.AMQP_URL

const server = await serve(service('RPCServer', new RPCServer()), [
  xmlRpc({ port: port('XMLRPC_PORT', 4242) }),
  zerorpc({ bind: `tcp://127.0.0.1:${port('ZERORPC_PORT', 4243)}` }),
  jsonRpc({ port: port('JSONRPC_PORT', 4244) }),
  grpc({ port: port('GRPC_PORT', 4245) }),
  ...(amqpUrl === undefined ? [] : [amqp({ url: amqpUrl, queue: 'rpc_queue' })]),
])
for (const endpoint of server.endpoints) console.log(`${endpoint.transport} at ${endpoint.url}`)

process.once('SIGINT', () => server.close())
process.once('SIGTERM', () => server.close())
