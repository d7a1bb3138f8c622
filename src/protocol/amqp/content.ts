// A message's content as ranges of the buffers it arrived in: no copy is made to pass it on.

export interface Content {
  /** Holds the payload of the content header frame [AMQP 0-9-1, 4.2.6.1]. */
  readonly header: Uint8Array
  readonly headerStart: number
  readonly headerEnd: number
  /** Holds the whole body, however many frames it came in. */
  readonly body: Uint8Array
  readonly bodyStart: number
  readonly bodyEnd: number
}
