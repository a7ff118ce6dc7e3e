import { randomFillSync } from 'node:crypto'

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const TWO_10 = 1 << 10
const TWO_20 = 1 << 20
const TWO_40 = 2 ** 40
const MAX_MS = 2 ** 48 - 1
const POOL_WORDS = 2048

/** Two digits for every ten bits. */
const PAIRS: readonly string[] = Array.from(
  { length: TWO_10 },
  (_, value) => `${ALPHABET[value >>> 5]}${ALPHABET[value & 31]}`,
)

/** Eight digits of a whole number below 2^40. */
const eightDigits = (value: number): string => {
  const high = Math.floor(value / TWO_20)
  const low = value % TWO_20
  return `${PAIRS[high >>> 10]}${PAIRS[high & 1023]}${PAIRS[low >>> 10]}${PAIRS[low & 1023]}`
}

/**
 * Makes decision ids: 128 bits in the layout of a ULID (github.com/ulid/spec), 48 of time and 80 random,
 * as 26 lower-case digits of Crockford's base 32. They sort by time as text. Ids of one maker strictly
 * rise: within a millisecond the random part grows by a random step, and a clock that goes back keeps
 * the last time seen. Random bytes are drawn in bulk, since one draw a call would cost more than the id;
 * `fill` draws them.
 */
export const createDecisionIds = (
  fill: (words: Uint32Array<ArrayBuffer>) => void = randomFillSync,
): ((atMs: number) => string) => {
  const pool = new Uint32Array(POOL_WORDS)
  let drawn = POOL_WORDS
  let lastMs = -1
  let timeDigits = ''
  let high = 0
  let low = 0

  const randomWord = (): number => {
    if (drawn === POOL_WORDS) {
      fill(pool)
      drawn = 0
    }
    return pool[drawn++] ?? 0
  }

  const startMillisecond = (ms: number): void => {
    lastMs = ms
    timeDigits = `${PAIRS[Math.floor(ms / TWO_40)]}${eightDigits(ms % TWO_40)}`
    const spare = randomWord()
    // The top bit stays clear, so that steps have room before the millisecond overflows.
    high = (randomWord() & 0x7fffffff) * 256 + (spare & 255)
    low = randomWord() * 256 + ((spare >>> 8) & 255)
  }

  return (atMs) => {
    const ms = Number.isFinite(atMs) ? Math.min(MAX_MS, Math.max(0, Math.floor(atMs))) : 0
    if (ms > lastMs) {
      startMillisecond(ms)
    } else {
      low += 1 + (randomWord() & 0xffffff)
      if (low >= TWO_40) {
        low -= TWO_40
        if (++high === TWO_40) startMillisecond(lastMs + 1)
      }
    }
    return timeDigits + eightDigits(high) + eightDigits(low)
  }
}

/** Milliseconds in a decision id; `undefined` for text that is no id. */
export const arrivalMsOf = (id: string): number | undefined => {
  if (!/^[0-7][0-9a-hjkmnp-tv-z]{25}$/.test(id)) return undefined
  let ms = 0
  for (let at = 0; at < 10; at++) ms = ms * 32 + ALPHABET.indexOf(id[at] ?? '')
  return ms
}
