import assert from 'node:assert/strict'
import { type MockTracker, test } from 'node:test'
import { Linger } from './linger.ts'

/** How often the loop goes round until nothing holds it awake. */
function lingering(linger: Linger): number {
  const scheduled: (() => void)[] = []
  const real = globalThis.setImmediate
  globalThis.setImmediate = ((task: () => void) => scheduled.push(task)) as never
  try {
    linger.begin()
    let rounds = 0
    for (let task = scheduled.shift(); task !== undefined; task = scheduled.shift()) {
      rounds += 1
      task()
    }
    return rounds
  } finally {
    globalThis.setImmediate = real
  }
}

/** A clock that goes on each time it is looked at. */
function tickingClock(mock: MockTracker, stepMs: number): { nowMs: number } {
  const clock = { nowMs: 1000 }
  mock.method(performance, 'now', () => {
    clock.nowMs += stepMs
    return clock.nowMs
  })
  return clock
}

test('the loop lingers only after a pause that was shorter than that', ({ mock }) => {
  const clock = tickingClock(mock, 0.01)
  const linger = new Linger(0.05)
  linger.interrupt()
  assert.equal(lingering(linger), 0)
  linger.interrupt()
  const rounds = lingering(linger)
  assert.ok(rounds >= 4 && rounds <= 6, `${rounds} rounds`)
  clock.nowMs += 1
  linger.interrupt()
  assert.equal(lingering(linger), 0)
})

test('a pause that was slept through is tried once, and then not for a while', ({ mock }) => {
  const clock = tickingClock(mock, 0.001)
  const linger = new Linger(0.05)
  let trials = 0
  for (let pause = 0; pause < 100; pause += 1) {
    const begunMs = clock.nowMs
    if (lingering(linger) > 0) trials += 1
    clock.nowMs = begunMs + 0.08
    linger.interrupt()
  }
  assert.ok(trials >= 3 && trials <= 8, `${trials} trials`)
})

test('it waits longer for answers, if nothing else comes', ({ mock }) => {
  const clock = tickingClock(mock, 0.001)
  const linger = new Linger(0.05)
  /** How many of so many pauses of 0.12 ms it lingers in. */
  const lingered = (pauses: number, isAnswer: (pause: number) => boolean): number => {
    let count = 0
    for (let pause = 0; pause < pauses; pause += 1) {
      const begunMs = clock.nowMs
      if (lingering(linger) > 0) count += 1
      clock.nowMs = begunMs + 0.12
      linger.heard(isAnswer(pause))
      linger.interrupt()
    }
    return count
  }
  assert.equal(
    lingered(100, (pause) => pause % 7 > 0),
    0,
  )
  const count = lingered(100, () => true)
  assert.ok(count >= 85, `${count} of 100`)
})

test('it is switched off by 0', ({ mock }) => {
  mock.method(performance, 'now', () => 1000)
  const linger = new Linger(0)
  linger.begin()
  linger.interrupt()
  assert.equal(lingering(linger), 0)
})
