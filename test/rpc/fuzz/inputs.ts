// How bytes go bad: mutations of real traffic, cuts, noise, lengths that promise too much, nesting.
import { mutated } from '../support/fuzz.ts'

export type Random = () => number

export function pick<T>(items: readonly T[], random: Random): T {
  const item = items[Math.floor(random() * items.length)]
  if (item === undefined) throw new RangeError('nothing to pick from')
  return item
}

export function noise(random: Random, most = 400): Buffer {
  return Buffer.from(Array.from({ length: Math.floor(random() * most) }, () => random() * 256))
}

/** Overwrites a place with the bytes of a number that is larger than anything that follows. */
function overstated(sample: Buffer, random: Random): Buffer {
  const bytes = Buffer.from(sample)
  const width = pick([1, 2, 4, 8], random)
  if (bytes.length < width) return bytes
  const at = Math.floor(random() * (bytes.length - width + 1))
  const kind = random()
  bytes.fill(kind < 0.5 ? 0xff : kind < 0.8 ? 0x7f : 0x00, at, at + width)
  return bytes
}

/** A piece of one sample in the middle of another. */
function spliced(samples: readonly Buffer[], random: Random): Buffer {
  const [one, other] = [pick(samples, random), pick(samples, random)]
  const from = Math.floor(random() * other.length)
  const piece = other.subarray(from, from + Math.floor(random() * 64))
  const at = Math.floor(random() * (one.length + 1))
  return Buffer.concat([one.subarray(0, at), piece, one.subarray(at)])
}

export function bad(samples: readonly Buffer[], random: Random): Buffer {
  const sample = pick(samples, random)
  const kind = random()
  if (kind < 0.5) return mutated(sample, random)
  if (kind < 0.65) return sample.subarray(0, Math.floor(random() * sample.length))
  if (kind < 0.8) return overstated(sample, random)
  if (kind < 0.93) return spliced(samples, random)
  return noise(random)
}

/** Cuts at random places, as a network may. */
export function pieces(bytes: Buffer, random: Random): Buffer[] {
  const count = Math.floor(random() * 4)
  const cuts = Array.from({ length: count }, () => Math.floor(random() * bytes.length))
  const bounds = [0, ...cuts.sort((a, b) => a - b), bytes.length]
  return bounds
    .slice(1)
    .map((end, index) => bytes.subarray(bounds[index], end))
    .filter((piece) => piece.length > 0)
}
