// The XML of XML-RPC: elements, text, CDATA, comments, character references, in one pass over a
// string. No document type, hence no entities but the five, and nothing to expand or fetch. It is
// tested against saxes; saxes itself takes three times as long (docs/decisions).
import { MalformedError } from './errors.ts'

export interface Sink {
  /** Whether text that is not blank means anything at this place. Blank text is then not reported. */
  readonly wantsText: boolean
  open(name: string): void
  /** Called any number of times between two tags. */
  text(text: string): void
  close(name: string): void
}

const syntax = (message: string): MalformedError => new MalformedError('syntax', message)

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML 1.0 cannot carry.
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/
const nameAt = /[A-Za-z_:][A-Za-z0-9_:.-]*/y
const attributeAt =
  /[ \t\r\n]+[A-Za-z_:][A-Za-z0-9_:.-]*[ \t\r\n]*=[ \t\r\n]*(?:"[^"<]*"|'[^'<]*')/y
const endOfTagAt = /[ \t\r\n]*(\/?)>/y
const spaceAndCloseAt = /[ \t\r\n]*>/y
const reference = /&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(lt|gt|amp|quot|apos));|&/g
const attributesMax = 16

const entities: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
}

/** [XML 1.0, 2.2] */
function isCharacter(code: number): boolean {
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd
  if (code >= 0xd800 && code <= 0xdfff) return false
  return code <= 0x10ffff && code !== 0xfffe && code !== 0xffff
}

function resolve(text: string): string {
  return text.replace(reference, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return entities[name] ?? whole
    const digits = decimal ?? hex
    if (digits === undefined) throw syntax('undefined entity')
    const code = Number.parseInt(digits, decimal === undefined ? 16 : 10)
    if (!isCharacter(code)) throw syntax('reference to invalid character number')
    return String.fromCodePoint(code)
  })
}

/** Of names that were seen before. Two names with one key only make the second a little slower. */
function nameKey(text: string, start: number, end: number): number {
  const ends = text.charCodeAt(start) | (text.charCodeAt(end - 1) << 8)
  return ends | (text.charCodeAt(start + 1) << 16) | ((end - start) << 24)
}

/** Turns the same few names into the same string objects, which are then compared by address. */
class Names {
  readonly #byKey = new Map<number, string>()

  constructor(names: readonly string[]) {
    for (const name of names) this.#byKey.set(nameKey(name, 0, name.length), name)
  }

  find(text: string, start: number, end: number): string | undefined {
    const name = this.#byKey.get(nameKey(text, start, end))
    return name !== undefined && name.length === end - start && text.startsWith(name, start)
      ? name
      : undefined
  }
}

class Scanner {
  readonly #text: string
  readonly #sink: Sink
  readonly #names: Names
  readonly #open: string[] = []
  /** Of the whole document: most have none, and need not be looked through again and again. */
  readonly #hasReferences: boolean
  readonly #hasSectionEnds: boolean
  #at = 0
  #attributes = 0
  #ended = false

  constructor(text: string, sink: Sink, names: Names) {
    this.#text = text
    this.#sink = sink
    this.#names = names
    this.#hasReferences = text.includes('&')
    this.#hasSectionEnds = text.includes(']]>')
  }

  run(): void {
    const text = this.#text
    if (text.startsWith('<?xml')) this.#at = this.#after('?>', 5)
    while (this.#at < text.length) {
      const next = text.indexOf('<', this.#at)
      if (next !== this.#at) this.#characters(next < 0 ? text.length : next)
      if (next >= 0) this.#markup()
    }
    if (!this.#ended) throw syntax('no element found')
  }

  #isBlank(end: number): boolean {
    for (let at = this.#at; at < end; at++) {
      const code = this.#text.charCodeAt(at)
      if (code !== 0x0a && code !== 0x20 && code !== 0x09) return false
    }
    return true
  }

  #characters(end: number): void {
    if (!this.#sink.wantsText && this.#isBlank(end)) {
      this.#at = end
      return
    }
    const raw = this.#text.slice(this.#at, end)
    this.#at = end
    if (this.#open.length === 0) {
      if (raw.trim() !== '') throw syntax('text outside of the document')
      return
    }
    if (this.#hasSectionEnds && raw.includes(']]>'))
      throw syntax('the end of a CDATA section without its begin')
    this.#sink.text(this.#hasReferences && raw.includes('&') ? resolve(raw) : raw)
  }

  #markup(): void {
    const second = this.#text.charCodeAt(this.#at + 1)
    if (second === 0x2f) this.#closeTag()
    else if (second === 0x21) this.#declaration()
    else if (second === 0x3f) this.#instruction()
    else this.#openTag()
  }

  #name(at: number): string {
    nameAt.lastIndex = at
    const name = nameAt.exec(this.#text)?.[0]
    if (name === undefined) throw syntax('not well-formed (invalid token)')
    return name
  }

  #openTag(): void {
    const text = this.#text
    if (this.#ended) throw syntax('junk after document element')
    const start = this.#at + 1
    // Nearly every tag is a known name and nothing else.
    const close = text.indexOf('>', start)
    const known = close < 0 ? undefined : this.#names.find(text, start, close)
    const name = known ?? this.#name(start)
    let at = start + name.length
    let empty = false
    if (text.charCodeAt(at) === 0x3e) at += 1
    else {
      at = this.#skipAttributes(at)
      endOfTagAt.lastIndex = at
      const end = endOfTagAt.exec(text)
      if (end === null) throw syntax('not well-formed (invalid token)')
      empty = end[1] === '/'
      at = endOfTagAt.lastIndex
    }
    this.#at = at
    this.#sink.open(name)
    if (empty) this.#closed(name)
    else this.#open.push(name)
  }

  /** XML-RPC has none but the odd namespace declaration. */
  #skipAttributes(from: number): number {
    let at = from
    for (;;) {
      attributeAt.lastIndex = at
      if (!attributeAt.test(this.#text)) return at
      at = attributeAt.lastIndex
      this.#attributes += 1
      if (this.#attributes > attributesMax) {
        throw new MalformedError('structure', 'too many attributes')
      }
    }
  }

  #closeTag(): void {
    const text = this.#text
    const name = this.#open.pop()
    const from = this.#at + 2
    if (name === undefined || !text.startsWith(name, from)) throw syntax('mismatched tag')
    const at = from + name.length
    if (text.charCodeAt(at) === 0x3e) this.#at = at + 1
    else {
      spaceAndCloseAt.lastIndex = at
      if (!spaceAndCloseAt.test(text)) throw syntax('mismatched tag')
      this.#at = spaceAndCloseAt.lastIndex
    }
    this.#closed(name)
  }

  #closed(name: string): void {
    this.#sink.close(name)
    if (this.#open.length === 0) this.#ended = true
  }

  #declaration(): void {
    const text = this.#text
    if (text.startsWith('<!--', this.#at)) {
      const end = this.#after('--', this.#at + 4)
      if (text.charCodeAt(end) !== 0x3e) throw syntax('two hyphens in a comment')
      this.#at = end + 1
    } else if (text.startsWith('<![CDATA[', this.#at) && this.#open.length > 0) {
      const end = this.#after(']]>', this.#at + 9)
      this.#sink.text(text.slice(this.#at + 9, end - 3))
      this.#at = end
    } else if (text.startsWith('<!DOCTYPE', this.#at)) {
      // It could define entities that grow without bound or name files [XML 1.0, 4.4.8].
      throw syntax('a document type is not allowed')
    } else throw syntax('not well-formed (invalid token)')
  }

  #instruction(): void {
    const target = this.#name(this.#at + 2)
    // [XML 1.0, 2.6] The declaration stands at the very beginning or nowhere.
    if (target.toLowerCase() === 'xml') throw syntax('XML declaration not at start')
    this.#at = this.#after('?>', this.#at + 2 + target.length)
  }

  #after(mark: string, from: number): number {
    const found = this.#text.indexOf(mark, from)
    if (found < 0) throw syntax('unclosed token')
    return found + mark.length
  }
}

export type KnownNames = Names

/** Names that are worth knowing; any other name is read as well. */
export function knownNames(names: readonly string[]): KnownNames {
  return new Names(names)
}

/** Throws MalformedError for what is not well-formed, or has what XML-RPC has no use for. */
export function scanXml(given: string, sink: Sink, names: KnownNames): void {
  const text = given.charCodeAt(0) === 0xfeff ? given.slice(1) : given
  if (forbidden.test(text)) throw syntax('not well-formed (invalid token)')
  // [XML 1.0, 2.11] Line ends are normalised before anything else is done.
  new Scanner(text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text, sink, names).run()
}
