// Numbers for people: counts, rates, sizes and times, always of the same few widths.

export type Locale = 'en' | 'zh'

const locales: Readonly<Record<Locale, string>> = { en: 'en-GB', zh: 'zh-CN' }
const formats = new Map<string, Intl.NumberFormat>()

export function formatCount(value: number | undefined | null, locale: Locale = 'en'): string {
  if (value === undefined || value === null || !Number.isFinite(value)) return '–'
  return format(locale, 0).format(value)
}

/** `1.2M`, `34k`: for axes and narrow places. */
export function formatShort(value: number): string {
  const size = Math.abs(value)
  if (size >= 1e9) return `${trim(value / 1e9)}G`
  if (size >= 1e6) return `${trim(value / 1e6)}M`
  if (size >= 1e4) return `${trim(value / 1e3)}k`
  if (size >= 10 || Number.isInteger(value)) return String(Math.round(value))
  return trim(value)
}

/** Events per second; small rates keep a decimal so that they do not look like none. */
export function formatRate(value: number | undefined | null, locale: Locale = 'en'): string {
  if (value === undefined || value === null || !Number.isFinite(value)) return '–'
  const digits = value > 0 && value < 10 ? 1 : 0
  return `${format(locale, digits).format(value)}/s`
}

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

export function formatBytes(value: number | undefined | null): string {
  if (value === undefined || value === null || !Number.isFinite(value)) return '–'
  let unit = 0
  let size = value
  while (Math.abs(size) >= 1024 && unit < byteUnits.length - 1) {
    size /= 1024
    unit += 1
  }
  const digits = unit === 0 || size >= 100 ? 0 : 1
  return `${size.toFixed(digits)} ${byteUnits[unit]}`
}

export function formatPercent(share: number | undefined | null): string {
  if (share === undefined || share === null || !Number.isFinite(share)) return '–'
  return `${Math.round(share * 100)} %`
}

/** `3 d 4 h`, `12 min`, `4 s`: the two largest units. */
export function formatDuration(ms: number | undefined | null): string {
  if (ms === undefined || ms === null || !Number.isFinite(ms)) return '–'
  const seconds = Math.floor(Math.max(0, ms) / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return `${hours} h ${minutes % 60} min`
  return `${Math.floor(hours / 24)} d ${hours % 24} h`
}

/** `14:03:07` today, with the date on other days; in the reader's own time zone. */
export function formatTime(ms: number | undefined | null, nowMs: number = Date.now()): string {
  if (ms === undefined || ms === null || !Number.isFinite(ms)) return '–'
  const time = new Date(ms)
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':')
  const sameDay = new Date(nowMs).toDateString() === time.toDateString()
  if (sameDay) return clock
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${clock}`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

function trim(value: number): string {
  return value.toFixed(1).replace(/\.0$/, '')
}

function format(locale: Locale, digits: number): Intl.NumberFormat {
  const key = `${locale}${digits}`
  let known = formats.get(key)
  if (known === undefined) {
    known = new Intl.NumberFormat(locales[locale], {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    })
    formats.set(key, known)
  }
  return known
}
