// The servers of the RPC benchmark that run on Node, each in a process of its own.
// Usage: rpc-serve.ts TRANSPORT WHERE, where WHERE is a port or the URL of a broker.
import {
  amqp,
  grpc,
  jsonRpc,
  type ServerTransport,
  serve,
  service,
  xmlRpc,
  zerorpc,
} from '../src/rpc/index.ts'
import { serveBareGrpc } from './rpc/bare-grpc.ts'

class RPCServer {
  readonly #data = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`server:${i}`, i]))
  #received: unknown

  getObj(): Record<string, number> {
    return this.#data
  }

  sendObj(data: unknown): void {
    this.#received = data
  }

  echo(value: unknown): unknown {
    return value
  }

  received(): unknown {
    return this.#received
  }
}

const [name = '', where = ''] = process.argv.slice(2)
const port = Number(where)

const transports: Readonly<Record<string, () => ServerTransport>> = {
  xmlrpc: () => xmlRpc({ port }),
  zerorpc: () => zerorpc({ bind: `tcp://127.0.0.1:${port}` }),
  jsonrpc: () => jsonRpc({ port }),
  grpc: () => grpc({ port }),
  amqp: () => amqp({ url: where, queue: 'rpc_bench', prefetch: 64 }),
}

const object = new RPCServer()
const transport = transports[name]
if (name === 'bare-grpc') {
  await serveBareGrpc(port, {
    getObj: () => object.getObj(),
    sendObj: (data) => object.sendObj(data),
    echo: (value) => object.echo(value),
  })
} else if (transport === undefined) throw new Error(`no transport ${name}`)
else await serve(service('RPCServer', object), [transport()])
console.log('ready')
