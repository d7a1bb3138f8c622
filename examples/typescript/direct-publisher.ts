// Publishes one message with the routing key given, or "bnb".
import { connect } from 'amqplib'
import { url } from './address.ts'

const connection = await connect(url)
const channel = await connection.createChannel()

await channel.assertExchange('lqz123', 'direct', { durable: false })
const routingKey = process.argv[2] ?? 'bnb'
const message = 'info: asdfasdfasdfsadfasdf World!'
channel.publish('lqz123', routingKey, Buffer.from(message))
console.log(` [x] Sent '${message}'`)

await channel.close()
await connection.close()
