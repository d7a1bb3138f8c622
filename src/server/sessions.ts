// The channels of one connection: opened, found by number, closed by either side
// [AMQP 0-9-1, 1.5 class channel].

import type { BrokerConnection } from '../broker/connection.ts'
import { notAllowed } from '../broker/errors.ts'
import type { DecodedMethod } from '../protocol/amqp/methods.ts'
import { ProtocolError } from '../protocol/amqp/protocol-error.ts'
import { ReplyCode } from '../protocol/amqp/reply-codes.ts'
import { ChannelSession, type SessionHost } from './channel-session.ts'

export class Sessions {
  readonly #sessions = new Map<number, ChannelSession>()
  readonly #host: SessionHost
  /** Frames mostly come for the same channel as the one before. */
  #last: ChannelSession | null = null

  constructor(host: SessionHost) {
    this.#host = host
  }

  /** The session of the last frame. */
  get latest(): ChannelSession | null {
    return this.#last
  }

  get(number: number): ChannelSession | null {
    if (number === 0) return null
    const last = this.#last
    if (last !== null && last.number === number) return last
    const session = this.#sessions.get(number) ?? null
    this.#last = session
    return session
  }

  /** The first method on a channel; `channelMax` 0 is no limit. */
  open(broker: BrokerConnection, number: number, method: DecodedMethod): void {
    if (method.name !== 'channel.open') throw notOpen(method)
    const { channelMax } = broker.details
    const count = this.#sessions.size
    if (channelMax !== 0 && count >= channelMax) {
      throw notAllowed(
        `number of channels opened (${count}) has reached the negotiated channel_max (${channelMax})`,
      )
    }
    const session = new ChannelSession(number, this.#host)
    session.attach(broker.openChannel(number, session))
    this.#sessions.set(number, session)
    this.#last = session
    session.reply('channel.open-ok', {})
  }

  /** The class channel on an open channel; returns false for what the session itself handles. */
  channelMethod(broker: BrokerConnection, session: ChannelSession, method: DecodedMethod): boolean {
    if (method.name === 'channel.open') {
      throw new ProtocolError(ReplyCode.channelError, "second 'channel.open' seen", 20, 10)
    }
    if (method.name === 'channel.close') {
      if (!session.closing) broker.closeChannel(session.channel)
      session.reply('channel.close-ok', {})
      // A channel that the broker closed stays so until the client's close-ok.
      if (!session.closing) this.#forget(session)
      return true
    }
    if (method.name !== 'channel.close-ok') return false
    if (!session.closing) throw notOpen(method)
    this.#forget(session)
    return true
  }

  clear(): void {
    for (const session of this.#sessions.values()) session.content.clear()
    this.#sessions.clear()
    this.#last = null
  }

  #forget(session: ChannelSession): void {
    session.content.clear()
    this.#sessions.delete(session.number)
    this.#last = null
  }
}

function notOpen({ classId, methodId }: DecodedMethod): ProtocolError {
  return new ProtocolError(ReplyCode.channelError, "expected 'channel.open'", classId, methodId)
}
