// What a message's payload is, and how it can be shown: JSON, text, bytes in hex, MessagePack.

import type { MessageInfo } from '../api/types.ts'

export type View = 'json' | 'text' | 'hex' | 'msgpack'

export interface Payload {
  readonly bytes: Uint8Array
  /** Null when the bytes are not UTF-8. */
  readonly text: string | null
  readonly contentType: string
}

export function readPayload(message: MessageInfo): Payload {
  const bytes =
    message.payload_encoding === 'base64'
      ? fromBase64(message.payload)
      : new TextEncoder().encode(message.payload)
  const type = message.properties.content_type
  return {
    bytes,
    text: message.payload_encoding === 'base64' ? utf8(bytes) : message.payload,
    contentType: typeof type === 'string' ? type.toLowerCase() : '',
  }
}

/** The way of looking that tells most; what the publisher says counts if it is true. */
export function bestView(payload: Payload): View {
  if (payload.contentType.includes('msgpack') || payload.contentType.includes('messagepack')) {
    return 'msgpack'
  }
  if (payload.text === null) return 'hex'
  return looksLikeJson(payload.text) ? 'json' : 'text'
}

/** Pretty JSON, or null when it is none. A number beyond 2^53 keeps its digits: nothing is rounded. */
export function prettyJson(text: string): string | null {
  if (!looksLikeJson(text)) return null
  return indentJson(text)
}

/** One line of a payload, for lists. */
export function preview(message: MessageInfo, lengthMax = 140): string {
  if (message.payload_encoding === 'base64') {
    const bytes = fromBase64(message.payload.slice(0, 64))
    return [...bytes].map(hex).join(' ').slice(0, lengthMax)
  }
  return message.payload.slice(0, lengthMax).replace(/\s+/g, ' ')
}

const hexColumns = 16

/** Offset, bytes, letters: as `hexdump -C`. */
export function hexDump(bytes: Uint8Array, bytesMax = 16_384): string {
  const lines: string[] = []
  const end = Math.min(bytes.length, bytesMax)
  for (let at = 0; at < end; at += hexColumns) {
    const row = bytes.subarray(at, Math.min(at + hexColumns, end))
    const cells = [...row].map(hex)
    const left = cells.slice(0, 8).join(' ').padEnd(23)
    const right = cells.slice(8).join(' ').padEnd(23)
    const letters = [...row].map((byte) =>
      byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.',
    )
    lines.push(`${at.toString(16).padStart(6, '0')}  ${left}  ${right}  ${letters.join('')}`)
  }
  if (end < bytes.length) lines.push(`… ${bytes.length - end} B`)
  return lines.join('\n')
}

export type Token = readonly [kind: 'key' | 'string' | 'number' | 'word' | 'plain', text: string]

const tokenPattern =
  /("(?:\\.|[^"\\])*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null)/g

/** Cuts JSON into parts to colour; everything that is there comes out again, in order. */
export function jsonTokens(text: string): readonly Token[] {
  const tokens: Token[] = []
  let end = 0
  for (const match of text.matchAll(tokenPattern)) {
    const [whole, quoted, colon, number] = match
    if (match.index > end) tokens.push(['plain', text.slice(end, match.index)])
    if (quoted !== undefined) {
      tokens.push([colon === undefined ? 'string' : 'key', quoted])
      if (colon !== undefined) tokens.push(['plain', colon])
    } else tokens.push([number === undefined ? 'word' : 'number', whole])
    end = match.index + whole.length
  }
  if (end < text.length) tokens.push(['plain', text.slice(end)])
  return tokens
}

function looksLikeJson(text: string): boolean {
  const first = text.trimStart()[0]
  if (first !== '{' && first !== '[') return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Lays valid JSON out without going through values, so that no number changes. */
function indentJson(text: string): string {
  let out = ''
  let depth = 0
  const line = (): string => `\n${'  '.repeat(depth)}`
  for (const match of text.matchAll(/"(?:\\.|[^"\\])*"|[{}[\],:]|[^\s{}[\],:"]+/g)) {
    const [token] = match
    if (token === '{' || token === '[') {
      depth += 1
      out += token + line()
    } else if (token === '}' || token === ']') {
      depth -= 1
      // Nothing inside: opening and closing stay together.
      out = /[{[]\s*$/.test(out) ? out.trimEnd() + token : out + line() + token
    } else if (token === ',') out += token + line()
    else if (token === ':') out += ': '
    else out += token
  }
  return out
}

function fromBase64(text: string): Uint8Array {
  const usable = text.slice(0, text.length - (text.length % 4))
  return Uint8Array.from(atob(usable), (letter) => letter.charCodeAt(0))
}

function utf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}
