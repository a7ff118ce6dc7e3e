import { SKETCH_BINS, type Sketch, type Traits } from '../../src/core/traits.ts'
import type { SeededRandom } from './seeded-random.ts'

/** Traits of a call that says nothing about itself. */
export const someTraits = (over: Partial<Traits> = {}): Traits => ({
  template: undefined,
  tools: undefined,
  decode: 1,
  task: undefined,
  before: undefined,
  after: undefined,
  environment: undefined,
  contradicts: undefined,
  capability: 'chat',
  root: true,
  ...over,
})

/** Sketch of a random text. */
export const aSketch = (random: SeededRandom): Sketch => ({
  hash: 1 + random(2 ** 31),
  bins: Uint32Array.from({ length: SKETCH_BINS }, () => random(2 ** 32)),
})

/** The same text with each bin replaced with the given chance: Jaccard similarity about 1 - chance. */
export const edited = (sketch: Sketch, random: SeededRandom, chance: number): Sketch => ({
  hash: 1 + random(2 ** 31),
  bins: sketch.bins.map((bin) => (random(1_000) < chance * 1_000 ? random(2 ** 32) : bin)),
})
