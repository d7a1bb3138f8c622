// A message's content as ranges of the buffers it arrived in: no copy is made to pass it on.

import type { LongBody } from './long-body.ts'

/** Where a body lies. */
export interface BodyRange {
  /** Holds the whole body, however many frames it came in. */
  readonly body: Uint8Array
  readonly bodyStart: number
  readonly bodyEnd: number
  /** A long body in the pieces it came in; `body` joins them and is better not asked for then. */
  readonly long?: LongBody | null
}

export interface Content extends BodyRange {
  /** Holds the payload of the content header frame [AMQP 0-9-1, 4.2.6.1]. */
  readonly header: Uint8Array
  readonly headerStart: number
  readonly headerEnd: number
}

/** A body with a content header of its own; a message or another content may lend its body. */
export function contentOf(header: Uint8Array, { body, bodyStart, bodyEnd }: BodyRange): Content {
  return { header, headerStart: 0, headerEnd: header.length, body, bodyStart, bodyEnd }
}

/** A header and all of `body`. */
export function wholeContent(header: Uint8Array, body: Uint8Array): Content {
  return contentOf(header, { body, bodyStart: 0, bodyEnd: body.length })
}
