// XML-RPC text to values: the reading half. scanner.ts reads the XML; which element may be where is
// the table below; how an element's text becomes a value is in scalars.ts. Depth is data: no recursion.
import { isUtf8 } from 'node:buffer'
import { setKey } from '../value.ts'
import { type Fault, MalformedError } from './errors.ts'
import { defaultDepthMax, defaultValuesMax, type XmlRpcCodecOptions } from './options.ts'
import { scalarOf } from './scalars.ts'
import { knownNames, type Sink, scanXml } from './scanner.ts'

export interface CallMessage {
  readonly kind: 'call'
  readonly method: string
  readonly args: readonly unknown[]
}

export interface ResultMessage {
  readonly kind: 'result'
  readonly value: unknown
}

export interface FaultMessage {
  readonly kind: 'fault'
  readonly fault: Fault
}

export type Message = CallMessage | ResultMessage | FaultMessage

const scalarTags = [
  'string',
  'int',
  'i4',
  'i8',
  'i1',
  'i2',
  'biginteger',
  'bigdecimal',
  'boolean',
  'double',
  'float',
  'dateTime.iso8601',
  'base64',
  'nil',
]

/** An element: what may be inside of it, and whether its text counts. */
interface Kind {
  readonly tag: string
  readonly children: Map<string, Kind>
  readonly hasText: boolean
}

function makeKinds(kinds: Map<string, Kind>): Kind {
  const withText = new Set([...scalarTags, 'name', 'methodName', 'value'])
  const kindOf = (tag: string): Kind => {
    const known = kinds.get(tag)
    if (known !== undefined) return known
    const kind = { tag, children: new Map<string, Kind>(), hasText: withText.has(tag) }
    kinds.set(tag, kind)
    return kind
  }
  const inside: Readonly<Record<string, readonly string[]>> = {
    '': ['methodCall', 'methodResponse'],
    methodCall: ['methodName', 'params'],
    methodResponse: ['params', 'fault'],
    params: ['param'],
    param: ['value'],
    fault: ['value'],
    value: [...scalarTags, 'struct', 'array'],
    array: ['data'],
    data: ['value'],
    struct: ['member'],
    member: ['name', 'value'],
  }
  for (const [parent, tags] of Object.entries(inside)) {
    for (const tag of tags) kindOf(parent).children.set(tag, kindOf(tag))
  }
  return kindOf('')
}

const kinds = new Map<string, Kind>()
const documentKind = makeKinds(kinds)
const names = knownNames([...kinds.keys()])

/** An element that is open. What its children came to is collected here. */
class Frame {
  readonly kind: Kind
  text = ''
  /** Of everything that has one content. */
  value: unknown = undefined
  hasValue = false
  /** Of `member`. */
  name: string | undefined = undefined
  /** Of `data` and `params`. */
  items: unknown[] | undefined = undefined
  /** Of `struct`. */
  record: Record<string, unknown> | undefined = undefined

  constructor(kind: Kind) {
    this.kind = kind
    if (kind.tag === 'data' || kind.tag === 'params') this.items = []
    else if (kind.tag === 'struct') this.record = {}
  }
}

/** All that stands between most tags is a line end. */
function isSpace(text: string): boolean {
  return text === '\n' || text.trim() === ''
}

class Reader implements Sink {
  readonly #options: XmlRpcCodecOptions
  readonly #valuesMax: number
  readonly #framesMax: number
  readonly #stack: Frame[] = []
  #top = new Frame(documentKind)
  #values = 0
  #method: string | undefined

  constructor(options: XmlRpcCodecOptions) {
    this.#options = options
    this.#valuesMax = options.valuesMax ?? defaultValuesMax
    // A nested array is three elements: array, data, value. The frame of the message adds four.
    this.#framesMax = 3 * (options.depthMax ?? defaultDepthMax) + 6
  }

  get wantsText(): boolean {
    return this.#top.kind.hasText
  }

  open(name: string): void {
    const parent = this.#top
    const kind = parent.kind.children.get(name) ?? childWithPrefix(parent, name)
    if (parent.hasValue) {
      throw new MalformedError('structure', `<${parent.kind.tag}> has more than one value`)
    }
    if (kind.tag === 'value' && ++this.#values > this.#valuesMax) {
      throw new MalformedError('structure', `more than ${this.#valuesMax} values`)
    }
    if (this.#stack.length >= this.#framesMax) {
      throw new MalformedError('structure', 'values are nested too deeply')
    }
    this.#stack.push(parent)
    this.#top = new Frame(kind)
  }

  text(text: string): void {
    const frame = this.#top
    if (frame.kind.hasText) frame.text = frame.text === '' ? text : frame.text + text
    else if (!isSpace(text)) {
      throw new MalformedError('structure', `unexpected text in <${frame.kind.tag}>`)
    }
  }

  close(): void {
    const frame = this.#top
    const parent = this.#stack.pop() as Frame
    this.#top = parent
    switch (frame.kind.tag) {
      case 'value':
        giveValue(parent, frame)
        return
      case 'name':
        parent.name = frame.text
        return
      case 'member':
        if (frame.name === undefined || !frame.hasValue) {
          throw new MalformedError('structure', 'a member needs a name and a value')
        }
        setKey(parent.record as Record<string, unknown>, frame.name, frame.value)
        return
      case 'struct':
        give(parent, frame.record)
        return
      case 'data':
      case 'params':
        give(parent, frame.items)
        return
      case 'param':
      case 'array':
      case 'fault':
        giveContent(parent, frame)
        return
      case 'methodName':
        this.#method = frame.text.trim()
        return
      case 'methodCall':
      case 'methodResponse':
        give(parent, frame)
        return
      default:
        give(parent, scalarOf(frame.kind.tag, frame.text, this.#options))
    }
  }

  message(): Message {
    // The scanner has seen the end of the root element, which gave its frame to the document.
    const root = this.#top.value as Frame
    const inside = root.value
    if (root.kind.tag === 'methodCall') {
      if (this.#method === undefined || this.#method === '') {
        throw new MalformedError('structure', 'a call needs a method name')
      }
      return { kind: 'call', method: this.#method, args: Array.isArray(inside) ? inside : [] }
    }
    if (Array.isArray(inside)) {
      if (inside.length !== 1) throw new MalformedError('structure', 'an answer has one param')
      return { kind: 'result', value: inside[0] }
    }
    return { kind: 'fault', fault: faultFrom(inside) }
  }
}

/** `ex:nil` of Apache's extensions is `nil`; Python strips prefixes as well. */
function childWithPrefix(parent: Frame, name: string): Kind {
  const kind = parent.kind.children.get(name.slice(name.lastIndexOf(':') + 1))
  if (kind !== undefined) return kind
  const where = parent.kind.tag === '' ? 'at the top' : `in <${parent.kind.tag}>`
  throw new MalformedError('structure', `unknown tag '${name.slice(0, 100)}' ${where}`)
}

/** A `<value>` without a type is a string [XML-RPC: scalars]. */
function giveValue(parent: Frame, frame: Frame): void {
  if (frame.hasValue && frame.text !== '' && !isSpace(frame.text)) {
    throw new MalformedError('structure', 'text beside a typed value')
  }
  const value = frame.hasValue ? frame.value : frame.text
  if (parent.items === undefined) give(parent, value)
  else parent.items.push(value)
}

function giveContent(parent: Frame, frame: Frame): void {
  const { tag } = frame.kind
  if (!frame.hasValue) throw new MalformedError('structure', `<${tag}> is empty`)
  if (tag === 'param') parent.items?.push(frame.value)
  else give(parent, tag === 'fault' ? { fault: frame.value } : frame.value)
}

function give(parent: Frame, value: unknown): void {
  if (parent.hasValue)
    throw new MalformedError('structure', `<${parent.kind.tag}> has two contents`)
  parent.value = value
  parent.hasValue = true
}

function faultFrom(inside: unknown): Fault {
  const fault = (inside as { fault?: unknown } | undefined)?.fault as Partial<Fault> | undefined
  const { faultCode, faultString } = fault ?? {}
  if (typeof faultCode !== 'number' || typeof faultString !== 'string') {
    throw new MalformedError('structure', 'a fault needs faultCode and faultString')
  }
  return { faultCode, faultString }
}

const encodingPattern = /^<\?xml[^>]{0,100}?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']/

/** [XML 1.0, 4.3.3] UTF-8 unless the declaration says otherwise. */
function textOf(bytes: Buffer): string {
  const label =
    encodingPattern.exec(bytes.toString('latin1', 0, 200))?.[1]?.toLowerCase() ?? 'utf-8'
  if (label === 'utf-8' || label === 'us-ascii') {
    if (isUtf8(bytes)) return bytes.toString('utf8')
    throw new MalformedError('syntax', `the body is not ${label}`)
  }
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes)
  } catch (cause) {
    const known = cause instanceof TypeError
    throw new MalformedError(known ? 'syntax' : 'encoding', `the body is not ${label}`, { cause })
  }
}

export function decodeMessage(bytes: Buffer, options: XmlRpcCodecOptions = {}): Message {
  const reader = new Reader(options)
  scanXml(textOf(bytes), reader, names)
  return reader.message()
}
