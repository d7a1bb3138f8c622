// What an answer waits for beside the log's durable position: something kept elsewhere, such as a
// delayed message, that is not safe yet. Whoever keeps it opens the gate and has a turn requested.

export interface Gate {
  readonly open: boolean
}
