// What happened to a queue's messages since it was declared: plain counters that only rise.

export class QueueStatistics {
  published = 0
  delivered = 0
  deliveredNoAck = 0
  got = 0
  gotNoAck = 0
  gotEmpty = 0
  redelivered = 0
  acknowledged = 0
}
