/** Positions of round brackets outside quotes. Raw and triple-quoted texts are close enough for display. */
const brackets = (text: string): readonly { readonly at: number; readonly step: 1 | -1 }[] => {
  const found: { at: number; step: 1 | -1 }[] = []
  let quote: string | undefined
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? ''
    if (quote !== undefined) {
      if (character === '\\') at++
      else if (character === quote) quote = undefined
    } else if (character === '"' || character === "'") {
      quote = character
    } else if (character === '(') {
      found.push({ at, step: 1 })
    } else if (character === ')') {
      found.push({ at, step: -1 })
    }
  }
  return found
}

/**
 * The text of one node of an expression, for display. The parser leaves brackets out of the positions of
 * what they enclose, so those that belong to a half inside are taken in again.
 */
export const excerpt = (text: string, start: number, end: number): string => {
  const all = brackets(text)
  let depth = 0
  let lowest = 0
  for (const { at, step } of all) {
    if (at < start || at >= end) continue
    depth += step
    lowest = Math.min(lowest, depth)
  }
  const before = all.filter(({ at, step }) => at < start && step === 1).map(({ at }) => at)
  const after = all.filter(({ at, step }) => at >= end && step === -1).map(({ at }) => at)
  const from = lowest < 0 ? (before.at(lowest) ?? start) : start
  const missing = depth - lowest
  const to = missing > 0 ? (after[missing - 1] ?? end - 1) + 1 : end
  return text.slice(from, to).replace(/\s+/g, ' ').trim()
}
