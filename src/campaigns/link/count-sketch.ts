/** Counts that are never too low, of keys by two words of 32 bits each. */
export interface CountSketch {
  add(low: number, high: number): void
  atMost(low: number, high: number): number
  /** Whether it may have been counted `least` times. */
  reaches(low: number, high: number, least: number): boolean
  clear(): void
}

/**
 * Counts keys in a fixed space, never too low: a count-min sketch of two rows (Cormode, Muthukrishnan,
 * J. Algorithms 2005) with conservative update (Estan, Varghese, SIGCOMM 2002), up to 255.
 */
export const createCountSketch = (expectedKeys: number): CountSketch => {
  let size = 1 << 12
  while (size < expectedKeys && size < 1 << 24) size *= 2
  const lows = new Uint8Array(size)
  const highs = new Uint8Array(size)
  const mask = size - 1
  return {
    add: (low, high) => {
      const i = low & mask
      const j = high & mask
      const a = lows[i] ?? 0
      const b = highs[j] ?? 0
      if (a <= b && a < 255) lows[i] = a + 1
      if (b <= a && b < 255) highs[j] = b + 1
    },
    // The second row is a second miss of the processor's cache, and mostly not needed.
    reaches: (low, high, least) =>
      (lows[low & mask] ?? 0) >= least && (highs[high & mask] ?? 0) >= least,
    clear: () => {
      lows.fill(0)
      highs.fill(0)
    },
    atMost: (low, high) => Math.min(lows[low & mask] ?? 0, highs[high & mask] ?? 0),
  }
}
