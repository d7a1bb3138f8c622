// Takes messages from "hello" and never confirms them: when it ends, they are delivered again.
import { connect } from 'amqplib'
import { url } from './address.ts'

const connection = await connect(url)
const channel = await connection.createChannel()
await channel.assertQueue('hello', { durable: false })

await channel.consume('hello', (message) => {
  console.log(` [x] Received '${message?.content}'`)
})
