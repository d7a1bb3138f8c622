// Calls the service of rpc-server.ts. The URL picks the protocol; nothing else changes.
// Usage: rpc-client.ts [url], for example xmlrpc://127.0.0.1:4242, zerorpc://127.0.0.1:4243,
// http://127.0.0.1:4244, ws://127.0.0.1:4244, grpc://127.0.0.1:4245/rpc.RPCServer,
// amqp://guest:guest@127.0.0.1:5672?queue=rpc_queue
import { connect, RpcError } from '../../src/rpc/index.ts'
import type { RPCServer } from './rpc-server.ts'

const client = connect<RPCServer>(process.argv[2] ?? 'ws://127.0.0.1:4244', { timeoutMs: 5000 })

const data = await client.getObj()
console.log(`getObj has ${Object.keys(data).length} entries`)

await client.sendObj({ hello: 'warren' })
console.log('lastObj', await client.lastObj())

try {
  for await (const number of client.count(3)) console.log('count', number)
} catch (error) {
  // XML-RPC and JSON-RPC over HTTP have no streams: there the result is a list.
  if (!(error instanceof RpcError) || error.code !== 'FAILED_PRECONDITION') throw error
  console.log('count', await client.count(3))
}

try {
  await client.$call('nope')
} catch (error) {
  console.log('nope', error instanceof RpcError ? error.code : error)
}
await client.$close()
