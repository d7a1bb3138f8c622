// Calls over a queue: requests go to it with `reply_to` and `correlation_id`, replies come back by
// direct reply-to or on an exclusive queue. A request that no queue takes is an immediate error, one
// that nobody answers expires at its deadline.
import { randomUUID } from 'node:crypto'
import type { ConsumeMessage, Message } from 'amqplib'
import { ClientCall, type ClientTransport, type ServiceDescription } from '../call.ts'
import { RpcError } from '../error.ts'
import { ItemQueue } from '../item-queue.ts'
import { isRecord } from '../value.ts'
import {
  ControlType,
  controlExchange,
  Header,
  type OutgoingMessage,
  type Profile,
  type Properties,
  type Reply,
} from './codec.ts'
import { brokerUrl, type Link, openLink, unavailable } from './connection.ts'
import type { AmqpClientOptions, ProfileName } from './options.ts'
import { clientProfile, isProfileName } from './profile-choice.ts'

const directReplyTo = 'amq.rabbitmq.reply-to'

export async function openAmqp(
  url: URL,
  options: AmqpClientOptions = {},
): Promise<ClientTransport> {
  const asked = url.searchParams.get('profile') ?? options.profile ?? 'json'
  if (!isProfileName(asked)) throw new TypeError(`there is no profile ${asked}`)
  const queue = url.searchParams.get('queue') ?? options.queue ?? 'rpc_queue'
  return new AmqpClient(brokerUrl(url), { ...options, queue, profile: asked })
}

interface Settings extends AmqpClientOptions {
  readonly queue: string
  readonly profile: ProfileName
}

interface Pending {
  readonly resolve: (value: unknown) => void
  readonly reject: (reason: unknown) => void
  stream: ItemQueue | undefined
  /** The queue of the worker that answers, once it has said so. */
  worker: string | undefined
}

interface Ready {
  readonly link: Link
  readonly replyTo: string
}

class AmqpClient implements ClientTransport {
  readonly #url: string
  readonly #settings: Settings
  readonly #profile: Profile
  readonly #pending = new Map<string, Pending>()
  readonly #idBase = randomUUID()
  #opening: Promise<Ready> | undefined
  #lastId = 0
  #closed = false

  constructor(url: string, settings: Settings) {
    this.#url = url
    this.#settings = settings
    this.#profile = clientProfile(settings.profile)
  }

  async call(call: ClientCall): Promise<unknown> {
    if (this.#pending.size >= (this.#settings.pendingMax ?? 65_536)) {
      throw new RpcError('RESOURCE_EXHAUSTED', 'too many calls are open')
    }
    const { link, replyTo } = await this.#ready()
    if (call.aborted !== undefined) throw call.aborted
    this.#lastId += 1
    // Unguessable, so that nobody else can answer; counted, because that is cheap.
    const id = `${this.#idBase}-${this.#lastId}`
    const message = this.#profile.encodeRequest(call.method, call.args, id)
    const properties = { ...message.properties, ...this.#properties(call, message.properties) }
    return new Promise((resolve, reject) => {
      const pending: Pending = { resolve, reject, stream: undefined, worker: undefined }
      this.#pending.set(id, pending)
      call.onAbort((error) => this.#abort(id, error))
      const options = { ...properties, replyTo, correlationId: id, mandatory: true }
      const outgoing = { ...message, properties: options }
      this.#publish(link, call.method, outgoing, () => this.#refused(id))
    })
  }

  async notify(call: ClientCall): Promise<void> {
    if (this.#profile.routing !== undefined) {
      // A nameko worker ends when a request does not say where its reply goes.
      await this.call(call)
      return
    }
    const { link } = await this.#ready()
    const message = this.#profile.encodeRequest(call.method, call.args, undefined)
    const properties = { ...message.properties, ...this.#properties(call, message.properties) }
    this.#publish(link, call.method, { ...message, properties })
  }

  async describe(whole: ClientCall): Promise<ServiceDescription> {
    const { metadata, deadline } = whole
    const inner = new ClientCall({ method: 'rpc.describe', args: [], metadata, deadline })
    whole.onAbort((error) => inner.abort(error))
    const description = await this.call(inner)
    if (!isRecord(description) || !Array.isArray(description.methods)) {
      throw new RpcError('INTERNAL', 'the worker does not describe itself')
    }
    return description as unknown as ServiceDescription
  }

  async close(): Promise<void> {
    this.#closed = true
    const ready = await this.#opening?.catch(() => undefined)
    this.#failAll(new RpcError('CANCELLED', 'the client is closed'))
    await ready?.link.close()
  }

  #publish(link: Link, method: string, message: OutgoingMessage, refused?: () => void): void {
    const { body, properties } = message
    const { routing } = this.#profile
    const { queue } = this.#settings
    const exchange = routing?.exchange ?? ''
    const key = routing?.requestKey(queue, method) ?? queue
    if (link.confirms === undefined || refused === undefined) {
      link.channel.publish(exchange, key, body, properties)
      return
    }
    link.confirms.publish(exchange, key, body, properties, (error: unknown) => {
      // The end of the channel is told here as well, and dealt with where it belongs.
      if (error instanceof Error && error.message === 'message nacked') refused()
    })
  }

  /** The queue is full and refuses [RabbitMQ: x-overflow=reject-publish]. */
  #refused(id: string): void {
    const text = `busy: the queue ${this.#settings.queue} takes no more`
    this.#take(id)?.reject(new RpcError('RESOURCE_EXHAUSTED', text))
  }

  #properties(call: ClientCall, own: Properties): Properties {
    const remainingMs = call.remainingMs()
    return {
      headers: {
        ...(own.headers as Record<string, unknown> | undefined),
        ...call.metadata,
        ...(call.deadline === undefined ? {} : { [Header.DEADLINE]: call.deadline }),
        [Header.WINDOW]: this.#settings.window ?? 256,
      },
      // Nobody should begin what nobody waits for any more.
      ...(remainingMs === undefined ? {} : { expiration: Math.max(1, Math.ceil(remainingMs)) }),
    }
  }

  #ready(): Promise<Ready> {
    if (this.#closed) return Promise.reject(new RpcError('CANCELLED', 'the client is closed'))
    this.#opening ??= this.#open().catch((cause: unknown) => {
      this.#opening = undefined
      throw unavailable(cause)
    })
    return this.#opening
  }

  async #open(): Promise<Ready> {
    const link = await openLink(this.#url, { confirms: true, ...this.#settings }, (cause) => {
      this.#opening = undefined
      this.#failAll(unavailable(cause))
    })
    const { channel } = link
    channel.on('return', (message: Message) => this.#returned(message))
    const { routing } = this.#profile
    // Replies through an exchange need a queue that is bound to it.
    const direct = this.#settings.reply !== 'queue' && routing === undefined
    const replyTo = direct
      ? directReplyTo
      : (await channel.assertQueue('', { exclusive: true, autoDelete: true })).queue
    if (routing !== undefined) {
      await channel.assertExchange(routing.exchange, 'topic', { durable: true })
      await channel.bindQueue(replyTo, routing.exchange, replyTo)
    }
    // Direct reply-to must be consumed on the channel that publishes, and before it does.
    await channel.consume(replyTo, (message) => this.#receive(message), { noAck: true })
    return { link, replyTo }
  }

  #returned(message: Message): void {
    const pending = this.#take(message.properties.correlationId)
    const text = `nobody serves ${this.#settings.queue}: there is no such queue`
    pending?.reject(new RpcError('UNAVAILABLE', text))
  }

  #take(id: unknown): Pending | undefined {
    const pending = typeof id === 'string' ? this.#pending.get(id) : undefined
    if (pending !== undefined) this.#pending.delete(id as string)
    return pending
  }

  #receive(message: ConsumeMessage | null): void {
    const id = message?.properties.correlationId
    const pending = typeof id === 'string' ? this.#pending.get(id) : undefined
    // A reply that nobody waits for belongs to a call that was aborted.
    if (message === null || pending === undefined) return
    const { replyTo } = message.properties
    if (typeof replyTo === 'string') pending.worker = replyTo
    let reply: Reply
    try {
      if (message.content.length > (this.#settings.bodyBytesMax ?? 10 * 1024 * 1024)) {
        throw new RpcError('RESOURCE_EXHAUSTED', 'the reply is too large')
      }
      reply = this.#profile.decodeReply(message)
    } catch (cause) {
      reply = { kind: 'error', error: RpcError.from(cause, 'INTERNAL') }
    }
    this.#handle(id as string, pending, reply)
  }

  #handle(id: string, pending: Pending, reply: Reply): void {
    switch (reply.kind) {
      case 'open':
        this.#streamOf(id, pending)
        return
      case 'item':
        this.#streamOf(id, pending).push(reply.value)
        return
      case 'end':
        this.#streamOf(id, pending).end()
        this.#pending.delete(id)
        return
      case 'result':
        this.#pending.delete(id)
        pending.resolve(reply.value)
        return
      case 'error':
        this.#pending.delete(id)
        pending.reject(reply.error)
        pending.stream?.fail(reply.error)
    }
  }

  #streamOf(id: string, pending: Pending): ItemQueue {
    if (pending.stream !== undefined) return pending.stream
    const window = this.#settings.window ?? 256
    let taken = 0
    pending.stream = new ItemQueue({
      limit: window + 1,
      onTake: () => {
        taken += 1
        if (taken < window / 2) return
        this.#control(ControlType.MORE, id, pending.worker, taken)
        taken = 0
      },
      onCancel: () => {
        if (this.#pending.delete(id)) this.#control(ControlType.CANCEL, id, pending.worker)
      },
    })
    pending.resolve(pending.stream)
    return pending.stream
  }

  #abort(id: string, error: RpcError): void {
    const pending = this.#take(id)
    if (pending === undefined) return
    pending.reject(error)
    pending.stream?.fail(error)
    this.#control(ControlType.CANCEL, id, pending.worker)
  }

  /** To the worker that answers; when none has yet, to all of them. */
  #control(type: string, id: string, worker: string | undefined, count?: number): void {
    const send = async (): Promise<void> => {
      const ready = await this.#opening
      if (ready === undefined) return
      const { channel } = ready.link
      const properties = { type, correlationId: id, headers: count === undefined ? {} : { count } }
      if (worker === undefined) {
        await channel.assertExchange(controlExchange, 'fanout', {
          durable: false,
          autoDelete: true,
        })
        channel.publish(controlExchange, '', Buffer.alloc(0), properties)
      } else channel.publish('', worker, Buffer.alloc(0), properties)
    }
    // When it cannot be sent, the worker has lost its connection as well.
    send().catch(() => undefined)
  }

  #failAll(error: RpcError): void {
    for (const pending of this.#pending.values()) {
      pending.reject(error)
      pending.stream?.fail(error)
    }
    this.#pending.clear()
  }
}
