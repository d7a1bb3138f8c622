// Live updates as server-sent events: the broker's totals once a second, and what happens in it. Polls
// cost a request each; this is one answer that does not end.

import { PassThrough } from 'node:stream'
import type { BrokerEvent } from '../../broker/events.ts'
import type { Context } from '../context.ts'
import { HttpError } from '../errors.ts'
import { may } from '../identity.ts'
import type { Asked, Resource } from '../route.ts'
import { eventView } from './events.ts'
import { overviewOf } from './overview.ts'

const intervalMs = 1000
/** Proxies and browsers take a silent connection for a dead one. */
const commentEveryTicks = 15
/** More pages than these at once are refused and poll instead. */
const listenersMax = 100
/** A page that reads slower than this is behind for good and has to ask anew. */
const pendingBytesMax = 1 << 20
/** Events of one second that are sent; the log has the rest. */
const eventsPerTickMax = 100

export const live: Resource = (context) => {
  const listeners = new Listeners(context)
  return [
    {
      method: 'GET',
      path: '/stream',
      access: 'management',
      summary:
        'Server-sent events: `overview` once a second (columns, overview=false), `event` for each event of the log',
      answer: (asked) => listeners.add(asked),
    },
  ]
}

interface Listener {
  readonly stream: PassThrough
  readonly asked: Asked
  readonly seesEvents: boolean
  readonly seesOverview: boolean
}

class Listeners {
  readonly #context: Context
  readonly #listeners = new Set<Listener>()
  #timer: NodeJS.Timeout | null = null
  #ticks = 0
  #lastEventId = 0

  constructor(context: Context) {
    this.#context = context
  }

  add(asked: Asked): PassThrough {
    if (this.#listeners.size >= listenersMax) {
      throw new HttpError(503, 'too_many_streams', `${listenersMax} pages are listening already`)
    }
    asked.answerHeader('content-type', 'text/event-stream')
    asked.answerHeader('cache-control', 'no-store')
    const stream = new PassThrough()
    const listener = {
      stream,
      asked,
      seesEvents: may(asked.identity, 'monitoring'),
      seesOverview: asked.query.overview !== 'false',
    }
    this.#listeners.add(listener)
    stream.on('close', () => this.#remove(listener))
    if (this.#timer === null) this.#start()
    stream.write(`: here\n\n${this.#overview(listener, new Map())}`)
    return stream
  }

  /** Nobody listens, nothing runs. */
  #start(): void {
    this.#lastEventId = this.#newest(1)[0]?.id ?? 0
    this.#timer = setInterval(() => this.#tick(), intervalMs)
    this.#timer.unref()
  }

  #remove(listener: Listener): void {
    this.#listeners.delete(listener)
    if (this.#listeners.size > 0 || this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
  }

  #tick(): void {
    this.#ticks += 1
    const events = this.#newEvents()
    // Pages that ask for the same are told the same, worked out once.
    const overviews = new Map<string, string>()
    const comment = this.#ticks % commentEveryTicks === 0 ? ': still here\n\n' : ''
    for (const listener of this.#listeners) {
      const { stream } = listener
      if (stream.writableLength > pendingBytesMax) {
        stream.destroy()
        continue
      }
      const told = listener.seesEvents ? events : ''
      const text = comment + this.#overview(listener, overviews) + told
      if (text !== '') stream.write(text)
    }
  }

  #newEvents(): string {
    const fresh = this.#newest(eventsPerTickMax).filter(({ id }) => id > this.#lastEventId)
    this.#lastEventId = fresh[0]?.id ?? this.#lastEventId
    return fresh
      .reverse()
      .map((event) => `event: event\ndata: ${JSON.stringify(eventView(event))}\n\n`)
      .join('')
  }

  #newest(count: number): BrokerEvent[] {
    return [...this.#context.core.events.recent.newest(count)]
  }

  #overview({ asked, seesOverview }: Listener, known: Map<string, string>): string {
    if (!seesOverview) return ''
    const key = JSON.stringify([may(asked.identity, 'monitoring'), asked.query])
    const text =
      known.get(key) ??
      `event: overview\ndata: ${JSON.stringify(overviewOf(this.#context, asked))}\n\n`
    known.set(key, text)
    return text
  }
}
