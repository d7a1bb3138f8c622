// A client's connection as the broker sees it: who it is, what it has open, what goes when it goes.

import { Channel } from './channel.ts'
import type { ChannelSink } from './channel-sink.ts'
import type { VirtualHost } from './vhost.ts'

/** What the client and its socket told; for the console and the HTTP API. */
export interface ConnectionDetails {
  /** `127.0.0.1:5000 -> 127.0.0.1:5672` */
  readonly name: string
  readonly peerHost: string
  readonly peerPort: number
  readonly host: string
  readonly port: number
  readonly mechanism: string
  readonly clientProperties: Readonly<Record<string, unknown>>
  readonly channelMax: number
  readonly frameMax: number
  readonly heartbeatSeconds: number
  readonly connectedAtMs: number
  /** Missing or null: no TLS. */
  readonly tls?: TlsFacts | null
}

/** What was agreed on in a TLS handshake, and whom the peer's certificate names. */
export interface TlsFacts {
  /** `tlsv1.3` */
  readonly protocol: string
  readonly keyExchange: string
  readonly cipher: string
  readonly hash: string
  /** As RFC 4514 writes names; null: no certificate came. */
  readonly peerSubject: string | null
  readonly peerIssuer: string | null
  readonly peerValidity: string | null
}

/** What only the server knows about a live connection. */
export interface ConnectionControl {
  /** Closes the connection with CONNECTION_FORCED and this reason. */
  close(reason: string): void
  traffic(): ConnectionTraffic
}

export interface ConnectionTraffic {
  readonly receivedBytes: number
  readonly sentBytes: number
  readonly receivedCount: number
  readonly sentCount: number
  readonly pendingBytes: number
  /** `running`, `blocked`, `blocking`, `flow` as in RabbitMQ. */
  readonly state: string
}

/** What a connection needs of the broker. */
export interface ConnectionHost {
  closed(connection: BrokerConnection): void
  /** Throws when the user may not open one more channel. */
  checkChannelLimit(user: string): void
}

export class BrokerConnection {
  readonly vhost: VirtualHost
  user: string
  readonly details: ConnectionDetails
  readonly control: ConnectionControl
  readonly channels: Map<number, Channel> = new Map()
  readonly #host: ConnectionHost

  constructor(
    identity: { vhost: VirtualHost; user: string },
    details: ConnectionDetails,
    control: ConnectionControl,
    host: ConnectionHost,
  ) {
    this.vhost = identity.vhost
    this.user = identity.user
    this.details = details
    this.control = control
    this.#host = host
  }

  get name(): string {
    return this.details.name
  }

  openChannel(number: number, sink: ChannelSink): Channel {
    this.#host.checkChannelLimit(this.user)
    const channel = new Channel(number, this, sink)
    this.channels.set(number, channel)
    for (const object of [channel, sink]) this.vhost.specimens.keep(object)
    this.vhost.counters.channelsOpened += 1
    this.#emit('channel.created', number)
    return channel
  }

  closeChannel(channel: Channel): void {
    channel.close()
    this.channels.delete(channel.number)
    this.vhost.counters.channelsClosed += 1
    this.#emit('channel.closed', channel.number)
  }

  #emit(kind: string, number: number): void {
    const { name, user, vhost } = this
    vhost.events.emit(kind, {
      name: `${name} (${number})`,
      number,
      connection: name,
      user,
      vhost: vhost.name,
    })
  }

  /** The client takes bytes again: consumers that had to wait get their turn. */
  resumeConsumers(): void {
    for (const channel of this.channels.values()) channel.resumeConsumers()
  }

  /** Ends everything that lives no longer than its connection: channels and exclusive queues. */
  close(): void {
    for (const channel of [...this.channels.values()]) this.closeChannel(channel)
    const { topology } = this.vhost
    for (const queue of topology.exclusiveQueues(this)) topology.deleteQueue(queue)
    this.#host.closed(this)
  }
}
