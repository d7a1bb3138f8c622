// ZeroRPC without answers: pushers and pullers share work out, publishers and subscribers spread
// news. One frame is one event; there is no delimiter, no reply, no heartbeat, and no topic: a
// subscriber gets everything and drops what it has no method for.
import { randomBytes } from 'node:crypto'
import { type Dispatcher, type Endpoint, ServerCall, type ServerTransport } from '../call.ts'
import type { NotifyMethods } from '../client-types.ts'
import { EventCodec, IdSource, protocolVersion, type ZerorpcEvent } from './codec.ts'
import type { ZerorpcOneWayOptions } from './options.ts'
import { EventSocket, loadZeroMq, socketSettings, type ZeroMqModule } from './socket.ts'

type Kind = 'push' | 'pull' | 'publish' | 'subscribe'

function makeSocket(zeroMq: ZeroMqModule, kind: Kind, options: ZerorpcOneWayOptions) {
  const { messageBytesMax, queuedMax } = options
  const direction = kind === 'push' || kind === 'publish' ? 'send' : 'receive'
  const settings = socketSettings({ messageBytesMax, queuedMax }, direction)
  switch (kind) {
    case 'push':
      return new zeroMq.Push(settings)
    case 'pull':
      return new zeroMq.Pull(settings)
    case 'publish':
      return new zeroMq.Publisher(settings)
    case 'subscribe': {
      const subscriber = new zeroMq.Subscriber(settings)
      subscriber.subscribe()
      return subscriber
    }
  }
}

interface Opened {
  readonly socket: EventSocket
  /** Of the first address that was bound. */
  readonly address: string
}

async function open(kind: Kind, options: ZerorpcOneWayOptions): Promise<Opened> {
  const raw = makeSocket(await loadZeroMq(), kind, options)
  let address = ''
  for (const each of [options.bind ?? []].flat()) {
    await raw.bind(each)
    if (address === '') address = raw.lastEndpoint ?? each
  }
  for (const each of [options.connect ?? []].flat()) {
    raw.connect(each)
    if (address === '') address = each
  }
  const limits = { messageBytesMax: options.messageBytesMax, queuedMax: options.queuedMax }
  const asRaw = {
    // The library types each kind of socket with the half that it has.
    send: (frames: Uint8Array[]): Promise<void> => ('send' in raw ? raw.send(frames) : noHalf()),
    receive: (): Promise<Buffer[]> => ('receive' in raw ? raw.receive() : noHalf()),
    close: () => raw.close(),
    get closed() {
      return raw.closed
    },
  }
  return { socket: new EventSocket(asRaw, limits), address }
}

function noHalf(): Promise<never> {
  return Promise.reject(new TypeError('this kind of socket has no such half'))
}

/** Methods that send and do not wait, and the means to end. */
export type OneWayClient<S> = NotifyMethods<S> & {
  readonly $address: string
  $close(): Promise<void>
}

async function sender<S>(kind: Kind, options: ZerorpcOneWayOptions): Promise<OneWayClient<S>> {
  const { socket, address } = await open(kind, options)
  const codec = new EventCodec(options.depthMax)
  const ids = new IdSource(randomBytes(12))
  const send = async (name: string, args: readonly unknown[]): Promise<void> => {
    const header = { message_id: ids.next(), v: protocolVersion }
    socket.send([codec.encode({ header, name, args })])
  }
  const fixed: Record<string, unknown> = { $address: address, $close: () => socket.close() }
  return new Proxy(Object.create(null), {
    get(_target, name) {
      if (typeof name === 'symbol' || name === 'then') return undefined
      if (name.startsWith('$')) return fixed[name]
      return (...args: unknown[]) => send(name, args)
    },
  }) as OneWayClient<S>
}

/** Each call goes to one of the pullers. */
export function zerorpcPusher<S>(options: ZerorpcOneWayOptions): Promise<OneWayClient<S>> {
  return sender<S>('push', options)
}

/** Each call goes to all subscribers that are connected. */
export function zerorpcPublisher<S>(options: ZerorpcOneWayOptions): Promise<OneWayClient<S>> {
  return sender<S>('publish', options)
}

function receiver(kind: Kind, options: ZerorpcOneWayOptions): ServerTransport {
  const name = `zerorpc-${kind}`
  return {
    name,
    listen: async (dispatcher: Dispatcher): Promise<Endpoint> => {
      const { socket, address } = await open(kind, options)
      const codec = new EventCodec(options.depthMax)
      socket.read((frames) => {
        const call = callOf(codec, frames, name)
        // Nobody waits for the outcome; failures are seen by middleware and `observe`.
        if (call !== undefined) dispatcher.dispatch(call).catch(() => undefined)
      })
      const close = (): Promise<void> => socket.close()
      return { transport: name, url: address, stop: close, close }
    },
  }
}

function callOf(codec: EventCodec, frames: Buffer[], transport: string): ServerCall | undefined {
  const [payload] = frames
  if (payload === undefined || frames.length !== 1) return undefined
  let event: ZerorpcEvent
  try {
    event = codec.decode(payload)
  } catch {
    return undefined
  }
  const { name, args } = event
  if (!Array.isArray(args)) return undefined
  return new ServerCall({ method: name, args, transport, oneWay: true })
}

export function zerorpcPuller(options: ZerorpcOneWayOptions): ServerTransport {
  return receiver('pull', options)
}

export function zerorpcSubscriber(options: ZerorpcOneWayOptions): ServerTransport {
  return receiver('subscribe', options)
}
