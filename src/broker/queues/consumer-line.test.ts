import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConsumerLine } from './consumer-line.ts'
import type { Receiver } from './receiver.ts'

class TestReceiver implements Receiver {
  readonly tag: string
  readonly arguments = {}
  readonly exclusive: boolean
  readonly noAck = false
  readonly priority: number
  ready = true
  enrolled = false
  attached = true

  constructor(tag: string, priority = 0, exclusive = false) {
    this.tag = tag
    this.priority = priority
    this.exclusive = exclusive
  }

  readonly takesRuns = false

  deliver(): void {}
  deliverRun(): void {}
  cancelledByBroker(): void {}
}

/** Who gets the next messages, when each that was served stands in line again. */
function turns(line: ConsumerLine, count: number): string {
  let tags = ''
  for (let i = 0; i < count; i += 1) {
    const receiver = line.take()
    if (receiver === null) return `${tags}-`
    tags += receiver.tag
    if (receiver.ready) line.enroll(receiver)
  }
  return tags
}

function lineOf(receivers: TestReceiver[], singleActive = false): ConsumerLine {
  const line = new ConsumerLine(singleActive)
  for (const receiver of receivers) line.add(receiver)
  return line
}

function leave(line: ConsumerLine, receiver: TestReceiver): void {
  receiver.attached = false
  line.remove(receiver)
}

test('consumers are served in turn', () => {
  const line = lineOf([new TestReceiver('a'), new TestReceiver('b'), new TestReceiver('c')])
  assert.equal(turns(line, 7), 'abcabca')
})

test('a consumer without credit leaves the line and comes back to its end', () => {
  const a = new TestReceiver('a')
  const line = lineOf([a, new TestReceiver('b'), new TestReceiver('c')])
  a.ready = false
  assert.equal(turns(line, 4), 'bcbc')
  a.ready = true
  assert.equal(turns(line, 2), 'bc', 'nobody has put it back')
  line.enroll(a)
  line.enroll(a)
  assert.equal(turns(line, 6), 'bcabca', 'put back twice, it stands there once')
})

test('those of higher priority come first while they have credit', () => {
  const high = new TestReceiver('h', 10)
  const line = lineOf([
    new TestReceiver('a'),
    high,
    new TestReceiver('z', -1),
    new TestReceiver('b'),
  ])
  assert.equal(turns(line, 3), 'hhh')
  high.ready = false
  assert.equal(turns(line, 4), 'abab')
  high.ready = true
  line.enroll(high)
  assert.equal(turns(line, 2), 'hh')
})

test('when none has credit nobody is served, and whoever gets some is served next', () => {
  const a = new TestReceiver('a')
  const b = new TestReceiver('b')
  const line = lineOf([a, b])
  a.ready = false
  b.ready = false
  assert.equal(line.anyReady, false)
  assert.equal(turns(line, 1), '-')
  b.ready = true
  assert.equal(line.anyReady, false, 'it does not stand in line yet')
  line.enroll(b)
  assert.equal(line.anyReady, true)
  assert.equal(turns(line, 2), 'bb')
})

test('whoever has left is not served', () => {
  const a = new TestReceiver('a')
  const b = new TestReceiver('b')
  const line = lineOf([a, b])
  leave(line, a)
  line.enroll(a)
  assert.equal(turns(line, 2), 'bb')
  assert.equal(line.count, 1)
  leave(line, b)
  assert.equal(turns(line, 1), '-')
})

test('a single active consumer is served alone, and the next one takes over', () => {
  const [a, b, c] = [new TestReceiver('a'), new TestReceiver('b'), new TestReceiver('c', 1)]
  const line = lineOf([a, b, c], true)
  assert.equal(turns(line, 3), 'aaa')
  a.ready = false
  assert.equal(turns(line, 1), '-', 'no other stands in for it')
  leave(line, b)
  a.ready = true
  line.enroll(a)
  assert.equal(turns(line, 2), 'aa')
  assert.equal(line.active, a)
  leave(line, a)
  assert.equal(line.active, c)
  assert.equal(turns(line, 2), 'cc')
  leave(line, c)
  assert.equal(line.active, null)
  assert.equal(turns(line, 1), '-')
})

test('the next active consumer is the oldest of the highest priority', () => {
  const receivers = ['a', 'b', 'c', 'd'].map((tag, i) => new TestReceiver(tag, [0, 1, 2, 2][i]))
  const line = lineOf(receivers, true)
  leave(line, receivers[0]!)
  assert.equal(line.active?.tag, 'c')
})

test('exclusive consumers are known', () => {
  const exclusive = new TestReceiver('a', 0, true)
  const line = lineOf([exclusive])
  assert.equal(line.hasExclusive, true)
  leave(line, exclusive)
  assert.equal(line.hasExclusive, false)
})

test('consumers that come and go while no message comes leave nothing behind', () => {
  const stays = new TestReceiver('a')
  const line = lineOf([stays])
  const gone = Array.from({ length: 1000 }, (_, i) => new TestReceiver(`${i}`, i))
  for (const receiver of gone) {
    line.add(receiver)
    leave(line, receiver)
  }
  const held = gone.filter(({ enrolled }) => enrolled).length
  assert.ok(held <= 100, `${held} still stand in line`)
  assert.equal(turns(line, 3), 'aaa')
})
