// Cuts a text/event-stream into events, in whatever pieces it comes [HTML, server-sent events].

export interface StreamEvent {
  readonly name: string
  readonly data: string
}

/** One event longer than this is not ours: the piece is dropped, so that memory stays bounded. */
const pendingMax = 4_000_000

export class EventSplitter {
  #pending = ''

  push(text: string): readonly StreamEvent[] {
    // Over the whole, since a line's end may come in two pieces.
    this.#pending = (this.#pending + text).replaceAll('\r\n', '\n')
    const blocks = this.#pending.split('\n\n')
    this.#pending = blocks.pop() ?? ''
    if (this.#pending.length > pendingMax) this.#pending = ''
    return blocks.flatMap(parseBlock)
  }
}

function parseBlock(block: string): readonly StreamEvent[] {
  let name = 'message'
  const data: string[] = []
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':')
    if (colon <= 0) continue
    const field = line.slice(0, colon)
    const value = line.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') name = value
    if (field === 'data') data.push(value)
  }
  return data.length === 0 ? [] : [{ name, data: data.join('\n') }]
}
