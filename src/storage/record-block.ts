// Gathers what is read back: where the records lie, if all of them lie in one block of which they are
// the larger part, so that it may be kept; else messages.

import type { Message } from '../broker/message.ts'
import type { MessageMaker } from './message-maker.ts'
import { isMessageRecord } from './records.ts'

/** What a block may hold beside its records, if it is more than they are. */
const slackBytes = 8 << 10

/** Intact message records, one for each position that was asked for. */
export interface RecordBlock {
  readonly view: DataView
  readonly starts: Uint32Array
  readonly maker: MessageMaker
}

export class BlockGatherer {
  readonly #count: number
  readonly #maker: MessageMaker
  #view: DataView | null = null
  readonly #starts: Uint32Array
  #recordBytes = 0
  #messages: (Message | null)[] | null = null

  constructor(count: number, maker: MessageMaker) {
    this.#count = count
    this.#maker = maker
    this.#starts = new Uint32Array(count)
  }

  /** Takes the record with this index, which rises; `stays`: the view's memory is not written again. */
  accept(index: number, view: DataView | null, at: number, stays: boolean): void {
    if (this.#messages === null && view !== null && stays && this.#isSame(view, at)) {
      this.#view = view
      this.#starts[index] = at
      this.#recordBytes += view.getUint32(at, true)
      return
    }
    this.#messages ??= this.#made(index)
    this.#messages.push(view === null ? null : this.#maker.make(view, at, stays))
  }

  /** All records in their block; null if that is not worth it or not so: `messages` has them then. */
  get block(): RecordBlock | null {
    const view = this.#view
    if (this.#messages !== null || view === null) return null
    if (view.buffer.byteLength > this.#recordBytes * 2 + slackBytes) return null
    return { view, starts: this.#starts, maker: this.#maker }
  }

  get messages(): (Message | null)[] {
    this.#messages ??= this.#made(this.#count)
    return this.#messages
  }

  #isSame(view: DataView, at: number): boolean {
    return (this.#view === null || this.#view === view) && isMessageRecord(view, at)
  }

  /** Messages of the first ones. */
  #made(count: number): (Message | null)[] {
    const messages: (Message | null)[] = []
    for (let i = 0; i < count; i += 1) {
      messages.push(this.#maker.make(this.#view!, this.#starts[i]!, true))
    }
    return messages
  }
}
