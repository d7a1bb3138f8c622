// How many inputs a fuzz test tries: few in the suite, as many as WARREN_FUZZ says otherwise.

export const fuzzRuns: number = Number(process.env.WARREN_FUZZ ?? 2000)

/** Changes some bytes of a sample: overwrites, inserts, removes, repeats. */
export function mutated(sample: Buffer, random: () => number): Buffer {
  const bytes = [...sample]
  const changes = 1 + Math.floor(random() * 6)
  for (let i = 0; i < changes; i++) {
    const at = Math.floor(random() * (bytes.length + 1))
    const kind = random()
    if (kind < 0.4) bytes[at] = Math.floor(random() * 256)
    else if (kind < 0.6) bytes.splice(at, 0, Math.floor(random() * 256))
    else if (kind < 0.8) bytes.splice(at, Math.floor(random() * 8))
    else bytes.splice(at, 0, ...bytes.slice(at, at + Math.floor(random() * 16)))
  }
  return Buffer.from(bytes)
}

/** A small generator with a seed, so that a failure can be repeated [mulberry32]. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
