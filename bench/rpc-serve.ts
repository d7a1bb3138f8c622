// The servers of the RPC benchmark that run on Node, each in a process of its own.
// Usage: rpc-serve.ts TRANSPORT WHERE, where WHERE is a port or the URL of a broker.
import { Metadata, Server, ServerCredentials, type UntypedHandleCall } from '@grpc/grpc-js'
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

/** grpc-js alone, with messages that are bytes already: nothing can be faster over it. */
async function serveBareGrpc(): Promise<void> {
  const identity = (bytes: Buffer): Buffer => bytes
  const echo: UntypedHandleCall = (
    call: { request: Buffer },
    callback: (error: null, value: Buffer, metadata: Metadata) => void,
  ) => callback(null, call.request, new Metadata())
  const server = new Server()
  server.addService(
    {
      echo: {
        path: '/rpc.Bare/echo',
        requestStream: false,
        responseStream: false,
        requestSerialize: identity,
        requestDeserialize: identity,
        responseSerialize: identity,
        responseDeserialize: identity,
      },
    },
    { echo },
  )
  await new Promise<void>((resolve, reject) => {
    const credentials = ServerCredentials.createInsecure()
    server.bindAsync(`127.0.0.1:${port}`, credentials, (error) =>
      error ? reject(error) : resolve(),
    )
  })
}

const transports: Readonly<Record<string, () => ServerTransport>> = {
  xmlrpc: () => xmlRpc({ port }),
  zerorpc: () => zerorpc({ bind: `tcp://127.0.0.1:${port}` }),
  jsonrpc: () => jsonRpc({ port }),
  grpc: () => grpc({ port }),
  amqp: () => amqp({ url: where, queue: 'rpc_bench', prefetch: 64 }),
}

const transport = transports[name]
if (name === 'bare-grpc') await serveBareGrpc()
else if (transport === undefined) throw new Error(`no transport ${name}`)
else await serve(service('RPCServer', new RPCServer()), [transport()])
console.log('ready')
