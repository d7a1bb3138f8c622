// Gets the messages whose routing key matches the pattern given, or "lqz.#". A * stands for one
// word, a # for any number of words: lqz.* matches lqz.dd, and lqz.# matches lqz.dd.xxx as well.
import { connect } from 'amqplib'
import { url } from './address.ts'

const connection = await connect(url)
const channel = await connection.createChannel()
await channel.assertExchange('m3', 'topic', { durable: false })

const { queue } = await channel.assertQueue('', { exclusive: true, durable: false })
console.log(queue)
await channel.bindQueue(queue, 'm3', process.argv[2] ?? 'lqz.#')

console.log(' [*] Waiting for logs. To exit press CTRL+C')
await channel.consume(queue, (message) => console.log(` [x] '${message?.content}'`), {
  noAck: true,
})
