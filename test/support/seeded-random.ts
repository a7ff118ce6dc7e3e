/** Whole numbers from 0 to below `below`, the same ones for the same seed (mulberry32). */
export type SeededRandom = (below: number) => number

export const createSeededRandom = (seed: number): SeededRandom => {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
