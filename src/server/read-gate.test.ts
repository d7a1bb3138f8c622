import assert from 'node:assert/strict'
import { Socket } from 'node:net'
import { test } from 'node:test'
import { FrameReader } from '../protocol/amqp/frame-reader.ts'
import { ReadGate } from './read-gate.ts'
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
  const host = { consumersBehind: false, processed: 0, process: (): void => undefined }
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

test('consumers that have fallen behind hold a publisher, but not for good', async () => {
  const { gate, turns, host } = newGate()
  host.consumersBehind = true
  gate.countCopies(1 << 20)
  assert.deepEqual(turns.next(), [false])
  assert.equal(host.processed, 0)
  const startedMs = Date.now()
  while (!gate.goOn()) await new Promise((resolve) => setTimeout(resolve, 1))
  assert.ok(Date.now() - startedMs >= 1)
  assert.equal(gate.open, true)
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
