import assert from 'node:assert/strict'
import { Socket } from 'node:net'
import { test } from 'node:test'
import { Pace } from '../broker/queues/pace.ts'
import { FrameReader } from '../protocol/amqp/frame-reader.ts'
import { type Publisher, ReadGate } from './read-gate.ts'
import { type Reader, Turns } from './turns.ts'

/** Turns that come when the test says so. */
class ManualTurns extends Turns {
  readonly waiting: Reader[] = []

  override waitTurn(reader: Reader): void {
    this.waiting.push(reader)
  }

  next(): boolean[] {
    return this.waiting.splice(0).map((reader) => reader.goOn())
  }
}

function newGate() {
  const turns = new ManualTurns()
  const host = {
    publisher: null as Publisher | null,
    processed: 0,
    process: (): void => undefined,
  }
  host.process = () => {
    host.processed += 1
  }
  const socket = new Socket()
  const gate = new ReadGate(socket, new FrameReader(4096), turns, host)
  return { gate, turns, host, socket }
}

test('a wide fanout ends the share in the middle of a chunk, and the rest is worked on next turn', () => {
  const { gate, turns, host, socket } = newGate()
  for (let i = 0; i < 16; i += 1) gate.countCopies(1000)
  assert.equal(gate.open, true)
  gate.countCopies(1000)
  assert.equal(gate.open, false)
  gate.update()
  assert.equal(socket.isPaused(), true)
  assert.deepEqual(turns.next(), [true])
  assert.equal(host.processed, 1)
  assert.equal(gate.open, true)
  assert.equal(socket.isPaused(), false)
})

/** A queue that is behind, and a publisher to it. */
function slowQueue() {
  const statistics = { delivered: 0, deliveredNoAck: 0 }
  const queue = { readyCount: 1e6, readyBytes: 1e6, consumers: { count: 1 }, statistics }
  const pace = new Pace(queue)
  pace.judge()
  const publisher = { publishedCount: 0, slowPace: pace }
  return { pace, statistics, publisher }
}

test('consumers that have fallen behind hold a publisher, but not for good', ({ mock }) => {
  mock.timers.enable({ apis: ['Date'] })
  const { gate, turns, host } = newGate()
  const { publisher } = slowQueue()
  host.publisher = publisher
  publisher.publishedCount = 700
  gate.countCopies(1 << 20)
  assert.deepEqual(turns.next(), [false])
  assert.equal(host.processed, 0)
  mock.timers.tick(10)
  assert.equal(gate.goOn(), true)
  assert.equal(gate.open, true)
})

test('a few long messages are no reason to wait, many shorter ones of as many bytes are', () => {
  const statistics = { delivered: 0, deliveredNoAck: 0 }
  const behind = (readyCount: number, bytes: number): boolean => {
    const queue = {
      readyCount,
      readyBytes: readyCount * bytes,
      consumers: { count: 1 },
      statistics,
    }
    const pace = new Pace(queue)
    pace.judge()
    return pace.behind
  }
  assert.equal(behind(4, 1 << 20), false)
  assert.equal(behind(5, 1 << 20), true)
  assert.equal(behind(4, 2 << 20), true)
  assert.equal(behind(48, 64 << 10), true)
  assert.equal(behind(2048, 16), false)
  assert.equal(behind(2049, 16), true)
})

test('publishers together get what consumers take', ({ mock }) => {
  mock.timers.enable({ apis: ['Date'] })
  const first = newGate()
  const second = newGate()
  const { pace, statistics, publisher } = slowQueue()
  assert.equal(pace.behind, true)
  publisher.publishedCount = 700
  for (const { gate, host } of [first, second]) {
    host.publisher = publisher
    gate.countCopies(1 << 20)
    assert.equal(gate.goOn(), false)
  }
  mock.timers.tick(11)
  statistics.delivered = 700
  assert.deepEqual([first.gate.goOn(), second.gate.goOn()], [true, false])
  statistics.deliveredNoAck = 500
  assert.equal(second.gate.goOn(), false)
  mock.timers.tick(100)
  assert.equal(second.gate.goOn(), true)
})

test('what waits for the disk is not worked on when its turn comes', () => {
  const { gate, turns, host } = newGate()
  const resume = gate.suspend()
  gate.countCopies(1 << 20)
  assert.deepEqual(turns.next(), [true])
  assert.equal(host.processed, 0)
  resume()
  assert.equal(host.processed, 1)
})
