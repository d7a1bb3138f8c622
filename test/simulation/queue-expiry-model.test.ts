// Queues that expire when nobody uses them, against one sentence: a queue is gone once it has had no
// consumer, no basic.get and no declaration for x-expires, or a policy's, to the millisecond, over years of model
// time. Publishing to it is no use of it; when a policy changes its time begins again.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ModelBroker } from '../support/model-broker.ts'

const runs = Number(process.env.WARREN_MODEL_RUNS ?? 400)
const yearMs = 31_536_000_000

const operation = fc.oneof(
  fc.constantFrom('get', 'declare', 'look', 'consume', 'cancel', 'publish', 'shorten', 'restore'),
  fc.constantFrom(1, 499, 500, 999, 1000, 86_400_000, yearMs, 10 * yearMs),
)

class Model {
  readonly expiresMs: number
  usedMs = 0
  consumers = 0
  /** What a policy allows at most. */
  policyMs: number = Number.POSITIVE_INFINITY

  constructor(expiresMs: number, nowMs: number) {
    this.expiresMs = expiresMs
    this.usedMs = nowMs
  }

  get goneMs(): number {
    if (this.consumers > 0) return Number.POSITIVE_INFINITY
    return this.usedMs + Math.min(this.expiresMs, this.policyMs)
  }
}

test('a queue lives as long as it is used', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(1, 500, 1000, yearMs),
      fc.array(operation, { maxLength: 60, size: 'max' }),
      (expiresMs, operations) => {
        const broker = new ModelBroker()
        const channel = broker.open()
        const { policies, topology } = broker.core.vhost('/')!
        const declare = (): void => {
          channel.queue('q', { arguments: { 'x-expires': expiresMs } })
        }
        declare()
        broker.settle()
        const model = new Model(expiresMs, broker.clock.nowMs)
        const tags: string[] = []
        let sequence = 0
        for (const step of operations) {
          const { nowMs } = broker.clock
          if (typeof step === 'number') {
            const isGone = model.goneMs <= nowMs + step
            if (isGone && model.goneMs > nowMs) {
              broker.advance(model.goneMs - nowMs - 1)
              assert.ok(topology.queues.has('q'), 'a millisecond before its end')
              broker.advance(1)
              assert.ok(!topology.queues.has('q'), 'at its end')
            } else broker.advance(step)
          } else if (step === 'get') channel.get('q', true, () => undefined)
          else if (step === 'declare') declare()
          else if (step === 'look') channel.queue('q', { passive: true })
          else if (step === 'publish') channel.publish('', 'q', 'x')
          else if (step === 'consume') {
            sequence += 1
            tags.push(`c${sequence}`)
            channel.consume('q', { tag: `c${sequence}`, noAck: true })
          } else if (step === 'cancel') {
            const tag = tags.shift()
            if (tag === undefined) continue
            channel.channel.cancel(tag)
          } else if (step === 'shorten') {
            const rules = { applyTo: 'queues', priority: 0, definition: { expires: 500 } } as const
            policies.put('policy', { name: 'p', pattern: '^q$', ...rules })
          } else if (!policies.delete('policy', 'p')) continue
          broker.settle()
          if (step === 'shorten') model.policyMs = 500
          if (step === 'restore') model.policyMs = Number.POSITIVE_INFINITY
          if (step !== 'publish' && typeof step === 'string') model.usedMs = broker.clock.nowMs
          model.consumers = tags.length
          if (!topology.queues.has('q')) break
        }
        assert.equal(topology.queues.has('q'), model.goneMs > broker.clock.nowMs)
      },
    ),
    { numRuns: runs },
  )
})
