// MessagePack as JSON text, for looking at; what JSON has no form for is shown in words.

import { decode } from '@msgpack/msgpack'

export function messagePackText(bytes: Uint8Array): string {
  const value: unknown = decode(bytes, { useBigInt64: true })
  return JSON.stringify(value, showUnusual, 2)
}

function showUnusual(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return `<${value.length} B>`
  return value
}
