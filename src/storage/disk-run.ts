// Messages in the block that they were read into, with a number for each: a run that is passed on, or
// whose messages are made when somebody asks for them.

import type { Envelope } from '../broker/message.ts'
import type { StoredMessage, StoredRun } from '../broker/ports.ts'
import { QueueEntry } from '../broker/queues/entry.ts'
import type { Columns } from './columns.ts'
import type { RecordBlock } from './record-block.ts'
import { envelopeStart } from './records.ts'

const noEnvelope: Envelope = { exchange: '', routingKey: '', encoded: Buffer.of(0, 0) }

/** The message that stands first, used again for each. */
class FirstMessage implements StoredMessage {
  envelope: Envelope = noEnvelope
  readonly header: Buffer
  headerStart = 0
  headerEnd = 0
  readonly body: Buffer
  bodyStart = 0
  bodyEnd = 0
  readonly long = null

  constructor(bytes: Buffer) {
    this.header = bytes
    this.body = bytes
  }
}

export class DiskRun implements StoredRun {
  count: number
  bodyBytes: number
  firstSequence: number
  readonly memoryBytes: number
  readonly #block: RecordBlock
  /** The lane's entries in memory, of which these are some. */
  readonly #table: Columns
  readonly #first: FirstMessage
  #next = 0

  constructor(
    block: RecordBlock,
    table: Columns,
    entries: { readonly firstSequence: number; readonly bodyBytes: number },
  ) {
    const { buffer, byteOffset, byteLength } = block.view
    this.count = block.starts.length
    this.bodyBytes = entries.bodyBytes
    this.firstSequence = entries.firstSequence
    this.memoryBytes = buffer.byteLength
    this.#block = block
    this.#table = table
    this.#first = new FirstMessage(Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength))
  }

  first(): StoredMessage {
    const { view, starts } = this.#block
    const at = starts[this.#next]!
    const message = this.#first
    const envelopeAt = envelopeStart(view, at)
    const from = envelopeAt + view.getUint16(at + 10, true)
    message.envelope = this.#block.maker.envelopeOf(message.header, envelopeAt, from)
    message.headerStart = from
    message.headerEnd = from + view.getUint32(at + 16, true)
    message.bodyStart = message.headerEnd
    message.bodyEnd = message.bodyStart + view.getUint32(at + 20, true)
    return message
  }

  shift(): void {
    const { view, starts } = this.#block
    this.bodyBytes -= view.getUint32(starts[this.#next]! + 20, true)
    this.#next += 1
    this.count -= 1
    this.firstSequence += 1
  }

  unfold(): QueueEntry[] {
    const { view, starts, maker } = this.#block
    const entries: QueueEntry[] = []
    while (this.count > 0) {
      const message = maker.make(view, starts[this.#next]!, true)!
      const at = this.#table.find(this.firstSequence)
      message.position = this.#table.positions[at]!
      const { position, bodyBytes } = message
      entries.push(new QueueEntry(this.firstSequence, message, position, bodyBytes))
      this.shift()
    }
    maker.rest()
    return entries
  }
}
