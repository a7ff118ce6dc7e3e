/** Edits between two words, a swap of neighbours counted as one (optimal string alignment). */
const distance = (from: string, to: string): number => {
  let before: number[] = []
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const differs = from[i - 1] === to[j - 1] ? 0 : 1
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      next.push(
        Math.min(
          (row[j] ?? 0) + 1,
          (next[j - 1] ?? 0) + 1,
          (row[j - 1] ?? 0) + differs,
          swapped ? (before[j - 2] ?? 0) + 1 : Infinity,
        ),
      )
    }
    before = row
    row = next
  }
  return row[to.length] ?? Infinity
}

/**
 * The name a misspelt word most likely meant: at most a third of its letters away. `undefined` where
 * nothing is near, so that no wild guess is offered. Words under 4 or over 64 letters are never near anything.
 */
export const nearest = (word: string, names: readonly string[]): string | undefined => {
  if (word.length < 4 || word.length > 64) return undefined
  const most = Math.max(1, Math.floor(word.length / 3))
  let best: string | undefined
  let bestDistance = most + 1
  for (const name of names) {
    const found = distance(word.toLowerCase(), name.toLowerCase())
    if (found < bestDistance) {
      best = name
      bestDistance = found
    }
  }
  return best
}
