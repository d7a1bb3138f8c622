// What the store does when the disk is full, cannot sync, or rots; when its files are newer than it;
// and whether it gives space back.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Message } from '../../src/broker/message.ts'
import { QueueEntry } from '../../src/broker/queues/entry.ts'
import { checksum } from '../../src/storage/checksum.ts'
import { openStore } from '../../src/storage/open-store.ts'
import { SeededRandom } from './fault-files.ts'
import { bodyOf, testMessage } from './message-log.cases.ts'
import { directory, World, type WorldQueue } from './store-world.ts'
import { systemClock } from './system-clock.ts'

async function newWorld(seed = 1, segmentBytes = 8192): Promise<World> {
  const world = new World({ seed, segmentBytes })
  await world.open()
  return world
}

/** Publishes persistent messages to one queue, each in a turn of its own, and syncs them. */
function publishMany(world: World, queue: WorldQueue, count: number, bodyBytes = 100): void {
  for (let i = 0; i < count; i += 1) {
    world.publish([queue], true, bodyBytes)
    world.commit()
  }
  world.clock.advance(1000)
  world.settle()
}

/** A while later: everything is synced, and the log says so. */
function rest(world: World): void {
  for (let i = 0; i < 3; i += 1) {
    world.commit()
    world.clock.advance(1000)
    world.settle()
  }
}

function consumeAll(world: World, queue: WorldQueue): number {
  let consumed = 0
  for (let idle = 0; idle < 2; ) {
    world.deliver(queue)
    world.settle()
    if (queue.unacked.length === 0 && queue.window.length === 0) idle += 1
    if (queue.unacked.length > 0) {
      world.acknowledge(queue)
      consumed += 1
      idle = 0
    }
    world.commit()
  }
  return consumed
}

test('a full disk blocks, confirms nothing, serves on, and goes on by itself', async () => {
  const world = await newWorld()
  const queue = world.addQueue(true)
  publishMany(world, queue, 10)
  const before = world.log.durablePosition
  world.files.freeBytes = 0
  // The segment that is being written has room left, and so the block comes with the next one.
  for (let i = 0; world.blocked === null && i < 100; i += 1) {
    world.publish([queue], true, 400)
    world.commit()
    world.settle()
  }
  assert.match(world.blocked ?? '', /the disk is full \(ENOSPC\)/)
  const durable = world.log.durablePosition
  world.publish([queue], true, 400)
  world.commit()
  world.clock.advance(5000)
  world.settle()
  assert.equal(world.log.durablePosition, durable)
  // What could not be written is read from memory.
  for (let i = 0; i < 4; i += 1) {
    world.deliver(queue)
    world.settle()
  }
  assert.ok(queue.unacked.length >= 3)
  world.files.freeBytes = Number.POSITIVE_INFINITY
  world.clock.advance(1000)
  world.settle()
  assert.equal(world.blocked, null)
  world.clock.advance(1000)
  world.settle()
  assert.ok(world.log.durablePosition > durable && durable >= before)
  await world.crash(true)
  await world.verify()
})

test('what could not be written for lack of space is lost with the process, not before', async () => {
  const world = await newWorld(3)
  const queue = world.addQueue(true)
  publishMany(world, queue, 10)
  world.files.freeBytes = 0
  for (let i = 0; i < 60; i += 1) {
    world.publish([queue], true, 400)
    world.commit()
  }
  world.settle()
  assert.notEqual(world.blocked, null)
  world.files.freeBytes = Number.POSITIVE_INFINITY
  await world.crash(false)
  await world.verify()
})

test('after a sync has failed nothing is confirmed any more, not even by a later one', async () => {
  const world = await newWorld()
  const queue = world.addQueue(true)
  publishMany(world, queue, 10)
  const durable = world.log.durablePosition
  world.files.failSyncs = 'EIO'
  publishMany(world, queue, 5)
  assert.match(world.blocked ?? '', /could not sync .*EIO/)
  world.files.failSyncs = null
  publishMany(world, queue, 5)
  world.clock.advance(60_000)
  world.settle()
  assert.equal(world.log.durablePosition, durable)
  assert.notEqual(world.blocked, null)
  await world.crash(true)
  await world.verify()
})

test('writes that fail are tried again until they succeed', async () => {
  const world = await newWorld()
  const queue = world.addQueue(true)
  world.files.failWrites = 'EIO'
  publishMany(world, queue, 5)
  assert.match(world.blocked ?? '', /cannot be written: EIO/)
  world.files.failWrites = null
  world.clock.advance(1000)
  world.settle()
  assert.equal(world.blocked, null)
  await world.restart()
  await world.verify()
})

/** Opens the disk of a world again, without holding what comes against the model. */
async function reopenDamaged(world: World): Promise<Map<number, (Message | null)[]>> {
  world.files.kill()
  const ids = world.queues.map(({ laneId }) => laneId)
  await world.open()
  const found = new Map<number, (Message | null)[]>()
  for (const laneId of ids) {
    const opened = world.log.openLane(laneId, true)
    const messages: (Message | null)[] = []
    world.log.load(
      opened.returned.map((entry) => entry.position),
      (loaded) => messages.push(...loaded),
    )
    world.settle()
    while (opened.lane.backlog.count > 0) {
      const before = opened.lane.backlog.count
      opened.lane.backlog.take(50, 1e9, (entries, run) => {
        for (const { message } of run?.unfold() ?? entries) messages.push(message)
      })
      world.settle()
      assert.ok(opened.lane.backlog.count < before)
    }
    found.set(laneId, messages)
  }
  world.store.finishRecovery()
  return found
}

test('a damaged record is quarantined and reported, and the rest of its queue stays', async () => {
  const world = await newWorld()
  const queue = world.addQueue(true)
  publishMany(world, queue, 40)
  rest(world)
  const target = Buffer.from('17:xxx')
  const path = `${directory}/log/0000000001.seg`
  world.files.corrupt(path, (content) => {
    const at = content.indexOf(target)
    assert.ok(at > 0)
    content[at + 4] = 0
  })
  const bodies = (await reopenDamaged(world)).get(queue.laneId)?.map(bodyOf) ?? []
  assert.equal(bodies.filter((body) => body !== '(none)').length, 39)
  assert.ok(!bodies.some((body) => body.startsWith('17:')))
  assert.ok(world.store.damage.count >= 1)
  assert.equal(world.store.damage.listed[0]?.file, '0000000001.seg')
  assert.equal(world.files.list(`${directory}/quarantine`).length, 1)
})

test('the messages of a damaged index page are found again', async () => {
  const world = await newWorld()
  const queue = world.addQueue(true)
  publishMany(world, queue, 100)
  rest(world)
  const pages = queue.lane.backlog as unknown as { pages: { position?: number }[] }
  const onDisk = pages.pages.filter((page) => (page.position ?? 0) > 0)
  assert.ok(onDisk.length > 10)
  for (const { position = 0 } of [onDisk[2]!, onDisk[9]!]) {
    const name = world.log.durable.segments.nameOf(Math.floor(position / 2 ** 26))
    world.files.corrupt(`${directory}/log/${name}`, (content) => {
      content[(position % 2 ** 26) + 30] = content[(position % 2 ** 26) + 30]! ^ 1
    })
  }
  // Both while it runs, and by a start that has to look into pages.
  for (let i = 0; i < 30; i += 1) {
    world.deliver(queue)
    world.settle()
  }
  assert.ok(world.store.damage.count >= 1)
  await world.verify()
  assert.equal(queue.window.length + queue.unacked.length, 100)
  const found = await reopenDamaged(world)
  assert.deepEqual(found.get(queue.laneId)?.map(bodyOf).sort(), [...queue.bodies.values()].sort())
})

test('without a readable checkpoint the whole log is read, and copies of messages count', async () => {
  const world = await newWorld(5)
  const queue = world.addQueue(true)
  publishMany(world, queue, 200)
  const waiting = queue.lane.backlog.count + queue.window.length
  assert.ok(world.files.list(directory).includes('checkpoint'))
  world.files.corrupt(`${directory}/checkpoint`, (content) => content.fill(7, 20, 60))
  const messages = (await reopenDamaged(world)).get(queue.laneId) ?? []
  assert.equal(messages.length, waiting)
  assert.ok(messages.every((message) => message !== null))
  assert.match(world.store.damage.listed[0]?.reason ?? '', /checkpoint is damaged/)
})

test('whatever bytes rot, the store opens and serves nothing that was not published', async (t) => {
  let damaged = 0
  let served = 0
  for (let seed = 1; seed <= 150; seed += 1) {
    const world = await newWorld(seed)
    const queues = [world.addQueue(true), world.addQueue(true)]
    for (let i = 0; i < 60; i += 1) {
      world.publish(i % 4 === 0 ? queues : [queues[i % 2]!], true, 40 + (i % 7) * 30)
      if (i % 3 === 0) world.deliver(queues[0]!)
      if (i % 5 === 0) world.acknowledge(queues[0]!)
      if (i % 2 === 0) world.commit()
      if (i % 20 === 0) world.clock.advance(1000)
      world.settle()
    }
    rest(world)
    const published = new Set(queues.flatMap((queue) => [...queue.bodies.values()]))
    const random = new SeededRandom(seed)
    const files = world.files.list(`${directory}/log`).map((name) => `${directory}/log/${name}`)
    files.push(...world.files.list(directory).map((name) => `${directory}/${name}`))
    for (let hit = 0; hit <= random.below(6); hit += 1) {
      world.files.corrupt(files[random.below(files.length)]!, (content) => {
        const at = random.below(content.length)
        const kind = random.below(3)
        if (kind === 0) content[at] = random.below(256)
        else if (kind === 1) content.fill(0, at, Math.min(content.length, at + random.below(2000)))
        else
          for (let i = at; i < Math.min(content.length, at + 300); i += 1)
            content[i] = random.below(256)
      })
    }
    const found = await reopenDamaged(world)
    for (const message of [...found.values()].flat()) {
      if (message === null) continue
      assert.ok(published.has(bodyOf(message)), `seed ${seed}: ${bodyOf(message)}`)
      served += 1
    }
    damaged += world.store.damage.count
  }
  t.diagnostic(`${damaged} findings, ${served} messages served`)
  assert.ok(damaged > 100 && served > 1000)
})

test('files of a newer version are refused with a clear text', async () => {
  const world = await newWorld()
  publishMany(world, world.addQueue(true), 3)
  world.files.corrupt(`${directory}/log/0000000001.seg`, (content) => {
    content.writeUInt32LE(2, 8)
    content.writeUInt32LE(checksum(content, 0, 60), 60)
  })
  world.files.kill()
  await assert.rejects(world.open(), /0000000001.seg was written by a newer Warren \(log version 2/)
})

test('one old message does not hold the space of those that came after it', async () => {
  const world = await newWorld()
  const queue = world.addQueue(true)
  world.publish([queue], true, 100)
  world.deliver(queue)
  const [old] = queue.unacked.splice(0)
  for (let round = 0; round < 30; round += 1) {
    publishMany(world, queue, 40, 200)
    assert.equal(consumeAll(world, queue), 40)
    for (let i = 0; i < 4; i += 1) {
      world.clock.advance(1000)
      world.commit()
      world.settle()
    }
  }
  const segments = world.log.durable.segments.numbers
  assert.ok(segments.length <= 8, `${segments.length} segments`)
  assert.ok(segments[0]! > 1, 'the segment of the old message is gone')
  // The broker still knows it by its first position.
  const loaded = await new Promise<(Message | null)[]>((resolve) => {
    world.log.load([old!.position], resolve)
    world.settle()
  })
  assert.equal(bodyOf(loaded[0]), queue.bodies.get(old!.sequence))
  queue.unacked.push(old!)
  await world.restart()
  await world.verify()
  assert.equal(queue.window.length, 1)
})

test('a slow queue between fast ones does not hold their space, pages and all', async () => {
  const world = await newWorld()
  const slow = world.addQueue(true)
  const fast = world.addQueue(true)
  for (let round = 0; round < 60; round += 1) {
    world.publish([slow], true, 50)
    publishMany(world, fast, 20, 300)
    consumeAll(world, fast)
    world.clock.advance(1000)
    world.commit()
    world.settle()
  }
  for (let i = 0; i < 30; i += 1) {
    world.clock.advance(1000)
    world.commit()
    world.settle()
  }
  // 60 messages of 50 bytes need two segments; what was written is more than fifty.
  const { numbers } = world.log.durable.segments
  assert.ok(numbers.length <= 10, `${numbers.length} segments`)
  await world.restart()
  await world.verify()
  assert.equal(slow.window.length, 60)
})

test('spilled messages give their space back and do not survive a restart', async () => {
  const world = await newWorld()
  const queue = world.addQueue(false)
  for (let round = 0; round < 10; round += 1) {
    for (let i = 0; i < 50; i += 1) world.publish([queue], false, 200)
    world.commit()
    consumeAll(world, queue)
  }
  assert.ok(world.log.spilled.segments.numbers.length <= 4)
  for (let i = 0; i < 50; i += 1) world.publish([queue], false, 200)
  world.commit()
  world.drop(queue)
  world.commit()
  assert.ok(world.log.spilled.segments.numbers.length <= 2)
})

test('purging a backlog takes no longer for its messages, and frees them', async () => {
  const world = await newWorld()
  const queue = world.addQueue(true)
  publishMany(world, queue, 300)
  world.purge(queue)
  world.commit()
  for (let i = 0; i < 3; i += 1) {
    world.clock.advance(1000)
    world.commit()
    world.settle()
  }
  assert.ok(world.log.durable.segments.numbers.length <= 3)
  await world.restart()
  assert.equal(queue.window.length, 0)
})

test('two brokers cannot share a data directory, and a dead one leaves no lock', async () => {
  const path = mkdtempSync(join(tmpdir(), 'warren-lock-'))
  const options = { directory: path, durability: 'fsync', clock: systemClock } as const
  try {
    const first = await openStore(options)
    await assert.rejects(openStore(options), {
      message: `the data directory ${path} is in use by process ${process.pid}`,
    })
    await first.close()
    // Of a process that is no more, and of an earlier one with the same id.
    for (const lock of ['999999999 token 5\n', `${process.pid} token 5\n`, 'rubbish']) {
      writeFileSync(join(path, 'lock'), lock)
      const store = await openStore(options)
      await store.close()
    }
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
})

test('lanes that no queue asks for are dropped when recovery is finished', async () => {
  const path = mkdtempSync(join(tmpdir(), 'warren-lanes-'))
  const options = { directory: path, durability: 'write', clock: systemClock } as const
  try {
    const first = await openStore(options)
    for (const laneId of [1, 2]) {
      const { lane } = first.log.openLane(laneId, true)
      const message = testMessage(`of ${laneId}`)
      const position = first.log.publish(message, [{ laneId, sequence: 1 }], true)
      lane.backlog.push(new QueueEntry(1, message, position, message.bodyBytes))
    }
    await first.close()
    const second = await openStore(options)
    assert.equal(second.log.openLane(1, true).lane.backlog.count, 1)
    assert.equal(second.finishRecovery(), 1)
    await second.close()
    const third = await openStore(options)
    assert.equal(third.log.openLane(1, true).lane.backlog.count, 1)
    assert.equal(third.log.openLane(2, true).lane.backlog.count, 0)
    await third.close()
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
})
