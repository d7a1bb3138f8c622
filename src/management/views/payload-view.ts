// A message's body in JSON: as text where it is UTF-8, else base64.

import type { Message } from '../../broker/message.ts'

export interface PayloadOptions {
  /** Show at most so many bytes. */
  readonly truncate: number
  readonly asBase64: boolean
}

export interface PayloadView {
  readonly payload_bytes: number
  readonly payload: string
  readonly payload_encoding: 'string' | 'base64'
}

export function payloadView(message: Message, options: PayloadOptions): PayloadView {
  const { body, bodyStart, bodyEnd, bodyBytes } = message
  const shownEnd = Math.min(bodyEnd, bodyStart + options.truncate)
  const shown = Buffer.from(body.subarray(bodyStart, shownEnd))
  const text = options.asBase64 ? null : utf8OrNull(shown)
  return {
    payload_bytes: bodyBytes,
    payload: text ?? shown.toString('base64'),
    payload_encoding: text === null ? 'base64' : 'string',
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function utf8OrNull(bytes: Uint8Array): string | null {
  try {
    return strictUtf8.decode(bytes)
  } catch {
    return null
  }
}
