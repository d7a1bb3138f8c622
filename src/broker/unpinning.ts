// Messages are ranges of the chunks in which they came, so that passing them on copies nothing. One
// that stays would keep its whole chunk, 64 KB for a few bytes: after a while it moves out.

import type { BrokerConnection } from './connection.ts'
import { every } from './every.ts'
import type { Clock, Timer } from './ports.ts'
import type { VirtualHost } from './vhost.ts'

/** A message that is older is taken to stay. */
const staysMs = 1000
/** Small messages move together into blocks of this size; what is larger gets memory of its own. */
const blockBytes = 8 << 10

/** Where bytes that stay are copied to. */
export class Keep {
  #block: Buffer = Buffer.alloc(0)
  #used = 0

  /** Returns the copy's buffer; it begins at `position`. */
  take(bytes: number): Buffer {
    if (bytes > blockBytes >> 2) return Buffer.allocUnsafeSlow(bytes)
    if (this.#used + bytes > this.#block.length) {
      this.#block = Buffer.allocUnsafeSlow(blockBytes)
      this.#used = 0
    }
    this.#used += bytes
    return this.#block.subarray(this.#used - bytes, this.#used)
  }
}

export interface UnpinningHost {
  readonly clock: Clock
  readonly vhosts: ReadonlyMap<string, VirtualHost>
  readonly connections: ReadonlySet<BrokerConnection>
}

/** Goes over what waits and what is unacknowledged once a second, each message once. */
export class Unpinning {
  readonly #host: UnpinningHost
  readonly #keep = new Keep()
  readonly #timer: Timer

  constructor(host: UnpinningHost) {
    this.#host = host
    this.#timer = every(host.clock, staysMs, () => this.sweep())
  }

  stop(): void {
    this.#timer.cancel()
  }

  sweep(): void {
    const beforeMs = this.#host.clock.now() - staysMs
    for (const { topology } of this.#host.vhosts.values()) {
      for (const queue of topology.queues.values()) {
        if (queue.readyCount > 0) queue.unpin(this.#keep, beforeMs)
      }
    }
    for (const { channels } of this.#host.connections) {
      for (const { unacked } of channels.values()) unacked.unpin(this.#keep, beforeMs)
    }
  }
}
