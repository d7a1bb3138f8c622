// Ids of JSON-RPC requests, which a response must repeat as they were. The values are in json/.

export type Id = string | number | null

interface ReviverContext {
  readonly source?: string
}

/**
 * The ids of one text as JSON that a response must repeat. A number is repeated digit for digit: 1.0
 * or an id of twenty digits would come back changed from a JavaScript number. The text is parsed a
 * second time for that, once, however many requests are in it: a batch must not cost its square.
 */
export class IdTexts {
  readonly #text: string
  #sources: unknown

  constructor(text: string) {
    this.#text = text
  }

  /** `index` is the place in a batch. */
  of(id: Id, index: number | undefined): string {
    const canonical = JSON.stringify(id)
    if (typeof id !== 'number') return canonical
    // How clients write it most often: as the last member, so that nothing else can be meant.
    const ending = `"id":${canonical}}`
    const spaced = `"id": ${canonical}}`
    if (index === undefined && (this.#endsIn(`,${ending}`) || this.#endsIn(`, ${spaced}`))) {
      return canonical
    }
    this.#sources ??= JSON.parse(this.#text, sourceOfId)
    const root = this.#sources as Record<string | number, unknown>
    const entry = index === undefined ? root : (root[index] as Record<string, unknown>)
    return typeof entry.id === 'string' ? entry.id : canonical
  }

  #endsIn(ending: string): boolean {
    return this.#text.endsWith(ending)
  }
}

function sourceOfId(key: string, value: unknown, context?: ReviverContext): unknown {
  return key === 'id' && typeof value === 'number' ? context?.source : value
}
