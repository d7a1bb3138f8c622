// The types a setting's text can have: each names itself for the documentation and either gives a
// value or throws a RangeError that says what was expected. Units as in RabbitMQ's configuration guide.

export interface ValueType<T> {
  /** How the documentation calls it, for instance `bytes (64MiB, 2GB)`. */
  readonly name: string
  parse(text: string): T
}

/** A limit, either absolute in bytes or as a part of what the machine has. */
export type Watermark =
  | { readonly kind: 'absolute'; readonly bytes: number }
  | { readonly kind: 'relative'; readonly fraction: number }

/** Where to listen; host null stands for every address, IPv6 and IPv4. */
export interface Endpoint {
  readonly host: string | null
  readonly port: number
}

export const text: ValueType<string> = { name: 'text', parse: (given) => given }

export const boolean: ValueType<boolean> = {
  name: 'true or false',
  parse(given) {
    const lower = given.toLowerCase()
    if (['true', 'on', 'yes', '1'].includes(lower)) return true
    if (['false', 'off', 'no', '0'].includes(lower)) return false
    throw new RangeError(`expected true or false, got '${given}'`)
  },
}

export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): ValueType<number> {
  const range = max === Number.MAX_SAFE_INTEGER ? `at least ${min}` : `from ${min} to ${max}`
  return {
    name: `whole number ${range}`,
    parse(given) {
      const value = /^-?\d+$/.test(given) ? Number(given) : Number.NaN
      if (value >= min && value <= max) return value
      throw new RangeError(`expected a whole number ${range}, got '${given}'`)
    },
  }
}

export const port: ValueType<number> = { ...integer(0, 65535), name: 'port' }

/** A value, or null for the word that switches the thing off. */
export function orNull<T>(type: ValueType<T>, word: string): ValueType<T | null> {
  return {
    name: `${type.name}, or ${word}`,
    parse: (given) => (given.toLowerCase() === word ? null : type.parse(given)),
  }
}

export function oneOf<const T extends string>(...words: readonly T[]): ValueType<T> {
  return {
    name: words.join(', '),
    parse(given) {
      const found = words.find((word) => word === given.toLowerCase())
      if (found !== undefined) return found
      throw new RangeError(`expected one of ${words.join(', ')}, got '${given}'`)
    },
  }
}

// k, M, G and kiB, MiB, GiB are powers of two, kB, MB, GB powers of ten [RabbitMQ: configure.md].
const byteUnits: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 2 ** 10,
  ki: 2 ** 10,
  kib: 2 ** 10,
  kb: 1e3,
  m: 2 ** 20,
  mi: 2 ** 20,
  mib: 2 ** 20,
  mb: 1e6,
  g: 2 ** 30,
  gi: 2 ** 30,
  gib: 2 ** 30,
  gb: 1e9,
  t: 2 ** 40,
  ti: 2 ** 40,
  tib: 2 ** 40,
  tb: 1e12,
}

export const bytes: ValueType<number> = {
  name: 'bytes (64MiB, 2GB)',
  parse(given) {
    const match = /^(\d+(?:\.\d+)?)\s*([a-zA-Z]*)$/.exec(given)
    const unit = byteUnits[(match?.[2] ?? '-').toLowerCase()]
    if (match === null || unit === undefined) {
      throw new RangeError(`expected a size such as 64MiB or 2GB, got '${given}'`)
    }
    return Math.round(Number(match[1]) * unit)
  },
}

const durationUnits: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1e3,
  m: 60e3,
  h: 3600e3,
  d: 86400e3,
}

/** A number without unit counts in `bareUnitMs`, since RabbitMQ writes some keys in s, some in ms. */
export function duration(bareUnitMs: 1 | 1000, minMs = 0): ValueType<number> {
  const bare = bareUnitMs === 1 ? 'milliseconds' : 'seconds'
  return {
    name: `${bare}, or with a unit (500ms, 30s, 5m, 2h, 1d)`,
    parse(given) {
      const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?$/.exec(given)
      if (match === null) {
        throw new RangeError(`expected ${bare} or a duration such as 30s, got '${given}'`)
      }
      const unit = match[2] === undefined ? bareUnitMs : durationUnits[match[2]]!
      const ms = Math.round(Number(match[1]) * unit)
      if (ms < minMs) throw new RangeError(`expected at least ${minMs}ms, got '${given}'`)
      return ms
    },
  }
}

export const absoluteWatermark: ValueType<Watermark> = {
  name: bytes.name,
  parse: (given) => ({ kind: 'absolute', bytes: bytes.parse(given) }),
}

export function relativeWatermark(max: number): ValueType<Watermark> {
  return {
    name: `fraction above 0, at most ${max}`,
    parse(given) {
      const fraction = /^\d*\.?\d+$/.test(given) ? Number(given) : Number.NaN
      if (fraction > 0 && fraction <= max) return { kind: 'relative', fraction }
      throw new RangeError(`expected a fraction above 0 and at most ${max}, got '${given}'`)
    },
  }
}

export const endpoint: ValueType<Endpoint> = {
  name: 'port, or address:port',
  parse(given) {
    const match = /^(?:(.+):)?(\d+)$/.exec(given)
    if (match === null) throw new RangeError(`expected a port or address:port, got '${given}'`)
    const host = match[1]?.replace(/^\[(.*)\]$/, '$1')
    return { host: host === undefined ? null : host, port: port.parse(match[2]!) }
  },
}
