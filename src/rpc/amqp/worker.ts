// The worker's end of the queue: consumes, reconnects, listens to cancellations, and takes itself
// down in order. What becomes of one request is in handler.ts.
import type { Channel, ConsumeMessage } from 'amqplib'
import type { Dispatcher } from '../call.ts'
import { backOffMs } from '../retry.ts'
import { CallerWatch } from './caller-watch.ts'
import { controlExchange } from './codec.ts'
import { brokerUrl, type Link, openLink, unavailable } from './connection.ts'
import { AmqpHandler } from './handler.ts'
import type { AmqpServerOptions } from './options.ts'
import { serverRouting } from './profile-choice.ts'

const defaultPrefetch = 16

export class AmqpWorker {
  readonly url: string
  readonly #brokerUrl: string
  readonly #dispatcher: Dispatcher
  readonly #options: AmqpServerOptions
  #link: Link | undefined
  #handler: AmqpHandler | undefined
  #consumerTag: string | undefined
  #retry: NodeJS.Timeout | undefined
  #stopped = false

  constructor(dispatcher: Dispatcher, options: AmqpServerOptions) {
    const url = new URL(options.url ?? 'amqp://guest:guest@127.0.0.1:5672')
    this.#brokerUrl = brokerUrl(url)
    url.searchParams.set('queue', options.queue)
    this.url = url.href
    this.#dispatcher = dispatcher
    this.#options = options
  }

  async start(): Promise<void> {
    try {
      await this.#connect()
    } catch (cause) {
      throw unavailable(cause)
    }
  }

  /** No new requests; those that were delivered ahead go back to the queue. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#retry)
    this.#handler?.stop()
    if (this.#consumerTag === undefined) return
    await this.#link?.channel.cancel(this.#consumerTag).catch(() => undefined)
  }

  async close(): Promise<void> {
    await this.stop()
    await this.#handler?.answered()
    await this.#link?.close()
  }

  async #connect(): Promise<void> {
    const options = this.#options
    const link = await openLink(this.#brokerUrl, options, () => this.#lost())
    const { channel } = link
    await channel.prefetch(options.prefetch ?? defaultPrefetch)
    await this.#declareQueue(channel)
    const control = await channel.assertQueue('', { exclusive: true, autoDelete: true })
    await channel.assertExchange(controlExchange, 'fanout', { durable: false, autoDelete: true })
    await channel.bindQueue(control.queue, controlExchange, '')
    const callers = new CallerWatch(link.model, options.callerCheckMs ?? 15_000)
    const handlerLink = { channel, controlQueue: control.queue, callers }
    const handler = new AmqpHandler(this.#dispatcher, handlerLink, options)
    const onControl = (message: ConsumeMessage | null): void => {
      if (message !== null) handler.control(message)
    }
    await channel.consume(control.queue, onControl, { noAck: true })
    this.#link = link
    this.#handler = handler
    const consumer = await channel.consume(options.queue, (message) => {
      // The broker took the queue away; declaring it again needs a new channel.
      if (message === null) link.model.close().catch(() => undefined)
      else handler.receive(message)
    })
    this.#consumerTag = consumer.consumerTag
  }

  async #declareQueue(channel: Channel): Promise<void> {
    const { queue, durable, queueArguments } = this.#options
    const routing = serverRouting(this.#options)
    await channel.assertQueue(queue, {
      durable: durable ?? routing !== undefined,
      autoDelete: false,
      arguments: { ...queueArguments },
    })
    if (routing === undefined) return
    await channel.assertExchange(routing.exchange, 'topic', { durable: true })
    await channel.bindQueue(queue, routing.exchange, routing.bindingKey(queue))
  }

  #lost(): void {
    // The broker gives the requests that were not acknowledged to another worker.
    this.#handler?.lost()
    this.#handler = undefined
    this.#link = undefined
    if (!this.#stopped) this.#reconnect(0)
  }

  #reconnect(attempt: number): void {
    const waitMs = backOffMs(attempt, { baseMs: 100, maxMs: 10_000 })
    this.#retry = setTimeout(() => {
      this.#connect().catch(() => {
        if (!this.#stopped) this.#reconnect(attempt + 1)
      })
    }, waitMs)
  }
}
