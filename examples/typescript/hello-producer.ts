// Puts one message into the queue "hello".
import { connect } from 'amqplib'
import { url } from './address.ts'

const connection = await connect(url)
const channel = await connection.createChannel()

// The queue is made if there is none.
await channel.assertQueue('hello', { durable: false })
channel.sendToQueue('hello', Buffer.from('Hello World!'))
console.log('Sent Hello World!')

await channel.close()
await connection.close()
