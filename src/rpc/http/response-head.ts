// The head of an HTTP/1 response: what the client needs of it, and a refusal of whatever two readers
// could understand differently [RFC 9112]. Pure.
import { RpcError } from '../error.ts'

export interface ResponseHead {
  readonly status: number
  /** How the body ends: after so many bytes, by its chunks, or with the connection. */
  readonly length: number | 'chunked' | 'close'
  readonly contentEncoding: string
  /** Whether the connection can carry another exchange. */
  readonly keepAlive: boolean
  /** How long the server says that it keeps an idle connection. */
  readonly idleMs: number | undefined
}

export function malformed(what: string): RpcError {
  return new RpcError('UNAVAILABLE', `the answer is not HTTP: ${what}`)
}

const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [^\r\n\0]*)?$/
// No white space before the colon and none at the start, which would be a folded line.
const fieldLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*)$/

export function parseHead(text: string): ResponseHead {
  const lines = text.split('\r\n')
  const [, minor, status] = statusLine.exec(lines[0] as string) ?? []
  if (status === undefined) throw malformed('no status line')
  let length: number | undefined
  let transfer = ''
  let connection = ''
  let contentEncoding = 'identity'
  let idleMs: number | undefined
  for (let i = 1; i < lines.length; i++) {
    const [, name, value] = fieldLine.exec(lines[i] as string) ?? []
    if (name === undefined || value === undefined) throw malformed('a header line')
    switch (name.toLowerCase()) {
      case 'content-length':
        length = contentLength(value, length)
        break
      case 'transfer-encoding':
        transfer += `${transfer === '' ? '' : ', '}${value.trim().toLowerCase()}`
        break
      case 'connection':
        connection += `,${value.toLowerCase()}`
        break
      case 'keep-alive':
        idleMs = idleTime(value)
        break
      case 'content-encoding':
        contentEncoding = value.trim().toLowerCase()
        break
      default:
    }
  }
  const bodyLength = lengthOf(Number(status), length, transfer)
  const tokens = connection.split(',').map((token) => token.trim())
  const asked = minor === '1' ? !tokens.includes('close') : tokens.includes('keep-alive')
  const keepAlive = asked && bodyLength !== 'close'
  return { status: Number(status), length: bodyLength, contentEncoding, keepAlive, idleMs }
}

/** Repeated with the same value it is harmless; everything else is a way to smuggle an answer. */
function contentLength(value: string, before: number | undefined): number {
  const text = value.trim()
  const length = /^\d{1,15}$/.test(text) ? Number(text) : undefined
  if (length === undefined || (before !== undefined && before !== length)) {
    throw malformed('the content length')
  }
  return length
}

function lengthOf(
  status: number,
  length: number | undefined,
  transfer: string,
): ResponseHead['length'] {
  // [RFC 9112, 6.3] These have no body, whatever their head says.
  if (status < 200 || status === 204 || status === 304) return 0
  if (transfer === '') return length ?? 'close'
  if (transfer !== 'chunked' || length !== undefined) throw malformed('the transfer encoding')
  return 'chunked'
}

/** `timeout=5, max=100`, in seconds. */
function idleTime(value: string): number | undefined {
  const seconds = /(?:^|[,\s])timeout=(\d{1,6})(?:$|[,\s])/.exec(value)?.[1]
  return seconds === undefined ? undefined : Number(seconds) * 1000
}
