/** A stream of random numbers of its own; the same seed and key give the same stream. */
export type Random = {
  /** At least 0, below 1. */
  readonly unit: () => number
  /** A whole number from 0 to below `below`. */
  readonly below: (below: number) => number
  readonly chance: (probability: number) => boolean
  readonly between: (low: number, high: number) => number
  /** Standard normal. */
  readonly normal: () => number
  /** Log-normal: its median and the standard deviation of its logarithm. */
  readonly logNormal: (median: number, logSd: number) => number
  readonly pick: <T>(list: readonly T[]) => T
}

const TWO_32 = 2 ** 32

/** 32 bits of a text: FNV-1a (draft-eastlake-fnv), then the finaliser of MurmurHash3. */
export const hash32 = (text: string, seed: number): number => {
  let state = (0x811c9dc5 ^ seed) >>> 0
  for (let at = 0; at < text.length; at++) {
    state = Math.imul(state ^ text.charCodeAt(at), 0x01000193)
  }
  state ^= state >>> 16
  state = Math.imul(state, 0x85ebca6b)
  state ^= state >>> 13
  state = Math.imul(state, 0xc2b2ae35)
  return (state ^ (state >>> 16)) >>> 0
}

/**
 * Makes the stream of one key: sfc32 of Chris Doty-Humphrey (PractRand 0.94, public domain), 128 bits of
 * state, seeded from the run's seed and the key. Whoever draws from its own stream cannot shift the draws
 * of another, so an attacker more or less leaves every honest customer as it was.
 */
export const createRandom = (seed: number, key: string): Random => {
  let a = hash32(key, seed)
  let b = hash32(key, seed ^ 0x9e3779b9)
  let c = hash32(key, (seed ^ 0x7f4a7c15) | 0)
  let counter = 1
  const word = (): number => {
    const out = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + out) | 0
    return out >>> 0
  }
  for (let warm = 0; warm < 12; warm++) word()
  const unit = (): number => word() / TWO_32
  // Box and Muller (1958); the second value is dropped, since keeping it would make draws depend on history.
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit())
  const below = (limit: number): number => Math.floor(unit() * limit)
  return {
    unit,
    below,
    chance: (probability) => unit() < probability,
    between: (low, high) => low + unit() * (high - low),
    normal,
    logNormal: (median, logSd) => median * Math.exp(logSd * normal()),
    pick: (list) => {
      const picked = list[below(list.length)]
      if (picked === undefined) throw new RangeError('nothing to pick from')
      return picked
    },
  }
}

/** A Gamma variable of scale 1: Marsaglia and Tsang (ACM TOMS 26, 2000). */
export const gamma = (random: Random, shape: number): number => {
  if (shape < 1) return gamma(random, shape + 1) * (1 - random.unit()) ** (1 / shape)
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = random.normal()
    const v = (1 + c * x) ** 3
    if (v > 0 && Math.log(1 - random.unit()) < 0.5 * x * x + d - d * v + d * Math.log(v)) {
      return d * v
    }
  }
}

/** A Beta variable. */
export const beta = (random: Random, alpha: number, betaShape: number): number => {
  const x = gamma(random, alpha)
  return x / (x + gamma(random, betaShape))
}

/** Draws ranks 0 to `count` - 1, rank r with weight (r + 1)^-`exponent`. */
export const createZipf = (count: number, exponent: number): ((random: Random) => number) => {
  const upTo = new Float64Array(count)
  let sum = 0
  for (let rank = 0; rank < count; rank++) upTo[rank] = sum += (rank + 1) ** -exponent
  return (random) => {
    const wanted = random.unit() * sum
    let low = 0
    let high = count - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((upTo[middle] ?? 0) > wanted) high = middle
      else low = middle + 1
    }
    return low
  }
}

/** Draws a key of a table of weights. */
export const weighted = <K extends string>(
  random: Random,
  weights: { readonly [key in K]: number },
): K => {
  // Object.entries loses the type of the keys.
  const rows = Object.entries(weights) as [K, number][]
  let left = random.unit() * rows.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [key, weight] of rows) {
    left -= weight
    if (left < 0) return key
  }
  const last = rows.findLast(([, weight]) => weight > 0) ?? rows[0]
  if (last === undefined) throw new RangeError('nothing to draw from')
  return last[0]
}

const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz'

/** A random name of `length` digits of Crockford's base 32. */
export const randomName = (random: Random, length: number): string => {
  let name = ''
  for (let at = 0; at < length; at++) name += DIGITS[random.below(32)] ?? ''
  return name
}
