// XML-RPC text to values: the reading half. saxes parses the XML; which element may be where is the
// table below; how an element's text becomes a value is in scalars.ts. No recursion: depth is data.
import { SaxesParser } from 'saxes'
import { setKey } from '../value.ts'
import { type Fault, MalformedError } from './errors.ts'
import { defaultDepthMax, defaultValuesMax, type XmlRpcCodecOptions } from './options.ts'
import { scalarOf } from './scalars.ts'

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
const textTags = new Set([...scalarTags, 'name', 'methodName', 'value'])

/** Which elements may be inside which. */
const childrenOf: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
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
  }).map(([parent, children]) => [parent, new Set(children)]),
)

/** An element that is open. What its children came to is collected here. */
interface Frame {
  readonly tag: string
  text: string
  /** Of `value`, `param`, `member`, `fault`. */
  value: unknown
  hasValue: boolean
  /** Of `member`. */
  name: string | undefined
  /** Of `data` and `params`. */
  readonly items: unknown[] | undefined
  /** Of `struct`. */
  readonly record: Record<string, unknown> | undefined
}

const attributesMax = 16

class Reader {
  readonly #options: XmlRpcCodecOptions
  readonly #valuesMax: number
  readonly #framesMax: number
  readonly #stack: Frame[] = [newFrame('')]
  #values = 0
  #attributes = 0
  #method: string | undefined

  constructor(options: XmlRpcCodecOptions) {
    this.#options = options
    this.#valuesMax = options.valuesMax ?? defaultValuesMax
    // A nested array is three elements: array, data, value. The frame of the message adds four.
    this.#framesMax = 3 * (options.depthMax ?? defaultDepthMax) + 6
  }

  open(qualifiedName: string): void {
    // `ex:nil` of Apache's extensions is `nil`; Python strips prefixes as well.
    const tag = qualifiedName.slice(qualifiedName.lastIndexOf(':') + 1)
    const parent = this.#top()
    if (childrenOf.get(parent.tag)?.has(tag) !== true) {
      const where = parent.tag === '' ? 'at the top' : `in <${parent.tag}>`
      throw new MalformedError('structure', `unknown tag '${tag.slice(0, 100)}' ${where}`)
    }
    if (parent.hasValue) {
      throw new MalformedError('structure', `<${parent.tag}> has more than one value`)
    }
    if (tag === 'value' && ++this.#values > this.#valuesMax) {
      throw new MalformedError('structure', `more than ${this.#valuesMax} values`)
    }
    if (this.#stack.length >= this.#framesMax) {
      throw new MalformedError('structure', 'values are nested too deeply')
    }
    this.#stack.push(newFrame(tag))
  }

  text(text: string): void {
    const frame = this.#top()
    if (textTags.has(frame.tag)) frame.text += text
    else if (/[^ \t\r\n]/.test(text)) {
      throw new MalformedError('structure', `unexpected text in <${frame.tag}>`)
    }
  }

  attribute(): void {
    // XML-RPC has none but a namespace declaration; saxes remembers those of a tag, so they count.
    this.#attributes += 1
    if (this.#attributes > attributesMax)
      throw new MalformedError('structure', 'too many attributes')
  }

  close(): void {
    const frame = this.#stack.pop() as Frame
    const parent = this.#top()
    switch (frame.tag) {
      case 'methodName':
        this.#method = frame.text.trim()
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
      case 'value':
        this.#giveValue(parent, frame)
        return
      case 'param':
        if (!frame.hasValue) throw new MalformedError('structure', 'a param needs a value')
        parent.items?.push(frame.value)
        return
      case 'struct':
        give(parent, frame.record)
        return
      case 'data':
      case 'params':
        give(parent, frame.items)
        return
      case 'array':
      case 'fault':
        if (!frame.hasValue) throw new MalformedError('structure', `<${frame.tag}> is empty`)
        give(parent, frame.tag === 'fault' ? { fault: frame.value } : frame.value)
        return
      case 'methodCall':
      case 'methodResponse':
        give(parent, frame)
        return
      default:
        give(parent, scalarOf(frame.tag, frame.text, this.#options))
    }
  }

  /** A `<value>` without a type is a string [XML-RPC: scalars]. */
  #giveValue(parent: Frame, frame: Frame): void {
    if (frame.hasValue && /[^ \t\r\n]/.test(frame.text)) {
      throw new MalformedError('structure', 'text beside a typed value')
    }
    const value = frame.hasValue ? frame.value : frame.text
    if (parent.items === undefined) give(parent, value)
    else parent.items.push(value)
  }

  message(): Message {
    const root = this.#stack.length === 1 ? (this.#stack[0]?.value as Frame | undefined) : undefined
    if (root === undefined) throw new MalformedError('structure', 'no message')
    const inside = root.value
    if (root.tag === 'methodCall') {
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

  #top(): Frame {
    return this.#stack[this.#stack.length - 1] as Frame
  }
}

function newFrame(tag: string): Frame {
  return {
    tag,
    text: '',
    value: undefined,
    hasValue: false,
    name: undefined,
    items: tag === 'data' || tag === 'params' ? [] : undefined,
    record: tag === 'struct' ? {} : undefined,
  }
}

function give(parent: Frame, value: unknown): void {
  if (parent.hasValue) throw new MalformedError('structure', `<${parent.tag}> has two contents`)
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
  const label = encodingPattern.exec(bytes.toString('latin1', 0, 200))?.[1] ?? 'utf-8'
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes)
  } catch (cause) {
    const known = cause instanceof TypeError
    throw new MalformedError(known ? 'syntax' : 'encoding', `the body is not ${label}`, { cause })
  }
}

export function decodeMessage(bytes: Buffer, options: XmlRpcCodecOptions = {}): Message {
  const text = textOf(bytes)
  const reader = new Reader(options)
  const parser = new SaxesParser({ position: false })
  parser.on('opentag', (tag) => reader.open(tag.name))
  parser.on('closetag', () => reader.close())
  parser.on('text', (part) => reader.text(part))
  parser.on('cdata', (part) => reader.text(part))
  parser.on('attribute', () => reader.attribute())
  // A document type can define entities that grow without bound or name files [XML 1.0, 4.4.8].
  parser.on('doctype', () => {
    throw new MalformedError('syntax', 'a document type is not allowed')
  })
  parser.on('error', (cause) => {
    throw new MalformedError('syntax', cause.message, { cause })
  })
  parser.write(text).close()
  return reader.message()
}
