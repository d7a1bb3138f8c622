// Subscribes to "logs" with a queue of its own; start it as often as you like.
import { connect } from 'amqplib'
import { url } from './address.ts'

const connection = await connect(url)
const channel = await connection.createChannel()
await channel.assertExchange('logs', 'fanout', { durable: false })

// The broker chooses the name, and deletes the queue when we are gone.
const { queue } = await channel.assertQueue('', { exclusive: true, durable: false })
console.log(queue)
await channel.bindQueue(queue, 'logs', '')

console.log(' [*] Waiting for logs. To exit press CTRL+C')
await channel.consume(queue, (message) => console.log(` [x] '${message?.content}'`), {
  noAck: true,
})
