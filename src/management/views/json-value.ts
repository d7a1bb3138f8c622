// What a worker answered, as JSON can carry it: the other codecs know bytes, dates, whole numbers of any
// size and maps, which people shall see rather than an error of the encoder.

/** Deeper than this nobody looks, and the encoder's stack is finite. */
const depthMax = 64

export function toJsonValue(value: unknown, depth = 0): unknown {
  if (depth > depthMax) return '…'
  if (value === undefined) return null
  if (typeof value === 'bigint') {
    return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()
  }
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (Array.isArray(value)) return value.map((item) => toJsonValue(item, depth + 1))
  const entries = value instanceof Map ? [...value] : Object.entries(value)
  return Object.fromEntries(
    entries.map(([key, item]) => [String(key), toJsonValue(item, depth + 1)]),
  )
}
