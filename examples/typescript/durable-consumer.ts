// Takes messages from the durable queue "Two".
import { connect } from 'amqplib'
import { url } from './address.ts'

const connection = await connect(url)
const channel = await connection.createChannel()
await channel.assertQueue('Two', { durable: true })

await channel.consume('Two', (message) => {
  if (message === null) return
  console.log(` [x] Received '${message.content}'`)
  channel.ack(message)
})
