// Publishes one message with the routing key given, or "lqz.dd".
import { connect } from 'amqplib'
import { url } from './address.ts'

const connection = await connect(url)
const channel = await connection.createChannel()

await channel.assertExchange('m3', 'topic', { durable: false })
const routingKey = process.argv[2] ?? 'lqz.dd'
const message = 'info: asdfasdfasdfsadfasdf World!'
channel.publish('m3', routingKey, Buffer.from(message))
console.log(` [x] Sent '${message}'`)

await channel.close()
await connection.close()
