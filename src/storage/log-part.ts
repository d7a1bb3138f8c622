// One log with all that belongs to it: files, writer, reader, and the count of who needs what.
// The store has two: the durable one, and the one of spilled messages, which a restart wipes.

import type { DamageList } from './damage.ts'
import { Journal, type JournalOptions } from './journal.ts'
import type { Ledger } from './ledger.ts'
import { MessageReader } from './message-reader.ts'
import type { Segments } from './segments.ts'

export interface LogPartOptions extends JournalOptions {
  readonly ledger: Ledger
  readonly damage: DamageList
  readonly later: (task: () => void) => void
}

export class LogPart {
  readonly journal: Journal
  readonly ledger: Ledger
  readonly reader: MessageReader

  constructor(options: LogPartOptions) {
    this.journal = new Journal(options)
    this.ledger = options.ledger
    this.reader = new MessageReader(this.journal, options.damage, options.later)
  }

  get segments(): Segments {
    return this.journal.segments
  }

  /** Segments before `end` that nothing refers to and that are no longer written. */
  emptySegments(end: number): number[] {
    const empty: number[] = []
    for (const segment of this.segments.numbers) {
      if (segment >= end || segment >= this.journal.segment) break
      if (!this.ledger.has(segment) || this.ledger.use(segment).references <= 0) empty.push(segment)
    }
    return empty
  }

  free(segment: number): void {
    this.ledger.forget(segment)
    this.segments.free(segment)
  }
}
