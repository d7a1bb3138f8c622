// Medians and ratios over repetitions.

export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] as number
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2
}

/** Half of the distance between the largest and the smallest value, relative to the median. */
export function spread(values: readonly number[]): number {
  if (values.length < 2) return 0
  return (Math.max(...values) - Math.min(...values)) / 2 / median(values)
}

/** How many times better `ours` is than `theirs`. */
export function advantage(ours: number, theirs: number, isHigherBetter: boolean): number {
  return isHigherBetter ? ours / theirs : theirs / ours
}
