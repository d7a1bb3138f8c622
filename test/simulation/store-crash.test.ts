// The store against a disk that forgets, tears and fails: random runs with crashes at random points,
// and one scripted run that is crashed at every single operation.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimulatedCrash } from './fault-files.ts'
import { World } from './store-world.ts'

/** One random action of a broker. */
function act(world: World): void {
  const { random, queues } = world
  const choice = random.below(100)
  const queue = queues[random.below(queues.length)]
  if (queue === undefined || queues.length < 3) {
    world.addQueue(random.below(4) > 0)
    return
  }
  const some = queues.filter(() => random.below(3) === 0)
  const targets = some.length > 0 && random.below(3) === 0 ? some : [queue]
  if (choice < 35)
    world.publish(targets, random.below(5) > 0, random.below(random.below(8) === 0 ? 3000 : 60))
  else if (choice < 60) world.deliver(queue)
  else if (choice < 75) world.acknowledge(queue)
  else if (choice < 79) world.requeue(queue)
  else if (choice < 81) world.purge(queue)
  else if (choice < 82) world.drop(queue)
  else if (choice < 92) world.commit()
  else if (choice < 97) world.step()
  else if (choice < 99) world.clock.advance(500)
  else world.settle()
}

async function run(seed: number, actions: number, crashEvery: number): Promise<World> {
  const world = new World({ seed, passesOn: true })
  await world.open()
  for (let i = 0; i < actions; i += 1) {
    act(world)
    if (world.random.below(crashEvery) !== 0) continue
    const kind = world.random.below(4)
    if (kind === 0) await world.restart()
    else await world.crash(kind > 1)
  }
  await world.restart()
  await world.verify()
  return world
}

test('random lives of a broker, crashed at random moments between its actions', async (t) => {
  const first = Number(process.env.WARREN_SEED ?? 1)
  const count = Number(process.env.WARREN_SEEDS ?? 60)
  const sums = { taken: 0, recovered: 0, crashes: 0 }
  for (let seed = first; seed < first + count; seed += 1) {
    try {
      if (process.env.DBG) console.log('seed', seed)
      const { seen } = await run(seed, 1500, 150)
      sums.taken += seen.taken
      sums.recovered += seen.recovered
      sums.crashes += seen.crashes
    } catch (error) {
      throw new Error(`seed ${seed}: run again with WARREN_SEED=${seed} WARREN_SEEDS=1`, {
        cause: error,
      })
    }
  }
  t.diagnostic(`seeds ${first} to ${first + count - 1}: ${JSON.stringify(sums)}`)
  assert.ok(sums.taken > 1000 && sums.recovered > 1000 && sums.crashes > 100)
})

/** A life with a bit of everything, always the same for one seed. */
function script(world: World): void {
  const a = world.addQueue(true)
  const b = world.addQueue(true)
  const c = world.addQueue(false)
  for (let i = 0; i < 60; i += 1) {
    world.publish(i % 3 === 0 ? [a, b, c] : [a], i % 5 !== 0, i === 20 ? 9000 : 120)
    if (i % 2 === 1) world.commit()
    if (i % 7 === 6) world.step()
    for (const queue of [a, b, c]) if (i % 2 === 0) world.deliver(queue)
    if (i % 5 === 4) world.acknowledge(a)
    if (i % 9 === 8) world.requeue(b)
    if (i === 40) world.purge(b)
    if (i % 10 === 9) world.settle()
  }
  world.commit()
  for (let i = 0; i < 40; i += 1) {
    world.deliver(a)
    world.acknowledge(a)
    world.commit()
    world.step()
  }
  world.clock.advance(1500)
  world.settle()
}

test('every operation of a scripted life is a crash point', async (t) => {
  const dry = new World({ seed: 7, passesOn: true })
  await dry.open()
  script(dry)
  const points = dry.files.operations
  assert.ok(points > 90, `only ${points} operations`)
  for (const power of [false, true]) {
    for (let point = Number(process.env.POINT ?? 1); point <= points; point += 1) {
      const world = new World({ seed: 7, passesOn: true })
      await world.open()
      world.files.crashAt = point
      try {
        script(world)
      } catch (error) {
        if (!(error instanceof SimulatedCrash)) throw error
      }
      try {
        await world.crash(power)
        await world.verify()
      } catch (error) {
        throw new Error(`crash at operation ${point}, power ${power}`, { cause: error })
      }
    }
  }
  t.diagnostic(`${points} crash points, killed and without power`)
})
