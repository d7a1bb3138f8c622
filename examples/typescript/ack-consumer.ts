// Takes messages from "hello" and confirms each when it has been worked on.
import { connect } from 'amqplib'
import { url } from './address.ts'

const connection = await connect(url)
const channel = await connection.createChannel()
await channel.assertQueue('hello', { durable: false })

await channel.consume('hello', (message) => {
  // The broker says with null that it has cancelled the consumer.
  if (message === null) return
  console.log(` [x] Received '${message.content}'`)
  channel.ack(message)
})
