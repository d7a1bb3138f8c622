import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testMessage } from '../../../test/simulation/message-log.cases.ts'
import { CountingLog } from '../../../test/support/model-broker.ts'
import { MemoryBudget } from '../memory-budget.ts'
import type { Message } from '../message.ts'
import type { MessageLog, OpenedLane } from '../ports.ts'
import { QueueEntry } from './entry.ts'
import { Lane } from './lane.ts'

class World {
  readonly later: (() => void)[] = []
  readonly log = new CountingLog((task) => this.later.push(task))
  readonly budget: MemoryBudget
  readonly lane: Lane
  loads = 0
  #bodies = 0

  constructor(budgetBytes: number, log?: MessageLog) {
    this.budget = new MemoryBudget(budgetBytes)
    this.lane = new Lane(7, 0, true, {
      log: log ?? this.log,
      budget: this.budget,
      loaded: () => {
        this.loads += 1
      },
    })
  }

  push(count: number, padding = ''): void {
    for (let i = 0; i < count; i += 1) {
      this.#bodies += 1
      const message = testMessage(`${this.#bodies}${padding}`)
      message.position = this.log.publish(message, this.lane.alone, false)
      this.lane.push(message, message.position)
    }
  }

  take(): QueueEntry | null {
    return this.lane.peek() === null ? null : this.lane.shift()
  }

  /** Sequences of the next entries that are in memory. */
  takeMany(count: number): number[] {
    const sequences: number[] = []
    for (let i = 0; i < count; i += 1) {
      const entry = this.take()
      if (entry === null) break
      sequences.push(entry.sequence)
      this.lane.forget(entry)
    }
    return sequences
  }

  arrive(): void {
    for (const task of this.later.splice(0)) task()
  }
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i)

test('a lane is first in, first out', () => {
  const world = new World(1 << 30)
  world.push(5)
  assert.equal(world.lane.count, 5)
  assert.equal(world.lane.bodyBytes, 5)
  assert.deepEqual(world.takeMany(9), [1, 2, 3, 4, 5])
  assert.equal(world.lane.count, 0)
  assert.equal(world.lane.peek(), null)
  assert.equal(world.budget.usedBytes, 0)
  assert.deepEqual([...world.log.references], [])
})

test('with the budget spent, all but the next deliveries are paged out, and come back in order', () => {
  const world = new World(0)
  world.push(1000)
  assert.equal(world.lane.count, 1000)
  assert.ok(world.lane.inMemoryCount < 200)
  const taken: number[] = []
  for (let round = 0; taken.length < 1000 && round < 50; round += 1) {
    taken.push(...world.takeMany(1000))
    world.arrive()
  }
  assert.deepEqual(taken, range(1, 1000))
  assert.ok(world.loads > 0)
  assert.equal(world.lane.bodyBytes, 0)
  assert.equal(world.budget.usedBytes, 0)
  assert.deepEqual([...world.log.references], [])
})

test('a few large messages are paged out as well', () => {
  const world = new World(0)
  world.push(20, 'x'.repeat(100_000))
  assert.ok(world.lane.inMemoryCount < 5, `${world.lane.inMemoryCount} of 100 KB in memory`)
  assert.equal(world.lane.count, 20)
})

test('messages that come while others are being loaded stay behind them', () => {
  const world = new World(0)
  world.push(200)
  assert.deepEqual(world.takeMany(150), range(1, 128))
  assert.equal(world.later.length, 1)
  world.push(10)
  const taken: number[] = []
  for (let round = 0; round < 3; round += 1) {
    world.arrive()
    taken.push(...world.takeMany(100))
  }
  assert.deepEqual(taken, range(129, 210))
})

test('what comes back takes its old place, wherever the rest is', () => {
  const world = new World(0)
  world.push(300)
  const out = Array.from({ length: 10 }, () => world.take()!)
  world.lane.requeue([out[3]!, out[8]!])
  world.lane.requeue([out[1]!, out[4]!, out[9]!])
  assert.equal(world.take()?.sequence, 2)
  world.lane.requeue([out[1]!])
  world.lane.requeue([out[0]!])
  assert.equal(world.lane.count, 296)
  assert.deepEqual(world.takeMany(8), [1, 2, 4, 5, 9, 10, 11, 12])
})

test('a message that goes out and comes back again and again keeps its place', () => {
  const world = new World(1 << 30)
  world.push(5000)
  world.lane.requeue(Array.from({ length: 5000 }, () => world.take()!))
  for (let i = 0; i < 5000; i += 1) world.lane.requeue([world.take()!])
  assert.deepEqual(world.takeMany(3), [1, 2, 3])
})

test('entries that have gone out are not held by the list that they came back in', () => {
  const world = new World(1 << 30)
  world.push(5000)
  world.lane.requeue(Array.from({ length: 5000 }, () => world.take()!))
  assert.deepEqual(world.takeMany(4000), range(1, 4000))
  const out = Array.from({ length: 600 }, () => world.take()!)
  world.lane.requeue(out.slice(0, 300))
  world.lane.requeue(out.slice(300))
  assert.equal(world.lane.count, 1000)
  assert.deepEqual(world.takeMany(2000), range(4001, 5000))
  assert.equal(world.lane.bodyBytes, 0)
})

test('some may be taken out of the middle, in the list of what came back and behind it', () => {
  const world = new World(0)
  world.push(200)
  const out = [world.take()!, world.take()!, world.take()!]
  world.lane.requeue(out)
  const entries = [...world.lane.waiting()]
  const chosen = new Set([entries[1]!, entries[4]!, entries[5]!])
  assert.equal(world.lane.discard(chosen).length, 3)
  assert.equal(world.lane.discard(chosen).length, 0)
  assert.equal(world.lane.count, 197)
  assert.deepEqual(world.takeMany(4), [1, 3, 4, 7])
  const taken: number[] = []
  for (let round = 0; round < 5; round += 1) {
    taken.push(...world.takeMany(500))
    world.arrive()
  }
  assert.deepEqual(taken, range(8, 200))
  assert.equal(world.lane.bodyBytes, 0)
  assert.equal(world.budget.usedBytes, 0)
  assert.deepEqual([...world.log.references], [])
})

for (const action of ['purge', 'drop'] as const) {
  test(`${action} while a load is under way takes everything, and the load comes to nothing`, () => {
    const world = new World(0)
    world.push(400)
    const out = [world.take()!, world.take()!]
    world.takeMany(130)
    assert.equal(world.later.length, 1)
    const count = world.lane.count
    if (action === 'purge') assert.equal(world.lane.purge(), count)
    else world.lane.drop()
    world.arrive()
    assert.equal(world.loads, 0)
    assert.equal(world.lane.count, 0)
    assert.equal(world.lane.bodyBytes, 0)
    assert.equal(world.lane.peek(), null)
    for (const entry of out) world.lane.forget(entry)
    assert.equal(world.budget.usedBytes, 0)
    assert.deepEqual([...world.log.references], [])
  })
}

test('a purged lane goes on with what comes next', () => {
  const world = new World(0)
  world.push(400)
  world.takeMany(130)
  world.lane.purge()
  world.push(300)
  const taken: number[] = []
  for (let round = 0; round < 10; round += 1) {
    taken.push(...world.takeMany(1000))
    world.arrive()
  }
  assert.deepEqual(taken, range(401, 700))
})

/** A log whose lane comes back from a restart with entries that have no bodies. */
function recovered(log: CountingLog, messages: Message[]): MessageLog {
  const openLane = (laneId: number, durable: boolean): OpenedLane => {
    const { lane } = log.openLane(laneId, durable)
    const returned = messages.map((message, i) => {
      message.position = log.publish(message, [{ laneId, sequence: i + 1 }], false)
      return new QueueEntry(i + 1, null, message.position, message.bodyBytes)
    })
    return { lane, nextSequence: returned.length + 1, returned }
  }
  return new Proxy(log, {
    get: (target, name) => {
      if (name === 'openLane') return openLane
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

test('after a restart bodies are loaded before delivery, and what cannot be read is left out', () => {
  const later: (() => void)[] = []
  const log = new CountingLog((task) => later.push(task))
  const messages = range(1, 200).map((n) => testMessage(`m${n}`))
  const world = new World(1 << 30, recovered(log, messages))
  assert.equal(world.lane.count, 200)
  const bytes = messages.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0)
  assert.equal(world.lane.bodyBytes, bytes)
  // Two of them are damaged.
  log.release(messages[0]!.position)
  log.release(messages[2]!.position)
  log.references.set(messages[0]!.position, 1)
  log.references.set(messages[2]!.position, 1)
  assert.equal(world.lane.peek(), null, 'it has to be loaded')
  const taken: number[] = []
  for (let round = 0; round < 10; round += 1) {
    for (const task of later.splice(0)) task()
    taken.push(...world.takeMany(1000))
  }
  assert.deepEqual(taken, [2, ...range(4, 200)])
  assert.equal(world.lane.bodyBytes, 0)
  assert.equal(world.lane.count, 0)
})

test('purge while bodies are being loaded after a restart', () => {
  const later: (() => void)[] = []
  const log = new CountingLog((task) => later.push(task))
  const world = new World(1 << 30, recovered(log, [testMessage('a'), testMessage('b')]))
  assert.equal(world.lane.peek(), null)
  assert.equal(world.lane.purge(), 2)
  for (const task of later.splice(0)) task()
  assert.equal(world.loads, 0)
  assert.equal(world.budget.usedBytes, 0)
  assert.deepEqual([...log.references], [])
})

test('what is being loaded cannot be taken out in the meantime', () => {
  const later: (() => void)[] = []
  const log = new CountingLog((task) => later.push(task))
  const world = new World(1 << 30, recovered(log, [testMessage('a'), testMessage('b')]))
  assert.equal(world.lane.peek(), null)
  assert.equal(world.lane.discard(new Set(world.lane.waiting())).length, 0)
  for (const task of later.splice(0)) task()
  assert.equal(world.lane.discard(new Set(world.lane.waiting())).length, 2)
  assert.equal(world.lane.count, 0)
  assert.equal(world.budget.usedBytes, 0)
  assert.deepEqual([...log.references], [])
})
