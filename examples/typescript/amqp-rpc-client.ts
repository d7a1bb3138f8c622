// Calls fib(30) on the server and waits for the answer.
import { randomUUID } from 'node:crypto'
import { connect } from 'amqplib'
import { url } from './address.ts'

const connection = await connect(url)
const channel = await connection.createChannel()

async function fib(n: number): Promise<number> {
  // The queue that the answer comes to.
  const { queue: replyTo } = await channel.assertQueue('', { exclusive: true, durable: false })
  const correlationId = randomUUID()
  const answer = Promise.withResolvers<number>()
  await channel.consume(
    replyTo,
    (reply) => {
      if (reply?.properties.correlationId === correlationId) answer.resolve(Number(reply.content))
    },
    { noAck: true },
  )
  channel.sendToQueue('rpc_queue', Buffer.from(`${n}`), { replyTo, correlationId })
  return await answer.promise
}

console.log(' [x] Requesting fib(30)')
console.log(` [.] Got ${await fib(30)}`)
await connection.close()
