// How large the messages are that publishers send: a count for each range of sizes, in RabbitMQ's
// ranges [RMQ: rabbit_msg_size_metrics]. Counting one message allocates nothing.

/** Upper bounds in bytes; what is larger than the last is counted behind it. */
export const messageSizeBounds: readonly number[] = [
  100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 50_000_000, 100_000_000,
]

export class MessageSizes {
  readonly counts: Float64Array = new Float64Array(messageSizeBounds.length + 1)
  bytes = 0

  count(bytes: number): void {
    let range = 0
    while (range < messageSizeBounds.length && bytes > messageSizeBounds[range]!) range += 1
    this.counts[range]! += 1
    this.bytes += bytes
  }
}
