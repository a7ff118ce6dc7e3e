// Finaliser of MurmurHash3 (Austin Appleby, public domain): every bit of the input moves half the output.
const finish = (value: number): number => {
  let h = value
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

const TWO_32 = 4_294_967_296

/**
 * A text as one of 2^32 - 1 values, never 0, which stands for unknown. Not keyed: what must not be guessed
 * is hashed with a key before it comes here.
 */
export const textValue = (text: string): number => {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    h = Math.imul(h ^ unit, 0x01000193)
    h ^= h >>> 15
  }
  return finish(h ^ text.length) || 1
}

/** A keyed hash of 53 bits folded to one of 2^32 - 1 values, never 0. */
export const foldedValue = (hash: number): number =>
  finish((hash >>> 0) ^ Math.imul(Math.trunc(hash / TWO_32), 0x9e3779b1)) || 1

/** Two values as one; unequal in order. Never 0. */
export const pairValue = (one: number, other: number): number =>
  finish(Math.imul(one, 0x9e3779b1) ^ finish(other ^ 0x7f4a7c15)) || 1

/** A text as a whole number of 53 bits, never 0. */
export const textHash53 = (text: string): number => {
  let high = 0x9e3779b9
  let low = 0x7f4a7c15
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    high = Math.imul(high ^ unit, 0x01000193)
    low = Math.imul((low ^ unit) + (low << 5), 0x5bd1e995) ^ (low >>> 15)
  }
  return (finish(high ^ (low >>> 7)) >>> 11) * TWO_32 + finish(low ^ text.length) || 1
}

/** One of two words of 32 bits for a value of a kind, as good as random and without relation to the other. */
export const lowWord = (kind: number, value: number): number =>
  finish(Math.imul(value, 0x9e3779b1) ^ Math.imul(kind + 1, 0x632be5ab))

/** See {@link lowWord}. */
export const highWord = (kind: number, value: number): number =>
  finish(Math.imul(value, 0x85ebca77) ^ Math.imul(kind + 1, 0x27d4eb2f))

/** Four values as a whole number of 53 bits, never 0: the name of a key in a table. */
export const keyHash53 = (kind: number, one: number, two: number, three: number): number => {
  const low = finish(Math.imul(one, 0x9e3779b1) ^ Math.imul(kind + 1, 0x632be5ab))
  const high = finish(Math.imul(two ^ low, 0x85ebca6b) ^ finish(three ^ 0x27d4eb2f))
  return (finish(high ^ Math.imul(low, 0xcc9e2d51)) >>> 11) * TWO_32 + ((low ^ high) >>> 0) || 1
}
