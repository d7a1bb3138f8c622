// Gets the messages with any of the routing keys given; without one, with "nb" and "bnb".
import { connect } from 'amqplib'
import { url } from './address.ts'

const connection = await connect(url)
const channel = await connection.createChannel()
await channel.assertExchange('lqz123', 'direct', { durable: false })

const { queue } = await channel.assertQueue('', { exclusive: true, durable: false })
console.log(queue)

// Every binding adds a key.
const keys = process.argv.length > 2 ? process.argv.slice(2) : ['nb', 'bnb']
for (const key of keys) await channel.bindQueue(queue, 'lqz123', key)

console.log(' [*] Waiting for logs. To exit press CTRL+C')
await channel.consume(queue, (message) => console.log(` [x] '${message?.content}'`), {
  noAck: true,
})
