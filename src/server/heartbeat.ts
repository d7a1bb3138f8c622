// Heartbeats of one connection [AMQP 0-9-1, 4.2.7; RMQ: rabbit_heartbeat]: one goes out after half of
// the interval without traffic, and the peer is given up after two intervals without any.

export interface HeartbeatHost {
  sendHeartbeat(): void
  /** The peer is gone: the socket is closed without a word. */
  peerLost(): void
}

/** A frame without payload. */
const heartbeatBytes = 8

export class Heartbeat {
  readonly #host: HeartbeatHost
  readonly #intervalMs: number
  #received = 0
  #sent = 0
  #lastReceived = -1
  #lastSent = -1
  #heardMs: number
  #saidMs: number

  /** `intervalSeconds` 0 switches heartbeats off. */
  constructor(host: HeartbeatHost, intervalSeconds: number, nowMs: number) {
    this.#host = host
    this.#intervalMs = intervalSeconds * 1000
    this.#heardMs = nowMs
    this.#saidMs = nowMs
  }

  /** Called regularly with the counts of bytes so far, so that traffic costs nothing here. */
  tick(nowMs: number, receivedBytes: number, sentBytes: number): void {
    if (this.#intervalMs === 0) return
    this.#received = receivedBytes
    this.#sent = sentBytes
    if (this.#received !== this.#lastReceived) {
      this.#lastReceived = this.#received
      this.#heardMs = nowMs
    }
    if (this.#sent !== this.#lastSent) {
      this.#lastSent = this.#sent
      this.#saidMs = nowMs
    }
    if (nowMs - this.#heardMs > this.#intervalMs * 2) this.#host.peerLost()
    else if (nowMs - this.#saidMs >= this.#intervalMs / 2) {
      this.#saidMs = nowMs
      // The heartbeat itself is no traffic that would put off the next one.
      this.#lastSent = sentBytes + heartbeatBytes
      this.#host.sendHeartbeat()
    }
  }
}
