// Publishes one message to every subscriber of "logs".
import { connect } from 'amqplib'
import { url } from './address.ts'

const connection = await connect(url)
const channel = await connection.createChannel()

await channel.assertExchange('logs', 'fanout', { durable: false })
const message = 'info: Hello World!'
channel.publish('logs', '', Buffer.from(message))
console.log(` [x] Sent '${message}'`)

await channel.close()
await connection.close()
