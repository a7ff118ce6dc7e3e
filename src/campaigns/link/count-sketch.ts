/** Counts that are never too low. */
export interface CountSketch {
  add(hash: number): void
  atMost(hash: number): number
  /** Whether it may have been counted `least` times. */
  reaches(hash: number, least: number): boolean
}

/**
 * Counts hashes of 53 bits in a fixed space, never too low: a count-min sketch of two rows (Cormode,
 * Muthukrishnan, J. Algorithms 2005) with conservative update (Estan, Varghese, SIGCOMM 2002), up to 255.
 */
export const createCountSketch = (expectedKeys: number): CountSketch => {
  let size = 1 << 12
  while (size < expectedKeys && size < 1 << 24) size *= 2
  const low = new Uint8Array(size)
  const high = new Uint8Array(size)
  const mask = size - 1
  return {
    add: (hash) => {
      const i = hash & mask
      const j = (hash / 2_097_152) & mask
      const a = low[i] ?? 0
      const b = high[j] ?? 0
      if (a <= b && a < 255) low[i] = a + 1
      if (b <= a && b < 255) high[j] = b + 1
    },
    // The second row is a second miss of the processor's cache, and mostly not needed.
    reaches: (hash, least) =>
      (low[hash & mask] ?? 0) >= least && (high[(hash / 2_097_152) & mask] ?? 0) >= least,
    atMost: (hash) => Math.min(low[hash & mask] ?? 0, high[(hash / 2_097_152) & mask] ?? 0),
  }
}
