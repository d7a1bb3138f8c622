// A ROUTER that listens: every message comes with the name of its connection before it, and goes to
// the connection that its first frame names. What is for nobody is dropped, as ROUTER does.
import { type AddressInfo, createServer, type Server } from 'node:net'
import { listenHost, type TcpAddress, tcpText } from './address.ts'
import { encodeMessage } from './frames.ts'
import { ZmtpError } from './greeting.ts'
import { checkQueue, type SocketLimits } from './limits.ts'
import { Session, type SessionOwner } from './session.ts'

const lingerMs = 500

export class Router implements SessionOwner {
  readonly type = 'ROUTER'
  readonly limits: SocketLimits
  readonly #servers: Server[] = []
  readonly #sessions = new Set<Session>()
  readonly #byName = new Map<string, Session>()
  readonly #names = new Map<Session, Buffer>()
  #lastName = 0
  #isClosed = false
  #onMessage: (frames: Buffer[]) => void = () => {}
  #onGone: (name: Buffer) => void = () => {}

  constructor(limits: SocketLimits) {
    this.limits = limits
  }

  /** The address as it turned out. */
  async bind(address: TcpAddress): Promise<string> {
    const server = createServer({ noDelay: true }, (socket) => {
      this.#sessions.add(new Session(socket, this))
    })
    server.maxConnections = this.limits.connectionsMax
    const host = listenHost(address.host)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(address.port, host, () => {
        server.off('error', reject)
        resolve()
      })
    })
    this.#servers.push(server)
    return tcpText(host, (server.address() as AddressInfo).port)
  }

  /** Throws when the peer takes nothing and its queue is full. */
  send(frames: readonly Uint8Array[]): void {
    const [name, ...rest] = frames
    const session = name === undefined ? undefined : this.#byName.get(keyOf(name))
    if (session === undefined) return
    checkQueue(session.unsent, session.unsentBytes, this.limits)
    session.send(encodeMessage(rest))
  }

  /** `onGone` is told the name of a connection that has ended. */
  read(onMessage: (frames: Buffer[]) => void, onGone: (name: Buffer) => void): void {
    this.#onMessage = onMessage
    this.#onGone = onGone
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const closed = this.#servers.map((server) => new Promise((resolve) => server.close(resolve)))
    await Promise.all([...this.#sessions].map((session) => session.end(lingerMs)))
    await Promise.all(closed)
  }

  onReady(session: Session, identity: Buffer): void {
    if (identity[0] === 0) throw new ZmtpError('an identity that begins with zero')
    const name = identity.length > 0 ? identity : this.#newName()
    if (this.#byName.has(keyOf(name))) throw new ZmtpError('the identity is taken')
    this.#byName.set(keyOf(name), session)
    this.#names.set(session, name)
  }

  onMessage(session: Session, frames: Buffer[]): void {
    const name = this.#names.get(session)
    if (name !== undefined) this.#onMessage([name, ...frames])
  }

  onClose(session: Session): void {
    this.#sessions.delete(session)
    const name = this.#names.get(session)
    if (name === undefined) return
    this.#names.delete(session)
    this.#byName.delete(keyOf(name))
    this.#onGone(name)
  }

  /** Five bytes with a zero first, which no peer may choose for itself. */
  #newName(): Buffer {
    this.#lastName = (this.#lastName + 1) >>> 0
    const name = Buffer.alloc(5)
    name.writeUInt32BE(this.#lastName, 1)
    return name
  }
}

function keyOf(name: Uint8Array): string {
  return Buffer.from(name.buffer, name.byteOffset, name.byteLength).toString('latin1')
}
