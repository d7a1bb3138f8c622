// What channels did: their counters, a minute of samples, and since when they do nothing. A channel that
// has never done anything has no history, and costs none.

import type { Channel } from '../../broker/channel.ts'
import { channelColumns } from './columns.ts'
import { SampleRing } from './sample-ring.ts'

interface History {
  readonly ring: SampleRing
  readonly last: Float64Array
  /** The time of the first sample without a change; null while there are changes. */
  idleSinceMs: number | null
}

export class ChannelHistories {
  readonly #histories = new WeakMap<Channel, History>()
  readonly #fresh = new Float64Array(channelColumns.length)
  readonly #samples: number

  constructor(samples: number) {
    this.#samples = samples
  }

  ring(channel: Channel): SampleRing | null {
    return this.#histories.get(channel)?.ring ?? null
  }

  idleSinceMs(channel: Channel): number | null {
    return this.#histories.get(channel)?.idleSinceMs ?? null
  }

  forget(channel: Channel): void {
    this.#histories.delete(channel)
  }

  sample(channel: Channel, nowMs: number): void {
    const fresh = this.#fresh
    readChannel(channel, fresh)
    let history = this.#histories.get(channel)
    if (history === undefined) {
      if (fresh.every((value) => value === 0)) return
      history = {
        ring: new SampleRing(channelColumns.length, this.#samples),
        last: new Float64Array(channelColumns.length),
        idleSinceMs: null,
      }
      this.#histories.set(channel, history)
    }
    const { last } = history
    const isIdle = fresh.every((value, column) => value === last[column])
    history.idleSinceMs = isIdle ? (history.idleSinceMs ?? nowMs) : null
    last.set(fresh)
    history.ring.push(last, nowMs)
  }
}

/** In the order of `channelColumns`. */
export function readChannel({ statistics }: Channel, into: Float64Array): void {
  into[0] = statistics.published
  into[1] = statistics.confirmed
  into[2] = statistics.returned
  into[3] = statistics.dropped
  into[4] = statistics.delivered
  into[5] = statistics.deliveredNoAck
  into[6] = statistics.got
  into[7] = statistics.gotNoAck
  into[8] = statistics.gotEmpty
  into[9] = statistics.redelivered
  into[10] = statistics.acknowledged
  into[11] = into[4] + into[5] + into[6] + into[7]
}
