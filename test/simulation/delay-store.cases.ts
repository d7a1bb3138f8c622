// What every implementation of DelayStore must do. Run by the test of each implementation.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { DelayStore, DelayTarget } from '../../src/broker/delays/delay-store.ts'
import { Message } from '../../src/broker/message.ts'
import { makeEnvelope } from '../../src/broker/publish-target.ts'
import { encodeHeader } from '../../src/protocol/amqp/properties.ts'

export interface DelaysUnderTest {
  readonly store: DelayStore
  close(): void
}

export const orders: DelayTarget = { vhost: '/', kind: 'exchange', name: 'orders' }
export const jobs: DelayTarget = { vhost: '/', kind: 'queue', name: 'jobs' }
export const elsewhere: DelayTarget = { vhost: 'other', kind: 'exchange', name: 'orders' }

export function delayedMessage(text: string): Message {
  const body = Buffer.from(text)
  const header = encodeHeader(body.length, { deliveryMode: 2, headers: { 'x-delay': 5 } })
  const content = {
    header,
    headerStart: 0,
    headerEnd: header.length,
    body,
    bodyStart: 0,
    bodyEnd: body.length,
  }
  return new Message(content, makeEnvelope('orders', 'eu.new'), true, 1000)
}

export const textOf = ({ body, bodyStart, bodyEnd }: Message): string =>
  Buffer.from(body.subarray(bodyStart, bodyEnd)).toString()

/** Takes what is due and removes it, as the broker does once it is safe elsewhere. */
export function takeTexts(store: DelayStore, untilMs: number, countMax = 100): string[] {
  const taken = store.take(untilMs, countMax, 1e9)
  store.remove(taken.map(({ id }) => id))
  store.commit(false)
  return taken.map(({ message }) => textOf(message))
}

export function defineDelayCases(name: string, open: () => DelaysUnderTest): void {
  const storeTest = (title: string, body: (store: DelayStore) => void): void => {
    test(`${name}: ${title}`, () => {
      const opened = open()
      try {
        body(opened.store)
      } finally {
        opened.close()
      }
    })
  }

  storeTest('messages leave in the order in which they are due, each when it is', (store) => {
    for (const [text, dueMs] of [
      ['c', 300],
      ['a', 100],
      ['b', 200],
      ['a2', 100],
    ] as const) {
      store.add(orders, delayedMessage(text), dueMs)
    }
    assert.equal(store.nextDueMs, 100)
    assert.deepEqual(takeTexts(store, 99), [])
    assert.deepEqual(takeTexts(store, 250), ['a', 'a2', 'b'])
    assert.equal(store.nextDueMs, 300)
    assert.deepEqual(takeTexts(store, 300), ['c'])
    assert.equal(store.nextDueMs, Number.POSITIVE_INFINITY)
  })

  storeTest('a message comes back as it went in', (store) => {
    store.add(jobs, delayedMessage('text'), 10)
    const [due] = store.take(10, 1, 1)
    assert.deepEqual(due?.target, jobs)
    assert.equal(due?.message.envelope.routingKey, 'eu.new')
    assert.equal(due?.message.envelope.exchange, 'orders')
    assert.equal(due?.message.persistent, true)
    assert.equal(textOf(due!.message), 'text')
  })

  storeTest('one take gives at least one message and no more than its limits', (store) => {
    for (let i = 0; i < 10; i += 1) store.add(orders, delayedMessage('x'.repeat(100)), 1)
    assert.equal(store.take(1, 3, 1e9).length, 3)
    assert.equal(store.take(1, 100, 150).length, 2)
    assert.equal(store.take(1, 100, 1).length, 1)
    assert.equal(store.take(1, 100, 1e9).length, 4)
    assert.equal(store.take(1, 100, 1e9).length, 0)
  })

  storeTest('what was taken is not taken again, also when the clock has gone back', (store) => {
    store.add(orders, delayedMessage('first'), 1000)
    const taken = store.take(1000, 10, 1e9)
    assert.equal(taken.length, 1)
    store.add(orders, delayedMessage('second'), 500)
    store.commit(false)
    assert.equal(store.nextDueMs, 500)
    assert.deepEqual(takeTexts(store, 1000), ['second'])
    store.remove([taken[0]!.id])
    store.commit(false)
    assert.deepEqual(takeTexts(store, 1e9), [])
  })

  storeTest('a gate opens for what a turn has added', (store) => {
    const hasGate = (): boolean => store.gate !== null
    assert.equal(hasGate(), false)
    store.add(orders, delayedMessage('a'), 1)
    const { gate } = store
    assert.equal(gate?.open, false)
    store.commit(true)
    assert.equal(gate?.open, true)
    assert.equal(hasGate(), false)
  })

  storeTest('counts and lists by virtual host, exchange and queue, in pages', (store) => {
    for (let i = 0; i < 5; i += 1) store.add(orders, delayedMessage(`o${i}`), 100 - i)
    store.add(jobs, delayedMessage('j'), 50)
    store.add(elsewhere, delayedMessage('e'), 1)
    store.commit(false)
    assert.equal(store.count({}), 7)
    assert.equal(store.count({ vhost: '/' }), 6)
    assert.equal(store.count({ vhost: '/', kind: 'queue', name: 'jobs' }), 1)
    assert.equal(store.count({ vhost: 'none' }), 0)
    const due = (offset: number, countMax: number): number[] =>
      store.list({ vhost: '/' }, offset, countMax).map(({ dueMs }) => dueMs)
    assert.deepEqual(due(0, 3), [50, 96, 97])
    assert.deepEqual(due(3, 10), [98, 99, 100])
    assert.deepEqual(due(6, 10), [])
    const [first] = store.list({ kind: 'queue' }, 0, 1)
    assert.deepEqual(first?.target, jobs)
    assert.equal(first?.bodyBytes, 1)
    assert.equal(first?.addedMs, 1000)
  })

  storeTest('one message is cancelled by its number, if it matches and has not left', (store) => {
    const id = store.add(orders, delayedMessage('a'), 10)
    const other = store.add(orders, delayedMessage('b'), 20)
    assert.deepEqual(store.find(id), orders)
    assert.equal(store.cancel(id, { vhost: 'other' }), false)
    assert.equal(store.cancel(id, { vhost: '/' }), true)
    assert.equal(store.cancel(id, { vhost: '/' }), false)
    assert.equal(store.find(id), null)
    assert.equal(store.nextDueMs, 20)
    store.take(20, 1, 1)
    assert.equal(store.find(other), null)
    assert.equal(store.cancel(other, {}), false)
    assert.equal(store.count({}), store.list({}, 0, 10).length)
  })

  storeTest('all that match are cancelled, and none that come later', (store) => {
    for (let i = 0; i < 5000; i += 1) store.add(i % 2 ? orders : jobs, delayedMessage(`${i}`), i)
    const cancellation = store.cancelAll({ vhost: '/', kind: 'queue', name: 'jobs' })
    store.add(jobs, delayedMessage('later'), 4)
    let count = 0
    for (let step = cancellation.step(); step >= 0; step = cancellation.step()) count += step
    assert.equal(count, 2500)
    assert.equal(store.count({ kind: 'queue' }), 1)
    assert.equal(store.count({}), 2501)
    assert.equal(store.nextDueMs, 1)
    assert.equal(takeTexts(store, 1e9, 1e9).length, 2501)
  })

  storeTest(
    'whatever is added, cancelled and taken: each message leaves once, in order',
    (store) => {
      const step = fc.record({
        kind: fc.constantFrom('add', 'add', 'cancel', 'take', 'pass'),
        value: fc.nat(50),
      })
      fc.assert(
        fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
          const model = new Map<number, number>()
          let nowMs = 0
          for (const { kind, value } of steps) {
            if (kind === 'add') {
              const dueMs = nowMs + 1 + value
              model.set(store.add(orders, delayedMessage('m'), dueMs), dueMs)
            } else if (kind === 'cancel') {
              const id = [...model.keys()][value]
              if (id === undefined) continue
              assert.equal(store.cancel(id, {}), true)
              model.delete(id)
            } else if (kind === 'pass') nowMs += value
            else {
              const due = store.take(nowMs, value + 1, 1e9)
              const expected = [...model]
                .filter(([, dueMs]) => dueMs <= nowMs)
                .sort(([a, dueA], [b, dueB]) => dueA - dueB || a - b)
                .slice(0, value + 1)
                .map(([id]) => id)
              assert.deepEqual(
                due.map(({ id }) => id),
                expected,
              )
              store.remove(expected)
              for (const id of expected) model.delete(id)
            }
            store.commit(false)
            assert.equal(store.nextDueMs, Math.min(Number.POSITIVE_INFINITY, ...model.values()))
            assert.equal(store.count({}), model.size)
          }
          takeTexts(store, 1e9, 1e9)
        }),
        { numRuns: 60 },
      )
    },
  )
}
