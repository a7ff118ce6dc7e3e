// Memory of the detector at a million accounts, what one observation costs it, and what a pass costs at a
// hundred thousand and at a million. Every account has three calls; a fifth is proven, a quarter writes its
// own instructions, a thousand are a campaign. Run with `node --expose-gc`; prints one JSON line each.
import { createDetector } from '../../src/campaigns/detector.ts'
import type { Observation } from '../../src/core/campaign.ts'
import { SKETCH_BINS, type Sketch } from '../../src/core/traits.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { anObservation, aSketch, OBSERVED_FROM_MS, someTraits } from '../support/observations.ts'

const CALLS = 3
// Passes fall on Thursdays, after the three days of calls.
const DAY_MS = 86_400_000
const PASS_MS = 7 * DAY_MS
const CAMPAIGN = 1_000
const BATCH = 5_000

/** Processor time rather than the clock's, so that what else runs on the machine does not count. */
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

const heldBytes = (): number => {
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const random = createSeededRandom(1)
const zipf = (n: number): number =>
  Math.min(n - 1, Math.floor(n ** ((random(1 << 30) + 0.5) / (1 << 30))) - 1)
const shared = Array.from({ length: 3_000 }, (_, i) => aSketch(`template ${i}`))
const ownSketch = (i: number): Sketch => ({
  hash: 1_000_000_000 + i,
  bins: Uint32Array.from(
    { length: SKETCH_BINS },
    (_, bin) =>
      Math.imul(Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(bin + 1, 0xc2b2ae35), 0x85ebca6b) >>> 11,
  ),
})

const callOf = (i: number, call: number): Observation => {
  const isCampaign = i % 1_000 === 7 && i < CAMPAIGN * 1_000
  const kind = i % 4
  let template = shared[zipf(shared.length)]
  if (isCampaign) template = aSketch('pool')
  else if (kind === 0) template = ownSketch(i)
  return anObservation({
    id: `call-${call}-${i}`,
    atMs: OBSERVED_FROM_MS + call * DAY_MS + i / 20,
    entity: `acct_${i.toString(36).padStart(12, '0')}`,
    proven: i % 5 === 1,
    createdAtMs: OBSERVED_FROM_MS - (i % 400) * DAY_MS,
    network: `net-${i % 200_000}`,
    asn: 1 + zipf(3_000),
    country: 'DE',
    client: isCampaign ? 'relay' : `sdk-${zipf(1_500)}`,
    stack: 'stack',
    instrument: `card-${i}`,
    funding: `card|issuer-${zipf(2_500)}`,
    emailPattern: `shape-${zipf(8)}`,
    traits: someTraits({ template, decode: 1 + zipf(300) }),
  })
}

const measure = (accounts: number): void => {
  const options = { ceiling: 2, minReference: 500, passMs: PASS_MS } as const
  let marks = 0
  const before = heldBytes()
  const detector = createDetector({ ...options, onMark: () => marks++ })
  const empty = heldBytes() - before
  const batches: number[] = []
  for (let call = 0; call < CALLS; call++) {
    for (let from = 0; from < accounts; from += BATCH) {
      const batch = Array.from({ length: BATCH }, (_, i) => callOf(from + i, call))
      const startMs = cpuMs()
      for (const observation of batch) detector.observe(observation)
      batches.push(((cpuMs() - startMs) * 1_000) / BATCH)
    }
  }
  batches.sort((a, b) => a - b)
  const held = heldBytes() - before
  const passes: number[] = []
  for (let n = 1; n <= 3; n++) {
    const startMs = cpuMs()
    detector.tick(OBSERVED_FROM_MS + 3 * DAY_MS + (n - 1) * PASS_MS)
    passes.push(Math.round(cpuMs() - startMs))
  }
  const at = (share: number): number =>
    Math.round((batches[Math.floor(batches.length * share)] ?? 0) * 100) / 100
  console.log(
    JSON.stringify({
      accounts,
      held_bytes_per_account: Math.round(held / accounts),
      of_which_fixed_mb: Math.round(empty / 1e6),
      observe_us: { median: at(0.5), p90: at(0.9) },
      pass_ms: passes,
      after_passes_bytes_per_account: Math.round((heldBytes() - before) / accounts),
      campaigns: detector.list().length,
    }),
  )
}

const [only] = process.argv.slice(2)
for (const accounts of only === undefined ? [100_000, 1_000_000] : [Number(only)]) measure(accounts)
