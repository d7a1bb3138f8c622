// The command that a mistyped one probably meant: shares most pairs of neighbouring letters with it.
// Word order matters little in names such as list_users, which is why no edit distance is used.

const leastLikeness = 0.55

export function suggestCommand(word: string, names: readonly string[]): string | null {
  const scored = names
    .map((name) => ({ name, likeness: likeness(word, name) }))
    .toSorted((left, right) => right.likeness - left.likeness)
  const best = scored[0]
  return best !== undefined && best.likeness >= leastLikeness ? best.name : null
}

/** The Sørensen–Dice coefficient of the two words' letter pairs. */
function likeness(left: string, right: string): number {
  const one = pairs(left)
  const other = pairs(right)
  const shared = one.filter((pair) => other.includes(pair)).length
  return (2 * shared) / (one.length + other.length)
}

function pairs(word: string): string[] {
  return Array.from({ length: Math.max(0, word.length - 1) }, (_, at) => word.slice(at, at + 2))
}
