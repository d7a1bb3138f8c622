// Which counters are sampled for what, in the order in which their rings keep them.

export const queueColumns = [
  'publish',
  'deliver',
  'deliver_no_ack',
  'get',
  'get_no_ack',
  'get_empty',
  'redeliver',
  'ack',
  'deliver_get',
  'messages',
  'messages_ready',
  'messages_unacknowledged',
] as const

export type QueueColumn = (typeof queueColumns)[number]
const furtherTotals = [
  'confirm',
  'return_unroutable',
  'drop_unroutable',
  'recv_oct',
  'send_oct',
  'connection_created',
  'connection_closed',
  'channel_created',
  'channel_closed',
  'queue_declared',
  'queue_created',
  'queue_deleted',
] as const
export type TotalColumn = QueueColumn | (typeof furtherTotals)[number]

/** Of a virtual host and of the whole broker: the queues' columns, summed, and more. */
export const totalColumns: readonly TotalColumn[] = [...queueColumns, ...furtherTotals]

export const exchangeColumns = ['publish_in', 'publish_out'] as const
export const channelColumns = [
  'publish',
  'confirm',
  'return_unroutable',
  'drop_unroutable',
  'deliver',
  'deliver_no_ack',
  'get',
  'get_no_ack',
  'get_empty',
  'redeliver',
  'ack',
  'deliver_get',
] as const
export const connectionColumns = ['recv_oct', 'send_oct'] as const

/** Where a counter is in a ring of these columns. */
export function columnIndex(columns: readonly string[], name: string): number {
  return columns.indexOf(name)
}

/** How many of the queues' columns are counters that only rise; the rest are levels. */
export const risingQueueColumns: number = queueColumns.indexOf('messages')
