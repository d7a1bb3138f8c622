// A worker as people write it by hand with amqplib: takes texts from a queue and answers with texts.
import assert from 'node:assert/strict'
import { Socket } from 'node:net'
import amqplib from 'amqplib'

export interface TextWorker {
  /** Bodies of the requests, in the order in which they came. */
  readonly requests: readonly amqplib.ConsumeMessage[]
  /** Resolves when so many requests have come. */
  received(count: number): Promise<void>
  /** Answers a request; once. */
  answer(request: amqplib.ConsumeMessage, text: string, headers?: Record<string, unknown>): void
  /** Ends the connection without acknowledging anything. */
  die(): Promise<void>
  close(): Promise<void>
}

export interface TextWorkerOptions {
  readonly queue?: string
  readonly queueArguments?: Record<string, unknown>
  readonly prefetch?: number
  /** Undefined: no answer by itself. */
  readonly respond?: (request: string) => string
}

export async function startTextWorker(
  url: string,
  options: TextWorkerOptions = {},
): Promise<TextWorker> {
  const { queue = 'rpc_queue', queueArguments = {}, prefetch = 0, respond } = options
  const connection = await amqplib.connect(url, { noDelay: true })
  connection.on('error', () => undefined)
  const channel = await connection.createChannel()
  const requests: amqplib.ConsumeMessage[] = []
  let arrived: () => void = () => undefined
  const answer: TextWorker['answer'] = (request, text, headers = {}) => {
    const { replyTo, correlationId } = request.properties
    // Without an address nobody waits for an answer.
    if (typeof replyTo === 'string') {
      channel.sendToQueue(replyTo, Buffer.from(text), { correlationId, headers })
    }
    channel.ack(request)
  }
  await channel.assertQueue(queue, { durable: false, arguments: queueArguments })
  await channel.prefetch(prefetch)
  await channel.consume(queue, (request) => {
    if (request === null) return
    requests.push(request)
    if (respond !== undefined) answer(request, respond(request.content.toString()))
    arrived()
  })
  return {
    requests,
    received: async (count) => {
      while (requests.length < count) {
        await new Promise<void>((resolve) => {
          arrived = resolve
        })
      }
    },
    answer,
    die: async () => {
      const closed = new Promise((resolve) => connection.once('close', resolve))
      // With an error: the library keeps its timers for a stream that merely ends.
      const stream: unknown = Reflect.get(connection.connection, 'stream')
      assert.ok(stream instanceof Socket)
      stream.destroy(new Error('killed'))
      await closed
    },
    close: async () => {
      await connection.close().catch(() => undefined)
    },
  }
}
