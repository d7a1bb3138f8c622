// The short way through a queue: what was read back goes to a consumer as it is, without an object for
// each message. It is for the usual backlog: one lane, one consumer, and nobody else who wants to look.
// A queue with a dead letter exchange keeps the messages that are out: what is rejected is soon sent.

import type { ConsumerLine } from './consumer-line.ts'
import type { Lane } from './lane.ts'
import type { QueueStatistics } from './queue-statistics.ts'

interface PassingQueue {
  readonly consumers: ConsumerLine
  readonly statistics: QueueStatistics
  readonly settings: { readonly deadLetterExchange: string | null }
  readyCount: number
  readyBytes: number
  unackedCount: number
  unackedBytes: number
}

/** The first `count` deliveries of a run, from this sequence on, have been acknowledged. */
export function settleRun(
  queue: PassingQueue,
  lane: Lane,
  firstSequence: number,
  count: number,
): void {
  queue.statistics.acknowledged += count
  queue.unackedCount -= count
  queue.unackedBytes -= lane.forgetMany(firstSequence, count)
}

/** Whether messages went out; null: the short way cannot be taken now. */
export function passOn(queue: PassingQueue, lanes: readonly Lane[]): boolean | null {
  const lane = lanes[0]!
  const run = lanes.length === 1 ? lane.run : null
  if (run === null || queue.settings.deadLetterExchange !== null) return null
  const { consumers, statistics } = queue
  if (consumers.count !== 1 || !consumers.all[0]!.takesRuns) return null
  const receiver = consumers.take()
  if (receiver === null) return false
  const { count, bodyBytes, firstSequence } = run
  receiver.deliverRun(run, lane)
  const passed = count - run.count
  const passedBytes = bodyBytes - run.bodyBytes
  queue.readyCount -= passed
  queue.readyBytes -= passedBytes
  if (receiver.noAck) {
    statistics.deliveredNoAck += passed
    lane.forgetMany(firstSequence, passed)
  } else {
    statistics.delivered += passed
    queue.unackedCount += passed
    queue.unackedBytes += passedBytes
    lane.log.delivered(firstSequence + passed - 1)
  }
  lane.passed(passed, passedBytes)
  if (receiver.ready) consumers.enroll(receiver)
  return true
}
