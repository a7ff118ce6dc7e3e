import type { Observation } from '../../src/core/campaign.ts'
import { SKETCH_BINS, type Capability, type Sketch, type Traits } from '../../src/core/traits.ts'
import { createSeededRandom, type SeededRandom } from './seeded-random.ts'

export const OBSERVED_FROM_MS = Date.UTC(2026, 2, 2)
export const A_DAY_MS = 86_400_000

const hashOf = (text: string): number => {
  let h = 0x811c9dc5
  for (const unit of text) h = Math.imul(h ^ unit.charCodeAt(0), 0x01000193)
  h ^= h >>> 15
  h = Math.imul(h, 0x85ebca6b)
  return (h ^ (h >>> 13)) >>> 0
}

/** A sketch of the wording `name`, of which `edited` of 32 bins differ in the way `edit` says. */
export const aSketch = (name: string, edit = '', edited = 0): Sketch => ({
  hash: hashOf(`${name}/${edit}`) + 1,
  bins: Uint32Array.from({ length: SKETCH_BINS }, (_, i) =>
    hashOf(`${i % 8 < edited / 4 ? `${name}/${edit}` : name}#${i}`),
  ),
})

export const someTraits = (some: Partial<Traits> = {}): Traits => ({
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
  ...some,
})

let nextId = 0
export const anObservation = (some: Partial<Observation> = {}): Observation => ({
  id: `id-${nextId++}`,
  atMs: OBSERVED_FROM_MS,
  entity: 'somebody',
  proven: false,
  createdAtMs: undefined,
  network: 'network',
  asn: undefined,
  country: undefined,
  client: undefined,
  stack: undefined,
  instrument: undefined,
  funding: undefined,
  prepaid: false,
  emailPattern: undefined,
  model: 'model-1',
  traits: undefined,
  verdict: 'allow',
  forwarded: true,
  tokens: 100,
  ...some,
})

/** One account of a made-up population. */
export type Someone = {
  readonly entity: string
  readonly proven: boolean
  readonly createdAtMs: number
  readonly fromDay: number
  readonly client: string
  readonly stack: string
  readonly template: string
  readonly decode: number
  readonly asn: number
  readonly funding: string
  readonly instrument: string
  readonly prepaid: boolean
  readonly emailPattern: string
  readonly capability: Capability
  /** Calls of a usual day, and the spread of ln of a day's calls about it. */
  readonly calls: number
  readonly dayLogSd: number
  readonly activeShare: number
  /** A new network for every call. */
  readonly rotates: boolean
}

const normal = (random: SeededRandom): number => {
  const u = (random(1_000_000) + 0.5) / 1_000_000
  const v = (random(1_000_000) + 0.5) / 1_000_000
  return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v)
}
const zipf = (random: SeededRandom, n: number): number =>
  Math.min(n - 1, Math.floor(n ** ((random(1_000_000) + 0.5) / 1_000_000)) - 1)

/** Ordinary customers: popular clients and templates next to their own, volumes that differ by factors. */
export const ordinary = (
  count: number,
  seed: number,
  some: Partial<Someone> & { readonly named?: string } = {},
): Someone[] => {
  const random = createSeededRandom(seed)
  const { named = 'user', ...rest } = some
  return Array.from({ length: count }, (_, i) => {
    const client = zipf(random, 200)
    const kind = random(100)
    const template =
      kind < 45
        ? `hub-${zipf(random, 8)}`
        : kind < 75
          ? `framework-${zipf(random, 800)}`
          : `own-${named}-${i}`
    return {
      entity: `${named}-${i}`,
      proven: false,
      createdAtMs: OBSERVED_FROM_MS - (1 + random(300)) * A_DAY_MS,
      fromDay: 0,
      client: `sdk-${client % 40}`,
      stack: `stack-${client}`,
      template,
      decode: 1 + zipf(random, 60),
      asn: 1 + zipf(random, 300),
      funding: `card|issuer-${zipf(random, 400)}`,
      instrument: `card-${named}-${i}`,
      prepaid: random(20) === 0,
      emailPattern: `shape-${zipf(random, 6)}`,
      capability:
        (['chat', 'code', 'agent', 'chat', 'code', 'reasoning'] as const)[random(6)] ?? 'chat',
      calls: Math.min(60, Math.exp(Math.log(6) + 1.2 * normal(random))),
      dayLogSd: 0.8,
      activeShare: 0.3 + random(60) / 100,
      rotates: false,
      ...rest,
    }
  })
}

/** A pool behind one operator: few templates and stacks, shared cards, equal quotas, changing networks. */
export const naiveCampaign = (
  count: number,
  seed: number,
  some: Partial<Someone> = {},
): Someone[] =>
  ordinary(count, seed, { named: 'pool' }).map((someone, i) => ({
    ...someone,
    createdAtMs: OBSERVED_FROM_MS - (i % 7) * A_DAY_MS,
    client: `relay-${i % 3}`,
    stack: `relay-stack-${i % 3}`,
    template: `pool-template-${i % 5}`,
    decode: 900 + (i % 2),
    funding: `prepaid|issuer-x${i % 2}`,
    instrument: `pool-card-${Math.floor(i / 8)}`,
    prepaid: true,
    capability: 'reasoning' as const,
    calls: 20,
    dayLogSd: 0.1,
    activeShare: 0.98,
    rotates: true,
    ...some,
  }))

/** What the given people call on `days` days, in time order. The same for the same seed. */
export const observationsOf = (
  people: readonly Someone[],
  days: number,
  seed: number,
): Observation[] => {
  const random = createSeededRandom(seed)
  const all: Observation[] = []
  for (const someone of people) {
    for (let day = someone.fromDay; day < days; day++) {
      if (random(1000) >= someone.activeShare * 1000) continue
      const calls = Math.max(
        1,
        Math.min(150, Math.round(someone.calls * Math.exp(someone.dayLogSd * normal(random)))),
      )
      for (let n = 0; n < calls; n++) {
        const atMs = OBSERVED_FROM_MS + day * A_DAY_MS + random(A_DAY_MS)
        all.push({
          id: `${someone.entity}/${day}/${n}`,
          atMs,
          entity: someone.entity,
          proven: someone.proven,
          createdAtMs: someone.createdAtMs,
          network: someone.rotates ? `net-${random(100_000)}` : `net-${someone.entity}`,
          asn: someone.asn,
          country: 'DE',
          client: someone.client,
          stack: someone.stack,
          instrument: someone.instrument,
          funding: someone.funding,
          prepaid: someone.prepaid,
          emailPattern: someone.emailPattern,
          model: 'model-1',
          traits: someTraits({
            template: sketchNamed(someone.template),
            decode: someone.decode,
            capability: someone.capability,
            root: n % 4 === 0,
          }),
          verdict: 'allow',
          forwarded: true,
          tokens: 1_000,
        })
      }
    }
  }
  return all.toSorted((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1))
}

const sketches = new Map<string, Sketch>()
const sketchNamed = (name: string): Sketch => {
  const known = sketches.get(name)
  if (known !== undefined) return known
  const sketch = aSketch(name)
  sketches.set(name, sketch)
  return sketch
}
