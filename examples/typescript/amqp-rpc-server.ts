// Answers calls of fib(n) that come to the queue "rpc_queue".
import { connect } from 'amqplib'
import { url } from './address.ts'

function fib(n: number): number {
  return n < 2 ? n : fib(n - 1) + fib(n - 2)
}

const connection = await connect(url)
const channel = await connection.createChannel()
await channel.assertQueue('rpc_queue', { durable: false })

await channel.prefetch(1)
await channel.consume('rpc_queue', (request) => {
  if (request === null) return
  const n = Number(request.content)
  console.log(` [.] fib(${n})`)
  // The caller said where it waits, and by which id it knows its call.
  const { replyTo, correlationId } = request.properties
  channel.sendToQueue(replyTo, Buffer.from(`${fib(n)}`), { correlationId })
  channel.ack(request)
})
console.log(' [x] Awaiting RPC requests')
