// Whether the consumers of a queue have fallen behind, so that publishers may be slowed down.

// From here on consumers count as behind; below half of it no more. Well below the memory budget, so
// that nothing that a publisher sends ahead is paged out, only to be read back a moment later.
const behindCount = 8192
const behindBytes = 4 << 20

interface Paced {
  readonly behind: boolean
  readonly readyCount: number
  readonly readyBytes: number
  readonly consumers: { readonly count: number }
}

/** A queue that nobody reads is not behind: its messages are there to wait. */
export function isBehind({ behind, readyCount, readyBytes, consumers }: Paced): boolean {
  const share = behind ? 0.5 : 1
  const much = readyCount > behindCount * share || readyBytes > behindBytes * share
  return much && consumers.count > 0
}
