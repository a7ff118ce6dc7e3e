import { describe, expect, it } from 'vitest'
import type { Observation } from '../../src/core/campaign.ts'
import { SKETCH_BINS, type Sketch } from '../../src/core/traits.ts'
import { accountLimit, addressLimit } from '../bench/campaigns/baseline-limits.ts'
import { idfPairs } from '../bench/campaigns/baseline-pairs.ts'
import { sharedAddresses } from '../bench/campaigns/baseline-shared-addresses.ts'
import { templateClusters } from '../bench/campaigns/baseline-templates.ts'
import type { Baseline } from '../bench/campaigns/baseline.ts'
import { createComponents } from '../bench/campaigns/components.ts'
import { upperBound } from '../bench/campaigns/interval.ts'
import { bestOf, createScorer, type Score } from '../bench/campaigns/score.ts'

const HOUR_MS = 3_600_000
const FROM_MS = Date.UTC(2026, 3, 22)
const HONEST = 400
const ATTACKERS = 40

const sketchOf = (hash: number): Sketch => ({
  hash,
  bins: Uint32Array.from({ length: SKETCH_BINS }, (_, bin) => Math.imul(hash, bin + 7) >>> 0),
})

const callOf = (entity: string, atMs: number, about: Partial<Observation>): Observation => ({
  id: `${entity} ${atMs}`,
  atMs,
  entity,
  proven: false,
  createdAtMs: undefined,
  network: `home of ${entity}`,
  asn: undefined,
  country: undefined,
  client: undefined,
  stack: undefined,
  instrument: undefined,
  funding: undefined,
  prepaid: false,
  emailPattern: undefined,
  model: undefined,
  traits: undefined,
  verdict: 'allow',
  forwarded: true,
  tokens: 0,
  ...about,
})

const traitsOf = (hash: number): Observation['traits'] => ({
  template: sketchOf(hash),
  tools: undefined,
  decode: hash,
  task: undefined,
  before: undefined,
  after: undefined,
  environment: undefined,
  contradicts: undefined,
  capability: 'chat',
  root: true,
})

/** A day of calls: honest callers with a thing of their own each, and a few who share what is named. */
const dayOf = function* (shared: (nth: number, hour: number) => Partial<Observation>) {
  for (let hour = 0; hour < 24; hour++) {
    const atMs = FROM_MS + hour * HOUR_MS
    for (let nth = 0; nth < HONEST; nth++) {
      yield callOf(`honest ${nth}`, atMs, {
        stack: `stack ${nth % 20}`,
        instrument: `card ${nth}`,
        traits: traitsOf(1_000 + nth),
      })
    }
    for (let nth = 0; nth < ATTACKERS; nth++) yield callOf(`pool ${nth}`, atMs, shared(nth, hour))
  }
}

/** Of each setting, which entities it acted on by the end of the day. */
const actedOn = (
  baseline: Baseline,
  calls: Iterable<Observation>,
): { readonly setting: string; readonly honest: number; readonly pool: number }[] => {
  const acted = baseline.settings.map(() => new Set<string>())
  for (const call of calls) {
    for (const [at, one] of baseline.take(call).entries()) if (one) acted[at]?.add(call.entity)
  }
  return baseline.settings.map((setting, at) => {
    const all = [...(acted[at] ?? [])]
    const pool = all.filter((entity) => entity.startsWith('pool')).length
    return { setting, honest: all.length - pool, pool }
  })
}

describe('the baselines', () => {
  it('count calls of an account and of a network by the day', () => {
    const busy = (nth: number) => ({ network: nth < 30 ? 'one door' : `home of pool ${nth}` })
    const byAccount = actedOn(accountLimit(), dayOf(busy))
    expect(byAccount.find(({ setting }) => setting === '20 calls a day')).toMatchObject({
      honest: HONEST,
      pool: ATTACKERS,
    })
    expect(byAccount.find(({ setting }) => setting === '50 calls a day')).toMatchObject({
      honest: 0,
      pool: 0,
    })
    const byAddress = actedOn(addressLimit(), dayOf(busy))
    expect(byAddress.find(({ setting }) => setting === '100 calls a day')).toMatchObject({
      honest: 0,
      pool: 30,
    })
  })

  it('join accounts by what is rare among all', () => {
    const shared = () => ({ stack: 'relay', instrument: 'one card', traits: traitsOf(7) })
    const found = actedOn(idfPairs(), dayOf(shared))
    // Three things that one in eleven shows: 3.5 bits each, with the decoding profile 14.
    expect(found[0]).toMatchObject({ setting: '16 bits', honest: 0, pool: 0 })
    const rarer = actedOn(
      idfPairs(),
      dayOf(() => ({ ...shared(), emailPattern: 'x9', funding: 'p', client: 'r' })),
    )
    expect(rarer[0]).toMatchObject({ setting: '16 bits', honest: 0, pool: ATTACKERS })
    expect(rarer.at(-1)).toMatchObject({ setting: '40 bits', honest: 0, pool: 0 })
  })

  it('join accounts by networks that they share, and not by those of many', () => {
    const rotating = (nth: number, hour: number) => ({ network: `exit ${(nth + hour) % 40}` })
    const found = actedOn(sharedAddresses(), dayOf(rotating))
    expect(found.map(({ pool }) => pool)).toEqual([ATTACKERS, ATTACKERS, ATTACKERS, ATTACKERS])
    expect(found.every(({ honest }) => honest === 0)).toBe(true)
    const carrier = [...dayOf(() => ({}))].map((call) => ({ ...call, network: 'carrier' }))
    expect(
      actedOn(sharedAddresses(), carrier).every(({ honest, pool }) => honest + pool === 0),
    ).toBe(true)
  })

  it('act on templates that some have, and leave those alone that many have', () => {
    const found = actedOn(
      templateClusters(),
      dayOf(() => ({ traits: traitsOf(7) })),
    )
    // 40 of 440 accounts.
    expect(found.map(({ pool }) => pool)).toEqual([0, 0, 0, ATTACKERS, ATTACKERS])
    expect(found.every(({ honest }) => honest === 0)).toBe(true)
  })
})

describe('the score of a way', () => {
  const scorer = () =>
    createScorer(
      [
        { family: 'a', setting: '1' },
        { family: 'a', setting: '2' },
      ],
      FROM_MS,
    )
  const count = (
    of: ReturnType<typeof scorer>,
    label: string,
    entity: string,
    acted: boolean[],
    day = 0,
  ) => of.count({ entity, label, atMs: FROM_MS + day * 24 * HOUR_MS, acted })

  it('is what the campaign got before it was acted on, and whom else it hit', () => {
    const of = scorer()
    count(of, 'attack/x', 'a1', [false, false])
    count(of, 'attack/x', 'a1', [true, false], 2)
    count(of, 'attack/x', 'a2', [false, false], 2)
    count(of, 'legit/chat', 'h1', [true, false])
    count(of, 'legit/chat', 'h1', [false, false])
    count(of, 'legit/app', 'h2', [false, false])
    count(of, 'abuse/trial', 't1', [true, true])
    const [one, other] = of.scores()
    expect(one?.attack).toMatchObject({
      calls: 3,
      leaked: 2,
      entities: 2,
      found: 1,
      callsByDay: [1, 0, 2],
      leakedByDay: [1, 0, 1],
      firstCallMs: FROM_MS,
      firstActedMs: FROM_MS + 48 * HOUR_MS,
    })
    expect(one?.honest).toEqual({ entities: 2, acted: 1 })
    expect(one?.byLabel['abuse/trial']).toEqual({ entities: 1, acted: 1 })
    expect(other?.attack).toMatchObject({ leaked: 3, found: 0, firstActedMs: undefined })
  })

  it('prefers the least leak among settings that leave honest callers alone', () => {
    const [base] = scorer().scores()
    if (base === undefined) throw new Error('no score')
    const score = (setting: string, leaked: number, acted: number): Score => ({
      ...base,
      setting,
      attack: { ...base.attack, calls: 100, leaked },
      honest: { entities: 1_000, acted },
    })
    expect(
      bestOf([score('wild', 1, 500), score('good', 40, 1), score('idle', 100, 0)])?.setting,
    ).toBe('good')
    expect(bestOf([score('wild', 1, 500), score('bad', 40, 20)])?.setting).toBe('bad')
    expect(bestOf([])).toBeUndefined()
  })
})

describe('what a count leaves possible', () => {
  it.each([
    // Exact values of the binomial: 1 - 0.05 ** (1 / n) for none, tables of Clopper and Pearson else.
    [0, 100, 0.0295],
    [0, 3_000, 0.000998],
    [1, 100, 0.0466],
    [5, 100, 0.1023],
    [10, 20, 0.698],
    [3, 3, 1],
    [0, 0, 1],
  ])('%i of %i: at most %d', (k, n, bound) => expect(upperBound(k, n)).toBeCloseTo(bound, 4))
})

describe('groups', () => {
  it('grow by what joins them, and only so', () => {
    const groups = createComponents(6)
    groups.join(0, 1)
    groups.join(2, 3)
    groups.join(1, 3)
    groups.join(3, 0)
    expect([0, 1, 2, 3, 4, 5].map((member) => groups.sizeOf(member))).toEqual([4, 4, 4, 4, 1, 1])
    expect(groups.groupOf(0)).toBe(groups.groupOf(2))
    expect(groups.groupOf(4)).not.toBe(groups.groupOf(5))
  })
})
