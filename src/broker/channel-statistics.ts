// What went through a channel since it was opened: plain counters that only rise.

export class ChannelStatistics {
  published = 0
  confirmed = 0
  returned = 0
  dropped = 0
  delivered = 0
  deliveredNoAck = 0
  got = 0
  gotNoAck = 0
  gotEmpty = 0
  redelivered = 0
  acknowledged = 0
}
