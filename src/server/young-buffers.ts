// Keeps the memory of bodies small and cheap. V8 counts the bytes of buffers, which lie outside
// of its heap, and answers a dozen MB of new ones by marking the whole heap: at 1 MB a message that took
// two thirds of the broker's time. Nearly all of these buffers are dead by then, and a collection of the
// young generation frees them in a third of a millisecond.
//
// Small messages need none of this: their objects fill the young generation long before. From about
// 500 bytes a message on the buffers come first.

import { type Collect, findCollector } from '../base/collector.ts'

/**
 * Bytes of bodies between two collections: well below what V8 takes as a reason to mark its heap, about
 * 12 MB more than after the last marking, and far enough apart that few messages outlive two of them.
 */
const sweepBytes = 4 << 20
/** Chunks with more bytes a frame than this count: a message has three frames. */
const largeFrameBytes = 200

export class YoungBuffers {
  #bytes = 0
  #collect: Collect | null = null

  /** Counts what a socket has brought in chunks of its own. */
  read(frames: number, bytes: number): void {
    if (bytes > frames * largeFrameBytes) this.#bytes += bytes
  }

  /** Called between turns, when the fewest buffers are in use. */
  sweep(): void {
    if (this.#bytes < sweepBytes) return
    this.#bytes = 0
    this.#collect ??= findCollector()
    this.#collect({ type: 'minor' })
  }
}
