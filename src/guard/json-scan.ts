import { createShapeCount, type ShapeCount } from './json-shapes.ts'

/** What one pass over a JSON text counted outside of strings. */
export type JsonScan = {
  /** Colons: one a key, in a text that is JSON. */
  readonly keys: number
  /** Why and where the text exceeds a bound; `undefined` where it does not. */
  readonly exceeded: { readonly at: number; readonly what: string } | undefined
}

/** Bounds that keep parsing a text from blocking the process. */
const BOUNDS = {
  depth: 64,
  keys: 100_000,
  values: 500_000,
  /** Objects and arrays. */
  containers: 100_000,
  shapes: 20_000,
} as const

/** Keys from which on shapes are counted: fewer cannot take long. */
const FREE_KEYS = 4096

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c

/** Index of the quote that closes a string opened at `open`; the length of the text where none does. */
const closingQuote = (text: string, open: number): number => {
  for (let at = text.indexOf('"', open + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    if (text.charCodeAt(at - 1) !== BACKSLASH) return at
    let before = at - 2
    while (text.charCodeAt(before) === BACKSLASH) before--
    // An even number of backslashes escape each other, not the quote.
    if (((at - before) & 1) === 1) return at
  }
  return text.length
}

const over = (keys: number, at: number, what: string): JsonScan => ({
  keys,
  exceeded: { at, what },
})

/**
 * Counts keys and checks the bounds before anything is built from a text. It needs no valid JSON: what is
 * malformed is left for the parser to refuse. Strings are skipped with the engine's own search, so that
 * a long prompt costs next to nothing.
 *
 * Shapes are counted because they cost the engine a hundred times what a key costs: 100,000 keys take it
 * 5 ms in objects that are built alike, and 150 ms in objects that are not.
 */
export const scanJson = (text: string): JsonScan => {
  let depth = 0
  let keys = 0
  let values = 0
  let containers = 0
  let open = 0
  let close = 0
  let shapes: ShapeCount | undefined
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        open = at
        close = closingQuote(text, at)
        at = close
        break
      case COLON:
        if (++keys <= FREE_KEYS) break
        if (keys > BOUNDS.keys) return over(keys, at, `more than ${BOUNDS.keys} keys`)
        shapes ??= createShapeCount()
        if (shapes.add(depth, text, open + 1, close) > BOUNDS.shapes) {
          return over(keys, at, `more than ${BOUNDS.shapes} differently built objects`)
        }
        break
      case COMMA:
        if (++values > BOUNDS.values) {
          return over(keys, at, `more than ${BOUNDS.values} values`)
        }
        break
      case 0x5b:
      case 0x7b:
        if (++depth > BOUNDS.depth) {
          return over(keys, at, `nested deeper than ${BOUNDS.depth}`)
        }
        if (++containers > BOUNDS.containers) {
          return over(keys, at, `more than ${BOUNDS.containers} objects and arrays`)
        }
        shapes?.enter(depth)
        break
      case 0x5d:
      case 0x7d:
        depth--
        break
    }
  }
  return { keys, exceeded: undefined }
}
