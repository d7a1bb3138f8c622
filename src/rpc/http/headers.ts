// Metadata and deadline as HTTP headers: every header that is not HTTP's own business is metadata.
import type { IncomingHttpHeaders } from 'node:http'
import { type ClientCall, type Metadata, noMetadata } from '../call.ts'
import { RpcError } from '../error.ts'

/** Milliseconds the caller still waits, when it sends the request. */
const timeoutHeader = 'x-rpc-timeout-ms'

const reserved = new Set([
  'host',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'origin',
  'referer',
  'user-agent',
  'date',
  timeoutHeader,
])

const isReserved = (key: string): boolean =>
  reserved.has(key) ||
  key.startsWith('content-') ||
  key.startsWith('accept') ||
  key.startsWith('sec-')

export function metadataOf(headers: IncomingHttpHeaders): Metadata {
  let metadata: Record<string, string> | undefined
  for (const [key, value] of Object.entries(headers)) {
    if (isReserved(key) || value === undefined) continue
    metadata ??= {}
    metadata[key] = Array.isArray(value) ? value.join(', ') : value
  }
  return metadata ?? noMetadata
}

export function timeoutOf(headers: IncomingHttpHeaders): number | undefined {
  const text = headers[timeoutHeader]
  if (typeof text !== 'string' || !/^\d{1,12}$/.test(text)) return undefined
  return Number(text)
}

// A line end in a value would begin another header, or another request.
const sendable = /^[\t\x20-\x7e]*$/

/** As lines of a request's head. */
export function headerLines(headers: Readonly<Record<string, string>>): string {
  let lines = ''
  for (const [key, value] of Object.entries(headers)) {
    if (!sendable.test(value)) {
      throw new RpcError('INVALID_ARGUMENT', `the value of ${key} cannot be sent as a header`)
    }
    lines += `${key}: ${value}\r\n`
  }
  return lines
}

/** The lines that a client sends for its metadata and deadline. */
export function headersFor(call: ClientCall): string {
  let lines = ''
  if (call.metadata !== noMetadata) {
    for (const key of Object.keys(call.metadata)) {
      if (!isReserved(key) && /^[a-z0-9_.-]+$/.test(key)) continue
      throw new RpcError('INVALID_ARGUMENT', `metadata key ${JSON.stringify(key)} cannot be sent`)
    }
    lines = headerLines(call.metadata)
  }
  const remainingMs = call.remainingMs()
  if (remainingMs === undefined) return lines
  return `${lines}${timeoutHeader}: ${Math.max(0, Math.ceil(remainingMs))}\r\n`
}
