// Works 50 seconds (or WORK_SECONDS) on each message and takes no second one meanwhile.
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'amqplib'
import { url } from './address.ts'

const workMs = Number(process.env.WORK_SECONDS ?? 50) * 1000

const connection = await connect(url)
const channel = await connection.createChannel()
await channel.assertQueue('lqz', { durable: false })

// Whoever is idle gets the next message.
await channel.prefetch(1)
await channel.consume('lqz', async (message) => {
  if (message === null) return
  await sleep(workMs)
  console.log(` [x] Received '${message.content}'`)
  channel.ack(message)
})
