// How long calls took: a histogram whose buckets grow by a tenth, and percentiles of the last one to
// two minutes, so that an hour of quick answers does not hide a slow minute.

const growth = 1.1
const firstMs = 0.05
/** Up to 50 µs * 1.1^170: nine minutes. */
const bucketCount = 170
const windowMs = 60_000

export interface Percentiles {
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

export class Latencies {
  #current = new Uint32Array(bucketCount)
  #previous = new Uint32Array(bucketCount)
  #beganMs: number

  constructor(nowMs: number) {
    this.#beganMs = nowMs
  }

  add(durationMs: number, nowMs: number): void {
    this.#turn(nowMs)
    const bucket = Math.ceil(Math.log(durationMs / firstMs) / Math.log(growth))
    const index = Math.min(bucketCount - 1, Math.max(0, bucket))
    this.#current[index] = (this.#current[index] ?? 0) + 1
  }

  /** Null when nothing was answered lately. */
  percentiles(nowMs: number): Percentiles | null {
    this.#turn(nowMs)
    const counts = this.#current.map((count, index) => count + (this.#previous[index] ?? 0))
    const total = counts.reduce((sum, count) => sum + count, 0)
    if (total === 0) return null
    const at = (part: number): number => upperBound(counts, Math.ceil(total * part))
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
  }

  #turn(nowMs: number): void {
    const elapsed = nowMs - this.#beganMs
    if (elapsed < windowMs) return
    this.#previous = elapsed < 2 * windowMs ? this.#current : new Uint32Array(bucketCount)
    this.#current = new Uint32Array(bucketCount)
    this.#beganMs = nowMs
  }
}

/** The upper end of the bucket that holds the rank-th value. */
function upperBound(counts: Uint32Array, rank: number): number {
  let seen = 0
  const bucket = counts.findIndex((count) => {
    seen += count
    return seen >= rank
  })
  return Number((firstMs * growth ** bucket).toPrecision(3))
}
