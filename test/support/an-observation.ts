import { batchText, observationText } from '../../src/campaigns/live/observation-text.ts'
import type { Observation } from '../../src/core/campaign.ts'
import { SKETCH_BINS, type Sketch, type Traits } from '../../src/core/traits.ts'

/** A sketch whose bins are these, the last one repeated. */
export const aSketch = (hash: number, ...bins: readonly number[]): Sketch => ({
  hash,
  bins: Uint32Array.from({ length: SKETCH_BINS }, (_, at) => bins[at] ?? bins.at(-1) ?? at),
})

/** Traits of an agent's first call. */
export const someTraits = (changes: Partial<Traits> = {}): Traits => ({
  template: aSketch(11, 1, 2, 2 ** 32 - 1),
  tools: 12,
  decode: 13,
  task: aSketch(2 ** 53 - 1),
  before: undefined,
  after: 14,
  environment: undefined,
  contradicts: false,
  capability: 'agent',
  root: true,
  ...changes,
})

let made = 0

/** An observation of this moment, each with an id of its own. */
export const anObservation = (changes: Partial<Observation> = {}): Observation => ({
  id: `01k${String(++made).padStart(19, '0')}`,
  atMs: Date.now(),
  entity: 'org_1',
  proven: false,
  createdAtMs: 1_700_000_040_000,
  network: 'n'.repeat(22),
  asn: 64_500,
  country: 'FR',
  client: 'openai-js/7.55.0',
  stack: 's'.repeat(22),
  instrument: 'i'.repeat(22),
  funding: 'card|credit|424242|FR',
  prepaid: false,
  emailPattern: 'a9@-',
  model: 'm-1',
  traits: someTraits(),
  verdict: 'allow',
  forwarded: true,
  tokens: 46,
  ...changes,
})

/** The text of a batch of these. */
export const batchOf = (...observations: readonly Observation[]): string =>
  batchText(observations.map((one) => observationText(one) ?? '').join(','))
