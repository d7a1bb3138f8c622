// A stretch of a sorted list without sorting the whole of it: what a page of ten thousand queues needs.
// Quickselect puts the stretch in its place, and only the stretch is sorted.

export type Compare = (left: number, right: number) => number

/** Shorter than this, sorting costs less than selecting. */
const shortMax = 64
/** Halvings that bad pivots may waste before everything is sorted after all. */
const wastedMax = 40

/**
 * The positions `from` to `to` of the order that `compare` gives the numbers below `count`. It compares
 * such numbers, not places, and no two are equal to it.
 */
export function orderedSlice(
  count: number,
  compare: Compare,
  { from, to }: { readonly from: number; readonly to: number },
): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index)
  if (to - from < count / 2 && count > shortMax) {
    select(order, Math.min(to, count), compare, { first: 0, end: count })
    select(order, from, compare, { first: 0, end: Math.min(to, count) })
    return order.subarray(from, to).sort(compare)
  }
  return order.sort(compare).subarray(from, to)
}

interface Stretch {
  readonly first: number
  readonly end: number
}

/** Afterwards everything before `place` comes before everything from `place` on. */
function select(order: Uint32Array, place: number, compare: Compare, stretch: Stretch): void {
  let [low, high] = [stretch.first, stretch.end - 1]
  for (let wasted = 0; low < high && place > low && place <= high; ) {
    if (high - low < shortMax || wasted > wastedMax) {
      order.subarray(low, high + 1).sort(compare)
      return
    }
    const split = partition(order, low, high, compare)
    const size = high - low
    if (place <= split) high = split
    else low = split + 1
    if (high - low > size * 0.9) wasted += 1
  }
}

/** Hoare's: gives the last place of the lower part, which is never the whole. */
function partition(order: Uint32Array, low: number, high: number, compare: Compare): number {
  const pivot = middleOfThree(order, low, high, compare)
  let [left, right] = [low - 1, high + 1]
  for (;;) {
    do left += 1
    while (compare(order[left]!, pivot) < 0)
    do right -= 1
    while (compare(order[right]!, pivot) > 0)
    if (left >= right) return right
    const held = order[left]!
    order[left] = order[right]!
    order[right] = held
  }
}

/** Of three places that no usual order of a list is bad for. */
function middleOfThree(order: Uint32Array, low: number, high: number, compare: Compare): number {
  const size = high - low + 1
  const at = (turn: number): number => order[low + scattered(low + high * turn, size)]!
  const [a, b, c] = [at(1), at(2), at(3)]
  if (compare(a, b) < 0) {
    if (compare(b, c) < 0) return b
    return compare(a, c) < 0 ? c : a
  }
  if (compare(a, c) < 0) return a
  return compare(b, c) < 0 ? c : b
}

/** A number below `size` that looks like chance and is always the same (Knuth's multiplicative hash). */
function scattered(seed: number, size: number): number {
  return Math.floor(((Math.imul(seed + 1, 2654435761) >>> 0) / 2 ** 32) * size)
}
