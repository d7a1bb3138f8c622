// A ring of points for consistent hashing: each owner has as many points as it has weight, times some,
// and a value belongs to the owner of the next point. An owner that comes or goes moves only the
// values next to its own points.

/** Points for each unit of weight: owners' shares differ by a tenth or so at weight 1. */
const pointsPerWeight = 100
/** What one owner may have at most, so that a binding key of a million costs no gigabyte. */
const pointsMax = 10_000

interface Point<T> {
  readonly hash: number
  readonly owner: T
}

export class HashRing<T> {
  #points: Point<T>[] = []
  /** Owners come one by one at a start: their points are sorted when first looked at. */
  #sorted = true

  /** `name` decides where the points are: the same name has the same ones each time. */
  add(owner: T, name: string, weight: number): void {
    const count = Math.min(weight * pointsPerWeight, pointsMax)
    for (let i = 0; i < count; i += 1) {
      this.#points.push({ hash: hash(`${name}\0${i}`), owner })
    }
    this.#sorted = false
  }

  remove(owner: T): void {
    this.#points = this.#points.filter((point) => point.owner !== owner)
  }

  /** Null when nobody owns anything. */
  ownerOf(value: string): T | null {
    const points = this.#points
    if (points.length === 0) return null
    if (!this.#sorted) points.sort((a, b) => a.hash - b.hash)
    this.#sorted = true
    const wanted = hash(value)
    let low = 0
    let high = points.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (points[middle]!.hash < wanted) low = middle + 1
      else high = middle
    }
    return points[low === points.length ? 0 : low]!.owner
  }
}

/** 32 bits, evenly spread: FNV-1a over UTF-16 units, then the finalizer of MurmurHash3. */
export function hash(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i += 1) {
    h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  }
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
