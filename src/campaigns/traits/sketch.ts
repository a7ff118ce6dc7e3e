import { SKETCH_BINS, type Hash53, type Sketch } from '../../core/traits.ts'
import type { Words } from './mask.ts'
import { hash53Of, spread, stirHigh, stirLow, type TraitsHash } from './traits-hash.ts'

/** Words of a shingle; a text of fewer than {@link SHORT_WORDS} has its single words instead. */
const SHINGLE_WORDS = 4
const SHORT_WORDS = 8
/** A hash is cut into a bin (its upper 5 bits) and a value (its lower 27). */
const VALUE_BITS = 27
const VALUE_MASK = (1 << VALUE_BITS) - 1
const EMPTY = 0xffff_ffff

/**
 * Fills each empty bin from the next one to its right that is not, round the end, and adds the distance in
 * the bits above the value, so that borrowed values are equal only where both sketches lack the same bins
 * (Shrivastava and Li, ICML 2014, "rotation").
 */
const densify = (bins: Uint32Array): Uint32Array => {
  const dense = new Uint32Array(SKETCH_BINS)
  let distance = -1
  let value = 0
  for (let at = SKETCH_BINS * 2 - 1; at >= 0; at--) {
    const own = bins[at % SKETCH_BINS] ?? EMPTY
    if (own !== EMPTY) {
      value = own
      distance = 0
    } else if (distance >= 0) distance++
    if (at < SKETCH_BINS) dense[at] = distance < 0 ? EMPTY : value + distance * (VALUE_MASK + 1)
  }
  return dense
}

const binsOf = ({ hashes, count }: Words, seed: number): Uint32Array => {
  const bins = new Uint32Array(SKETCH_BINS).fill(EMPTY)
  const size = count < SHORT_WORDS ? 1 : SHINGLE_WORDS
  for (let at = 0; at + size <= count; at++) {
    let h = seed
    for (let next = at; next < at + size; next++) {
      h = Math.imul((h << 13) | (h >>> 19), 5) ^ Math.imul(hashes[next] ?? 0, 0x9e3779b1)
    }
    h = spread(h)
    const bin = h >>> VALUE_BITS
    const value = h & VALUE_MASK
    if (value < (bins[bin] ?? 0)) bins[bin] = value
  }
  return densify(bins)
}

const hashOf = ({ hashes, count }: Words, high: number, low: number, extra: number): Hash53 => {
  let h = high ^ extra
  let l = low ^ count
  for (let at = 0; at < count; at++) {
    const word = hashes[at] ?? 0
    h = stirHigh(h, word)
    l = stirLow(l, word)
  }
  const mixed = spread(h ^ l)
  return hash53Of(spread(h + mixed), spread(l ^ mixed))
}

/** The keyed hash of a sequence of words; `extra` is what else tells the text from others, 0 for nothing. */
export const wordsHash = (words: Words, { seeds }: TraitsHash, extra = 0): Hash53 =>
  hashOf(words, seeds[2], seeds[3], extra)

/** The sketch of words, and the hash of exactly these. */
export const sketchOf = (words: Words, hash: TraitsHash, extra = 0): Sketch => ({
  hash: wordsHash(words, hash, extra),
  bins: binsOf(words, hash.seeds[1]),
})

/** Estimated Jaccard similarity of two texts, 0 to 1 in steps of 1/32. */
export const similarity = (a: Sketch, b: Sketch): number => {
  let equal = 0
  for (let at = 0; at < SKETCH_BINS; at++) if (a.bins[at] === b.bins[at]) equal++
  return equal / SKETCH_BINS
}
