// One client's connection: reads frames off its socket, opens and closes channels, and ends as the
// protocol wants it. What happens inside of a channel is in channel-session.ts.

import type { Socket } from 'node:net'
import type {
  BrokerConnection,
  ConnectionControl,
  ConnectionTraffic,
} from '../broker/connection.ts'
import type { BrokerCounters } from '../broker/counters.ts'
import { BrokerError, notAllowed } from '../broker/errors.ts'
import { basicPublishKey, methodKey } from '../protocol/amqp/fast-methods.ts'
import { FrameKind, FrameReader } from '../protocol/amqp/frame-reader.ts'
import type { FrameWriter } from '../protocol/amqp/frame-writer.ts'
import { readMethod } from '../protocol/amqp/method-codec.ts'
import type { DecodedMethod } from '../protocol/amqp/methods.ts'
import { ProtocolError } from '../protocol/amqp/protocol-error.ts'
import {
  ProtocolHeader,
  protocolHeaderBytes,
  readProtocolHeader,
} from '../protocol/amqp/protocol-header.ts'
import { isHardError, ReplyCode, replyText } from '../protocol/amqp/reply-codes.ts'
import { connectionName } from './addresses.ts'
import type { ChannelSession, SessionHost } from './channel-session.ts'
import type { ConnectionContext } from './connection-context.ts'
import { type DirectHost, DirectReader } from './direct-reader.ts'
import { Handshake, type HandshakeStep, tuneOrOpenKey } from './handshake.ts'
import { Heartbeat, type HeartbeatHost } from './heartbeat.ts'
import type { IncomingContent } from './incoming-content.ts'
import { knownError } from './known-error.ts'
import { peerOf, socketDetails } from './peer.ts'
import { ReadGate, type ReadGateHost } from './read-gate.ts'
import { startArguments } from './server-properties.ts'
import { Sessions } from './sessions.ts'
import { initialFrameMax, SocketOutput } from './socket-output.ts'
import type { Flushable } from './turns.ts'

/** How long a peer that cannot be told its mistake is kept waiting [RMQ: SILENT_CLOSE_DELAY]. */
const silentCloseMs = 3000
/** How long the broker waits for close-ok. */
const closeOkMs = 10_000

type State = 'header' | 'handshake' | 'running' | 'closing' | 'closed'

export class Connection
  implements SessionHost, Flushable, ConnectionControl, HeartbeatHost, ReadGateHost, DirectHost
{
  receivedBytes = 0
  readonly counters: BrokerCounters
  readonly #context: ConnectionContext
  readonly #socket: Socket
  readonly #reader = new FrameReader(initialFrameMax)
  readonly #output: SocketOutput
  readonly #sessions = new Sessions(this)
  readonly #handshake: Handshake
  readonly #direct: DirectReader
  readonly #gate: ReadGate
  readonly #onClosed: (connection: Connection) => void
  #state: State = 'header'
  #header: Buffer = Buffer.alloc(0)
  #heartbeat: Heartbeat | null = null
  #broker: BrokerConnection | null = null
  #flushWanted = false
  #receivedCount = 0
  #frames = 0
  #blockedReason: string | null = null
  #closeTimer: NodeJS.Timeout | null = null

  constructor(socket: Socket, context: ConnectionContext, onClosed: (c: Connection) => void) {
    this.#socket = socket
    this.#context = context
    this.#onClosed = onClosed
    const { access, hasher, counters } = context.core
    this.counters = counters
    const rules = { access, hasher, loopbackUsers: context.loopbackUsers }
    this.#gate = new ReadGate(socket, this.#reader, context.turns, this)
    this.#direct = new DirectReader(socket, this.#reader, context.turns.bodyBlocks, this)
    const peer = peerOf(socket, context.loginFrom)
    this.#handshake = new Handshake(rules, context.tune, peer, context.mechanisms)
    const resume = (): void => this.#broker?.resumeConsumers()
    this.#output = new SocketOutput(socket, context.turns.outputChunks, this.counters, resume)
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    for (const end of ['error', 'close', 'end']) socket.on(end, () => this.#end())
  }

  get opened(): boolean {
    return this.#state !== 'header' && this.#state !== 'handshake'
  }

  get writer(): FrameWriter {
    return this.#output.writer
  }

  get writable(): boolean {
    return this.#output.writable
  }

  get cancelNotify(): boolean {
    return this.#handshake.clientCan('consumer_cancel_notify')
  }

  get messageBytesMax(): number {
    return this.#context.core.limits.messageBytesMax
  }

  get publisher(): ChannelSession | null {
    return this.#sessions.latest
  }

  wantFlush(): void {
    if (this.#flushWanted) return
    this.#flushWanted = true
    this.#context.turns.flushLater(this)
  }

  flush(): void {
    this.#flushWanted = false
    this.#output.flush()
  }

  suspend(): () => void {
    return this.#gate.suspend()
  }

  countCopies(copies: number): void {
    this.#gate.countCopies(copies)
  }

  /** Publishers have to wait from their next publish on, or (null) may go on. */
  setBlocked(reason: string | null): void {
    if (this.#state !== 'running' || reason === this.#blockedReason) return
    this.#blockedReason = reason
    if (reason !== null || !this.#gate.blocked) return
    if (this.#handshake.clientCan('connection.blocked')) {
      this.writer.method(0, 'connection.unblocked', {})
      this.wantFlush()
    }
    this.#gate.unblock()
  }

  tick(nowMs: number): void {
    this.#heartbeat?.tick(nowMs, this.receivedBytes, this.#output.sentBytes)
  }

  sendHeartbeat(): void {
    this.writer.heartbeat()
    this.wantFlush()
  }

  peerLost(): void {
    this.#warn('missed heartbeats from client')
    this.#socket.destroy()
  }

  traffic(): ConnectionTraffic {
    return {
      receivedBytes: this.receivedBytes,
      sentBytes: this.#output.sentBytes,
      receivedCount: this.#receivedCount,
      sentCount: this.#output.sentCount,
      pendingBytes: this.#output.pendingBytes,
      state: this.#gate.blocked ? 'blocked' : this.#blockedReason === null ? 'running' : 'blocking',
    }
  }

  /** CONNECTION_FORCED, for operators and shutdown. */
  close(reason: string): void {
    const forced = new BrokerError(ReplyCode.connectionForced, reason)
    if (this.#state === 'running') this.#fail(forced, null)
    else if (this.#state !== 'closed') this.#socket.destroy()
  }

  /** The publish itself is still taken; nothing that follows it is read [RMQ: alarms]. */
  #block(reason: string): void {
    this.#gate.block()
    if (!this.#handshake.clientCan('connection.blocked')) return
    this.writer.method(0, 'connection.blocked', { reason })
    this.wantFlush()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  failSession(session: ChannelSession, error: BrokerError): void {
    session.currentKey = 0
    this.#fail(error, session)
  }

  // Reading

  #receive(chunk: Buffer): void {
    this.receivedBytes += chunk.length
    this.#receivedCount += 1
    if (this.#state === 'closed') return
    this.#context.turns.heard(this.#output.hasSent())
    const bytes = this.#state === 'header' ? this.#takeHeader(chunk) : chunk
    if (bytes === null) return
    this.#context.turns.buffers.read(this.#work(bytes), bytes.length)
    this.#direct.readOn(chunk.length)
    this.#gate.update()
  }

  get incoming(): IncomingContent | null {
    return this.#gate.open ? (this.#sessions.latest?.content ?? null) : null
  }

  takePiece(piece: Buffer): number {
    this.receivedBytes += piece.length
    return this.#work(piece)
  }

  /** Returns how many frames and pieces of frames it has found. */
  #work(bytes: Buffer): number {
    this.#reader.push(bytes)
    const before = this.#frames
    this.process()
    this.#gate.count(this.#frames - before, bytes.length)
    return this.#frames - before
  }

  /** The protocol header may come in pieces; returns what follows it. */
  #takeHeader(chunk: Buffer): Buffer | null {
    this.#header = Buffer.concat([this.#header, chunk])
    const kind = readProtocolHeader(this.#header, 0, this.#header.length)
    if (kind === ProtocolHeader.incomplete) return null
    if (kind === ProtocolHeader.refused) {
      this.writer.protocolHeader()
      this.flush()
      this.#socket.end()
      this.#end()
      return null
    }
    this.#state = 'handshake'
    const { mechanisms } = this.#handshake
    this.writer.method(0, 'connection.start', startArguments(this.#context.identity, mechanisms))
    this.wantFlush()
    const rest = this.#header.subarray(protocolHeaderBytes)
    this.#header = Buffer.alloc(0)
    return rest
  }

  process(): void {
    const reader = this.#reader
    while (this.#gate.open) {
      let session: ChannelSession | null = null
      try {
        const kind = reader.next()
        if (kind === FrameKind.none) return
        this.#frames += 1
        if (kind === FrameKind.heartbeat) continue
        session = this.#sessions.get(reader.channel)
        this.#frame(kind, session)
      } catch (error) {
        this.#fail(error, session)
      }
    }
  }

  #frame(kind: FrameKind, session: ChannelSession | null): void {
    const { buffer, start, end, channel } = this.#reader
    if (this.#state === 'closing') {
      this.#whileClosing(kind)
      return
    }
    if (session === null) {
      this.#frameOutsideChannels(kind, channel)
      return
    }
    if (kind === FrameKind.method) {
      const key = methodKey(buffer, start)
      if (key >>> 16 === channelClassId) {
        const method = readMethod(buffer, start, end)
        if (this.#sessions.channelMethod(this.#broker!, session, method)) return
      }
      if (key === basicPublishKey && this.#blockedReason !== null) this.#block(this.#blockedReason)
    }
    if (!session.closing) session.frame(kind, buffer, start, end)
  }

  // Channel 0 and the opening of channels

  #frameOutsideChannels(kind: FrameKind, channel: number): void {
    const { buffer, start, end } = this.#reader
    if (kind !== FrameKind.method) {
      throw new ProtocolError(
        ReplyCode.unexpectedFrame,
        'expected method frame, got non method frame instead',
      )
    }
    const method = readMethod(buffer, start, end)
    if (channel !== 0 && this.#state === 'running')
      this.#sessions.open(this.#broker!, channel, method)
    else if (this.#state === 'handshake') this.#step(this.#handshake.receive(method))
    else this.#connectionMethod(method)
  }

  #connectionMethod(method: DecodedMethod): void {
    switch (method.name) {
      case 'connection.close':
        this.writer.method(0, 'connection.close-ok', {})
        this.#finish()
        return
      case 'connection.update-secret':
        this.#updateSecret()
        return
      default:
        throw new ProtocolError(
          ReplyCode.channelError,
          `unexpected method in connection state ${this.#state}`,
          method.classId,
          method.methodId,
        )
    }
  }

  /** The secret itself means something to token-based authentication only; access is checked anew. */
  #updateSecret(): void {
    const { vhost, user } = this.#broker!
    if (!this.#context.core.access.mayEnter(user, vhost.name)) {
      throw notAllowed(`access to vhost '${vhost.name}' refused for user '${user}'`)
    }
    this.writer.method(0, 'connection.update-secret-ok', {})
    this.wantFlush()
  }

  // The handshake

  #step(step: HandshakeStep): void {
    switch (step.kind) {
      case 'wait':
        return
      case 'tune': {
        this.counters.logins.amqp091.succeeded += 1
        const { channelMax, frameMax, heartbeatSeconds: heartbeat } = this.#context.tune
        this.writer.method(0, 'connection.tune', { channelMax, frameMax, heartbeat })
        this.wantFlush()
        return
      }
      case 'open':
        this.#open(step.vhost)
        return
      case 'refused':
        this.counters.logins.amqp091.failed += 1
        this.#refuse(step.mechanism, step.reason)
        return
      case 'silent':
        this.#closeSilently(step.reason)
    }
  }

  #open(vhost: string): void {
    const { user, mechanism, clientProperties, tune } = this.#handshake.negotiated
    const { core } = this.#context
    const details = {
      ...socketDetails(this.#socket),
      mechanism,
      clientProperties,
      ...tune,
      connectedAtMs: core.clock.now(),
    }
    this.#broker = core.connect({ user, vhost }, details, this)
    this.#reader.frameMax = tune.frameMax === 0 ? 0xffffffff : tune.frameMax
    this.writer.frameMax = tune.frameMax
    this.#heartbeat = new Heartbeat(this, tune.heartbeatSeconds, core.clock.now())
    this.#state = 'running'
    this.writer.method(0, 'connection.open-ok', {})
    this.wantFlush()
    this.setBlocked(this.#context.blockedReason())
    this.#context.logger.info('connection opened', {
      connection: connectionName(this.#socket),
      user,
      vhost,
    })
  }

  #refuse(mechanism: string, reason: string): void {
    this.#warn('authentication failed', { reason })
    if (!this.#handshake.clientCan('authentication_failure_close')) {
      this.#closeSilently(reason)
      return
    }
    const explanation =
      `Login was refused using authentication mechanism ${mechanism}. ` +
      'For details see the broker logfile.'
    this.#sendClose(new BrokerError(ReplyCode.accessRefused, explanation), 0)
  }

  #closeSilently(reason: string): void {
    this.#warn('closing connection', { reason })
    this.#state = 'closing'
    this.#closeAfter(silentCloseMs)
  }

  // Errors and the end

  #fail(error: unknown, session: ChannelSession | null): void {
    const known = knownError(error, this.#context.logger, connectionName(this.#socket))
    const isProtocolError = error instanceof ProtocolError
    const key = isProtocolError
      ? (error.classId << 16) | error.methodId
      : (session?.currentKey ?? 0)
    if (!this.#handshake.authenticated) {
      this.#closeSilently(known.explanation)
      return
    }
    if (session === null || isProtocolError || isHardError(known.code)) {
      this.#sendClose(
        known,
        this.#state === 'handshake' && !isProtocolError ? tuneOrOpenKey(known) : key,
      )
      return
    }
    if (session.closing) return
    session.closing = true
    this.#broker?.closeChannel(session.channel)
    this.#log(known)
    const text = replyText(known.code, known.explanation)
    session.reply('channel.close', {
      replyCode: known.code,
      replyText: text,
      classId: key >>> 16,
      methodId: key & 0xffff,
    })
  }

  #log(error: BrokerError): void {
    this.#warn('channel or connection error', { text: replyText(error.code, error.explanation) })
  }

  #warn(message: string, what: Readonly<Record<string, string>> = {}): void {
    this.#context.logger.warn(message, { connection: connectionName(this.#socket), ...what })
  }

  #sendClose(error: BrokerError, key: number): void {
    this.#log(error)
    this.#state = 'closing'
    this.#releaseBroker()
    this.writer.method(0, 'connection.close', {
      replyCode: error.code,
      replyText: replyText(error.code, error.explanation),
      classId: key >>> 16,
      methodId: key & 0xffff,
    })
    this.wantFlush()
    const soon = error.code === ReplyCode.frameError || !this.#handshake.authenticated
    this.#closeAfter(soon ? silentCloseMs : closeOkMs)
  }

  /** Only the end of the connection matters now. */
  #whileClosing(kind: FrameKind): void {
    const { channel, buffer, start, end } = this.#reader
    if (kind !== FrameKind.method || channel !== 0) return
    const { name } = readMethod(buffer, start, end)
    if (name === 'connection.close-ok') this.#finish()
    if (name === 'connection.close') {
      this.writer.method(0, 'connection.close-ok', {})
      this.#finish()
    }
  }

  /** Sends what is left and closes the socket. */
  #finish(): void {
    this.#releaseBroker()
    this.#context.core.endTurn()
    this.flush()
    this.#socket.end()
    this.#state = 'closed'
    this.#gate.close()
    this.#closeAfter(silentCloseMs)
  }

  #closeAfter(delayMs: number): void {
    if (this.#closeTimer !== null) clearTimeout(this.#closeTimer)
    this.#closeTimer = setTimeout(() => this.#socket.destroy(), delayMs)
    this.#closeTimer.unref()
  }

  #end(): void {
    if (this.#closeTimer !== null) clearTimeout(this.#closeTimer)
    this.#state = 'closed'
    this.#gate.close()
    this.#output.close()
    this.#releaseBroker()
    if (!this.#socket.destroyed) this.#socket.destroy()
    this.#onClosed(this)
  }

  #releaseBroker(): void {
    this.#broker?.close()
    this.#broker = null
    this.#sessions.clear()
  }
}

const channelClassId = 20
