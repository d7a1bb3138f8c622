// What every implementation of MessageLog must do, whatever it keeps its messages in. Run by the
// test of each implementation; nothing here knows of files.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Envelope } from '../../src/broker/message.ts'
import { Message, nowhere } from '../../src/broker/message.ts'
import type { LaneLog, MessageLog, StoredRun } from '../../src/broker/ports.ts'
import { QueueEntry } from '../../src/broker/queues/entry.ts'

export interface LogUnderTest {
  readonly log: MessageLog
  close(): void | Promise<void>
}

export type OpenLog = () => LogUnderTest | Promise<LogUnderTest>

export function testEnvelope(exchange = 'orders', routingKey = 'eu.new'): Envelope {
  const name = Buffer.from(exchange)
  const key = Buffer.from(routingKey)
  const encoded = Buffer.concat([Buffer.of(name.length), name, Buffer.of(key.length), key])
  return { exchange, routingKey, encoded }
}

/** A message whose ranges lie inside larger buffers, as those of a socket do. */
export function testMessage(body: string | Uint8Array, persistent = true): Message {
  const bodyBytes = typeof body === 'string' ? Buffer.from(body) : body
  const header = Buffer.from('..HEADER-of-the-content--')
  const around = Buffer.concat([Buffer.from('<<'), bodyBytes, Buffer.from('>>')])
  const content = {
    header,
    headerStart: 2,
    headerEnd: header.length - 2,
    body: around,
    bodyStart: 2,
    bodyEnd: 2 + bodyBytes.length,
  }
  return new Message(content, testEnvelope(), persistent, 1_700_000_000_123)
}

export const bodyOf = (message: Message | null | undefined): string =>
  message === null || message === undefined
    ? '(none)'
    : Buffer.from(message.body.subarray(message.bodyStart, message.bodyEnd)).toString()

const headerOf = (message: Message): string =>
  Buffer.from(message.header.subarray(message.headerStart, message.headerEnd)).toString()

/** Publishes to one lane as a queue does, and gives back the entry. */
export function publishTo(
  log: MessageLog,
  target: { laneId: number; sequence: number },
  message: Message,
): QueueEntry {
  message.position = log.publish(message, [target], true)
  return new QueueEntry(target.sequence, message, message.position, message.bodyBytes)
}

export const take = (lane: LaneLog, countMax: number, bytesMax = 1e9): Promise<QueueEntry[]> =>
  new Promise((resolve) => {
    lane.backlog.take(countMax, bytesMax, (entries, run) => {
      resolve(run === null ? [...entries] : run.unfold())
    })
  })

export const load = (log: MessageLog, positions: number[]): Promise<(Message | null)[]> =>
  new Promise((resolve) => log.load(positions, resolve))

const durable = (log: MessageLog, position: number): Promise<void> =>
  new Promise((resolve) => {
    const check = (): void => {
      if (log.durablePosition >= position) resolve()
    }
    log.onDurable = check
    check()
  })

/** Lets everything that is under way come to its end. */
export const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20))

export function defineMessageLogCases(name: string, open: OpenLog): void {
  const logTest = (title: string, body: (log: MessageLog) => Promise<void>): void => {
    test(`${name}: ${title}`, async () => {
      const opened = await open()
      try {
        await body(opened.log)
      } finally {
        await opened.close()
      }
    })
  }
  defineRecordCases(logTest)
  defineBacklogCases(logTest)
  defineCancelCases(logTest)
}

type LogTest = (title: string, body: (log: MessageLog) => Promise<void>) => void

function defineRecordCases(logTest: LogTest): void {
  logTest('positions rise and become durable after the turn', async (log) => {
    log.openLane(1, true)
    const first = log.publish(testMessage('a'), [{ laneId: 1, sequence: 1 }], true)
    const second = log.publish(testMessage('b'), [{ laneId: 1, sequence: 2 }], true)
    assert.ok(first > 0 && second > first && Number.isSafeInteger(second))
    assert.ok(log.durablePosition < first)
    log.commitTurn()
    await durable(log, second)
  })

  logTest('onDurable is called in a later turn, not from commitTurn', async (log) => {
    log.openLane(1, true)
    let calls = 0
    const called = new Promise<void>((resolve) => {
      log.onDurable = () => {
        calls += 1
        resolve()
      }
    })
    log.publish(testMessage('a'), [{ laneId: 1, sequence: 1 }], true)
    log.commitTurn()
    assert.equal(calls, 0)
    await called
  })

  logTest('a loaded message is the one that was published', async (log) => {
    log.openLane(1, true)
    const message = testMessage('the body')
    const position = log.publish(message, [{ laneId: 1, sequence: 1 }], true)
    log.commitTurn()
    const [loaded] = await load(log, [position])
    assert.ok(loaded)
    assert.equal(bodyOf(loaded), 'the body')
    assert.equal(headerOf(loaded), headerOf(message))
    assert.equal(loaded.envelope.exchange, 'orders')
    assert.equal(loaded.envelope.routingKey, 'eu.new')
    assert.deepEqual(Buffer.from(loaded.envelope.encoded), message.envelope.encoded)
    assert.equal(loaded.persistent, true)
    assert.equal(loaded.publishedAtMs, 1_700_000_000_123)
    assert.equal(loaded.bodyBytes, 8)
  })

  logTest(
    'messages load in the order asked, also of one turn that is not committed',
    async (log) => {
      log.openLane(1, true)
      const positions = ['a', 'b', 'c'].map((body, i) =>
        log.publish(testMessage(body), [{ laneId: 1, sequence: i + 1 }], true),
      )
      const asked = [positions[2]!, positions[0]!, positions[1]!, positions[0]!]
      const loading = load(log, asked)
      log.commitTurn()
      assert.deepEqual((await loading).map(bodyOf), ['c', 'a', 'b', 'a'])
    },
  )

  logTest('a spilled message has a negative position and loads while it is held', async (log) => {
    const position = log.spill(testMessage('light', false))
    assert.ok(position < 0)
    log.retain(position)
    log.commitTurn()
    const [loaded] = await load(log, [position])
    assert.equal(bodyOf(loaded), 'light')
    assert.equal(loaded?.persistent, false)
    log.release(position)
  })

  logTest('empty and large bodies come back whole', async (log) => {
    log.openLane(1, true)
    const large = Buffer.alloc(3_000_000, 'abcdefg')
    const empty = log.publish(testMessage(''), [{ laneId: 1, sequence: 1 }], true)
    const position = log.publish(testMessage(large), [{ laneId: 1, sequence: 2 }], true)
    log.commitTurn()
    const [none, loaded] = await load(log, [empty, position])
    assert.equal(none?.bodyBytes, 0)
    assert.equal(bodyOf(loaded), large.toString())
  })
}

function fill(log: MessageLog, lane: LaneLog, count: number, laneId = 1): void {
  for (let sequence = 1; sequence <= count; sequence += 1) {
    lane.backlog.push(publishTo(log, { laneId, sequence }, testMessage(`m${sequence}`)))
  }
  log.commitTurn()
}

function defineBacklogCases(logTest: LogTest): void {
  logTest('a new lane is empty and counts from 1', async (log) => {
    const opened = log.openLane(7, true)
    assert.equal(opened.nextSequence, 1)
    assert.equal(opened.returned.length, 0)
    assert.equal(opened.lane.backlog.count, 0)
    assert.equal(opened.lane.backlog.bodyBytes, 0)
  })

  logTest('a backlog gives entries back in order and counts them', async (log) => {
    const { lane } = log.openLane(1, true)
    fill(log, lane, 20)
    assert.equal(lane.backlog.count, 20)
    assert.equal(lane.backlog.bodyBytes, 9 * 2 + 11 * 3)
    const first = await take(lane, 5)
    assert.deepEqual(
      first.map((entry) => bodyOf(entry.message)),
      ['m1', 'm2', 'm3', 'm4', 'm5'],
    )
    assert.deepEqual(
      first.map((entry) => entry.sequence),
      [1, 2, 3, 4, 5],
    )
    assert.equal(lane.backlog.count, 15)
    assert.equal(lane.backlog.bodyBytes, 4 * 2 + 11 * 3)
    const rest = await take(lane, 100)
    assert.equal(rest.length, 15)
    assert.equal(lane.backlog.count, 0)
    assert.equal(lane.backlog.bodyBytes, 0)
  })

  logTest('a take keeps to its bytes but gives at least one entry', async (log) => {
    const { lane } = log.openLane(1, true)
    fill(log, lane, 9)
    assert.equal((await take(lane, 9, 5)).length, 2)
    assert.equal((await take(lane, 9, 0)).length, 1)
    assert.equal((await take(lane, 0, 100)).length, 1)
  })

  logTest('a take from an empty backlog gives nothing', async (log) => {
    const { lane } = log.openLane(1, true)
    assert.deepEqual(await take(lane, 10), [])
  })

  logTest('transient messages page out of durable and transient lanes alike', async (log) => {
    const durableLane = log.openLane(1, true).lane
    const transientLane = log.openLane(2, false).lane
    const message = testMessage('light', false)
    durableLane.backlog.push(new QueueEntry(1, message, nowhere, 5))
    transientLane.backlog.push(new QueueEntry(1, message, nowhere, 5))
    log.commitTurn()
    const [first] = await take(durableLane, 1)
    assert.equal(bodyOf(first?.message), 'light')
    durableLane.removed(first!)
    const [second] = await take(transientLane, 1)
    assert.equal(bodyOf(second?.message), 'light')
    transientLane.removed(second!)
    log.commitTurn()
  })

  logTest('a message whose stored copy was freed is spilled anew', async (log) => {
    const one = log.openLane(1, false).lane
    const two = log.openLane(2, false).lane
    const message = testMessage('light', false)
    one.backlog.push(new QueueEntry(1, message, nowhere, 5))
    log.commitTurn()
    const [entry] = await take(one, 1)
    one.removed(entry!)
    log.commitTurn()
    two.backlog.push(new QueueEntry(1, message, nowhere, 5))
    log.commitTurn()
    assert.equal(bodyOf((await take(two, 1))[0]?.message), 'light')
  })

  logTest('a redelivered flag stays with the entry', async (log) => {
    const { lane } = log.openLane(1, true)
    const entry = publishTo(log, { laneId: 1, sequence: 1 }, testMessage('m'))
    entry.redelivered = true
    lane.backlog.push(entry)
    log.commitTurn()
    assert.equal((await take(lane, 1))[0]?.redelivered, true)
  })

  logTest('entries pushed during a take come after it', async (log) => {
    const { lane } = log.openLane(1, true)
    fill(log, lane, 2)
    const taking = take(lane, 10)
    lane.backlog.push(publishTo(log, { laneId: 1, sequence: 3 }, testMessage('m3')))
    log.commitTurn()
    const bodies = (await taking).map((entry) => bodyOf(entry.message))
    while (lane.backlog.count > 0) {
      bodies.push(...(await take(lane, 10)).map((entry) => bodyOf(entry.message)))
    }
    assert.deepEqual(bodies, ['m1', 'm2', 'm3'])
  })

  logTest('a run gives what it holds, as it is or as entries', async (log) => {
    const { lane } = log.openLane(1, true)
    fill(log, lane, 20)
    const run = await new Promise<StoredRun>((resolve, reject) => {
      lane.backlog.take(20, 1e9, (_, taken) => (taken === null ? reject() : resolve(taken)))
    })
    assert.equal(lane.backlog.count, 0)
    assert.deepEqual([run.count, run.bodyBytes, run.firstSequence], [20, 51, 1])
    for (let i = 1; i <= 12; i += 1) {
      const { body, bodyStart, bodyEnd, envelope } = run.first()
      assert.equal(Buffer.from(body).toString('utf8', bodyStart, bodyEnd), `m${i}`)
      assert.equal(envelope.routingKey, 'eu.new')
      run.shift()
    }
    assert.deepEqual([run.count, run.bodyBytes, run.firstSequence], [8, 24, 13])
    lane.delivered(12)
    assert.equal(lane.removedMany(1, 10), 21)
    const out = lane.entriesOf(11, 2)
    assert.deepEqual(
      out.map(({ sequence, message, bodyBytes }) => [sequence, message, bodyBytes]),
      [
        [11, null, 3],
        [12, null, 3],
      ],
    )
    const loaded = await load(
      log,
      out.map(({ position }) => position),
    )
    assert.deepEqual(loaded.map(bodyOf), ['m11', 'm12'])
    const rest = run.unfold()
    assert.deepEqual(
      rest.map(({ message }) => bodyOf(message)),
      Array.from({ length: 8 }, (_, i) => `m${i + 13}`),
    )
    assert.equal(run.count, 0)
    for (const entry of [...out, ...rest]) lane.removed(entry)
    log.commitTurn()
  })

  logTest('one message in two lanes is given to both', async (log) => {
    const lanes = [log.openLane(1, true).lane, log.openLane(2, true).lane]
    const message = testMessage('both')
    const references = [
      { laneId: 1, sequence: 1 },
      { laneId: 2, sequence: 1 },
    ]
    message.position = log.publish(message, references, true)
    for (const lane of lanes) lane.backlog.push(new QueueEntry(1, message, message.position, 4))
    log.commitTurn()
    for (const lane of lanes) {
      const [entry] = await take(lane, 1)
      assert.equal(bodyOf(entry?.message), 'both')
      lane.removed(entry!)
      log.commitTurn()
    }
  })
}

function defineCancelCases(logTest: LogTest): void {
  logTest('clear removes what waits, tells how many, and cancels a take', async (log) => {
    const { lane } = log.openLane(1, true)
    fill(log, lane, 12)
    let called = false
    lane.backlog.take(3, 1e9, () => {
      called = true
    })
    assert.equal(lane.backlog.clear(), 12)
    assert.equal(lane.backlog.count, 0)
    assert.equal(lane.backlog.bodyBytes, 0)
    log.commitTurn()
    await settle()
    assert.equal(called, false)
    lane.backlog.push(publishTo(log, { laneId: 1, sequence: 13 }, testMessage('after')))
    log.commitTurn()
    assert.equal(bodyOf((await take(lane, 1))[0]?.message), 'after')
  })

  logTest('drop cancels a take', async (log) => {
    const { lane } = log.openLane(1, true)
    fill(log, lane, 12)
    let called = false
    lane.backlog.take(3, 1e9, () => {
      called = true
    })
    lane.drop()
    log.commitTurn()
    await settle()
    assert.equal(called, false)
  })
}
