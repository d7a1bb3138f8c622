// Puts three persistent messages into the durable queue "Two"; queue and messages survive a restart.
import { connect } from 'amqplib'
import { url } from './address.ts'

const connection = await connect(url)
// On a confirm channel one can wait until the broker has the messages safely.
const channel = await connection.createConfirmChannel()

await channel.assertQueue('Two', { durable: true })
for (let i = 0; i < 3; i++) channel.sendToQueue('Two', Buffer.from('Two'), { persistent: true })
await channel.waitForConfirms()
console.log('Sent Two')

await connection.close()
