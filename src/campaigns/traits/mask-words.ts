/** Prime of FNV-1a (Fowler, Noll, Vo), which is stepped over UTF-16 code units here. */
export const FNV_PRIME = 0x01000193

/** Names of months and days, which stand in the dates that prompts are begun with. */
const DATE_WORDS =
  `january february march april may june july august september october november december
  jan feb mar apr jun jul aug sep sept oct nov dec
  monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun`
    .trim()
    .split(/\s+/)

/** Hash of a word in lower case, as the scanner makes it. */
export const wordHash = (word: string, seed: number): number => {
  let hash = seed
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), FNV_PRIME)
  return hash
}

/** The hashes of {@link DATE_WORDS}, behind a filter of bits: nearly every word is none of them. */
export const dateWords = (seed: number): { has(hash: number): boolean } => {
  const known = new Set(DATE_WORDS.map((word) => wordHash(word, seed)))
  const bits = new Int32Array(64)
  for (const hash of known) bits[hash >>> 26] = (bits[hash >>> 26] ?? 0) | (1 << (hash & 31))
  return {
    has: (hash) => ((bits[hash >>> 26] ?? 0) & (1 << (hash & 31))) !== 0 && known.has(hash),
  }
}
