/** Source characters an escape of a double-quoted scalar takes after the backslash (YAML 1.2.2, 5.7). */
const ESCAPE_LENGTH: { readonly [letter: string]: number } = { x: 3, u: 5, U: 9 }

/** Escapes of a double-quoted scalar that stand for white space. */
const BLANK_ESCAPE = /[\s0abtnvferNLP_]/

const BLANK = /\s/

const blankBefore = (value: string, offset: number): number => {
  let marks = 0
  for (let at = 0; at < offset && at < value.length; at++) {
    if (!BLANK.test(value[at] ?? ' ')) marks++
  }
  return marks
}

/** Where the text of a scalar begins: after its quote, or on the line after a block indicator. */
const textStart = (
  source: string,
  [start, end]: readonly [number, number, ...number[]],
): number => {
  const first = source[start]
  if (first === "'" || first === '"') return start + 1
  if (first !== '|' && first !== '>') return start
  const lineEnd = source.indexOf('\n', start)
  return lineEnd === -1 || lineEnd >= end ? start : lineEnd + 1
}

/**
 * The position in a YAML source of a character of a scalar's value. Quotes, escapes, folded lines and
 * the indentation of block scalars shift positions, but the characters that are not white space stand in
 * the source in the same order as in the value; so those are counted. `range` is the node's own.
 */
export const offsetInScalar = (
  source: string,
  range: readonly [number, number, ...number[]],
  value: string,
  offset: number,
): number => {
  const quote = source[range[0]]
  let rest = blankBefore(value, offset)
  let at = textStart(source, range)
  for (; at < range[1]; at++) {
    const character = source[at] ?? ''
    if (BLANK.test(character)) continue
    let length = 1
    let blank = false
    if (quote === "'" && character === "'") length = 2
    if (quote === '"' && character === '\\') {
      const letter = source[at + 1] ?? ''
      length = 1 + (ESCAPE_LENGTH[letter] ?? 1)
      blank = BLANK_ESCAPE.test(letter)
    }
    if (!blank && rest-- === 0) return at
    at += length - 1
  }
  return Math.min(range[1], source.length)
}
