// A connection to the broker and one channel on it. No reconnecting here: whoever owns it makes a
// new one, because what must be declared again differs.
import { Socket } from 'node:net'
import type { Channel, ChannelModel, ConfirmChannel } from 'amqplib'
import { RpcError } from '../error.ts'
import type { AmqpClientOptions } from './options.ts'

export interface Link {
  readonly model: ChannelModel
  readonly channel: Channel
  /** The same channel, when the broker confirms what is published on it. */
  readonly confirms: ConfirmChannel | undefined
  close(): Promise<void>
}

const connectTimeoutMs = 10_000

export function unavailable(cause: unknown): RpcError {
  const text = cause instanceof Error ? cause.message : 'the connection was closed'
  return new RpcError('UNAVAILABLE', `no connection to the broker: ${text}`, { cause })
}

/** The broker's own address: our parameters are not for it. */
export function brokerUrl(url: URL): string {
  const bare = new URL(url)
  bare.search = ''
  // An empty path would be a virtual host without a name [RabbitMQ: URI specification].
  if (bare.pathname === '/') bare.pathname = ''
  return bare.href
}

export async function openLink(
  url: string,
  options: Pick<AmqpClientOptions, 'heartbeatSeconds' | 'tls' | 'confirms'>,
  onLost: (cause: unknown) => void,
): Promise<Link> {
  const { connect } = await import('amqplib')
  const target = new URL(url)
  target.searchParams.set('heartbeat', String(options.heartbeatSeconds ?? 30))
  // Nagle's algorithm would hold back each small reply for up to 40 ms.
  const model = await connect(target.href, {
    ...(target.protocol === 'amqps:' ? options.tls : undefined),
    noDelay: true,
    timeout: connectTimeoutMs,
  })
  const { stream } = model.connection as { readonly stream?: unknown }
  if (stream instanceof Socket) gatherWrites(stream)
  let closing = false
  let cause: unknown
  // Errors are followed by `close`, which is where they are dealt with.
  model.on('error', (error: unknown) => {
    cause = error
  })
  model.on('close', () => {
    if (!closing) onLost(cause)
  })
  const confirms = options.confirms === true ? await model.createConfirmChannel() : undefined
  const channel = confirms ?? (await model.createChannel())
  channel.on('error', (error: unknown) => {
    cause = error
  })
  channel.on('close', () => {
    // A channel closed by the broker is a mistake in what was declared: begin again.
    if (!closing) model.close().catch(() => undefined)
  })
  return {
    model,
    channel,
    confirms,
    close: async () => {
      if (closing) return
      closing = true
      await channel.close().catch(() => undefined)
      await model.close().catch(() => undefined)
    },
  }
}

/**
 * The library writes each message by itself, a system call each and a wake-up of the broker. What is
 * written in one turn leaves together instead.
 */
function gatherWrites(socket: Socket): void {
  const { write } = socket
  let isGathering = false
  const gathered = (...args: unknown[]): boolean => {
    if (!isGathering) {
      isGathering = true
      socket.cork()
      process.nextTick(() => {
        isGathering = false
        socket.uncork()
      })
    }
    return Reflect.apply(write, socket, args)
  }
  Object.defineProperty(socket, 'write', { value: gathered, configurable: true, writable: true })
}
