// Whether somebody still waits for a stream. A worker hears nothing of a caller that dies: its grants
// just stop coming, as those of a slow reader do. But its reply queue is gone with its connection,
// and a passive declaration tells, of direct reply-to as well [RabbitMQ: Direct Reply-to].
import type { ChannelModel } from 'amqplib'

interface Watched {
  readonly replyTo: string
  readonly onGone: () => void
  /** A sign of life since the last look makes the next one unnecessary. */
  seen: boolean
}

export interface WatchedCaller {
  seen(): void
  release(): void
}

export class CallerWatch {
  readonly #model: ChannelModel
  readonly #everyMs: number
  readonly #watched = new Set<Watched>()
  #timer: NodeJS.Timeout | undefined

  constructor(model: ChannelModel, everyMs: number) {
    this.#model = model
    this.#everyMs = everyMs
  }

  watch(replyTo: string, onGone: () => void): WatchedCaller {
    const watched: Watched = { replyTo, onGone, seen: true }
    this.#watched.add(watched)
    this.#arm()
    return {
      seen: () => {
        watched.seen = true
      },
      release: () => {
        this.#watched.delete(watched)
        if (this.#watched.size === 0) this.stop()
      },
    }
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #arm(): void {
    this.#timer ??= setTimeout(() => {
      const again = (): void => {
        this.#timer = undefined
        if (this.#watched.size > 0) this.#arm()
      }
      this.#look().then(again, again)
    }, this.#everyMs)
  }

  async #look(): Promise<void> {
    for (const watched of [...this.#watched]) {
      if (!watched.seen && (await this.#isGone(watched.replyTo))) watched.onGone()
      watched.seen = false
    }
  }

  async #isGone(queue: string): Promise<boolean> {
    try {
      const channel = await this.#model.createChannel()
      // The answer "not found" closes the channel, and is told here as well.
      channel.on('error', () => {})
      try {
        await channel.checkQueue(queue)
        return false
      } finally {
        await channel.close().catch(() => undefined)
      }
    } catch (reason) {
      // Anything else, such as 405 for a queue of another connection, is a caller that lives, or a
      // broken connection, which ends all calls by itself.
      return reason instanceof Error && 'code' in reason && reason.code === 404
    }
  }
}
