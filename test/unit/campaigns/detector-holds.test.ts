import { describe, expect, it } from 'vitest'
import { newCampaign } from '../../../src/campaigns/campaign.ts'
import { createDetectorState } from '../../../src/campaigns/detector-state.ts'
import type { Observation } from '../../../src/core/campaign.ts'
import { aDetector } from '../../support/a-detector.ts'
import {
  A_DAY_MS,
  anObservation,
  naiveCampaign,
  OBSERVED_FROM_MS,
  observationsOf,
  ordinary,
  someTraits,
} from '../../support/observations.ts'

const PROVEN = ordinary(600, 1, { proven: true, named: 'proven' })
const USERS = ordinary(400, 2)
const OBSERVATIONS = observationsOf([...PROVEN, ...USERS, ...naiveCampaign(60, 3)], 8, 4)
const CUT_AT_MS = OBSERVED_FROM_MS + 5 * A_DAY_MS
const EARLIER = OBSERVATIONS.filter(({ atMs }) => atMs < CUT_AT_MS)
const LATER = OBSERVATIONS.filter(({ atMs }) => atMs >= CUT_AT_MS)
const marked = ({ levels }: ReturnType<typeof aDetector>): number =>
  [...levels().values()].filter((level) => level > 0).length

describe('what was acted on', () => {
  it('stays so while nobody knows who is proven', () => {
    const run = aDetector()
    run.watch(EARLIER)
    const before = run.marks.length
    expect(marked(run)).toBeGreaterThan(50)
    run.watch(LATER.map((one) => ({ ...one, proven: undefined })))
    expect(run.marks.slice(before).filter(({ level }) => level === 0)).toEqual([])
    expect(run.detector.status()).toMatchObject({ acting: true, missing: [] })
  })

  it.each([
    { minReference: 700, acting: true },
    { minReference: 900, acting: false },
  ])('with some 600 proven and $minReference asked for: $acting', ({ minReference, acting }) => {
    const before = aDetector()
    before.watch(EARLIER)
    const after = aDetector({ minReference, saved: before.detector.save() })
    after.watch(LATER)
    expect(after.detector.status().acting).toBe(acting)
    expect(after.detector.marks().length > 50).toBe(acting)
  })

  it('begins with no fewer proven than are asked for', () => {
    const run = aDetector({ minReference: 700 })
    run.watch(OBSERVATIONS)
    expect(run.marks).toEqual([])
  })
})

it('a member is proven again if it was before it joined, and not by what it did since', () => {
  const run = aDetector()
  const proofOf = ({ entity, atMs }: Observation): boolean =>
    (entity === 'pool-1' && atMs < OBSERVED_FROM_MS + A_DAY_MS / 8) ||
    (['pool-1', 'pool-2'].includes(entity) && atMs >= CUT_AT_MS)
  const seen = OBSERVATIONS.map((one) => (one.proven ? one : { ...one, proven: proofOf(one) }))
  run.watch(seen.filter(({ atMs }) => atMs < CUT_AT_MS))
  expect(['pool-1', 'pool-2'].map((one) => (run.levels().get(one) ?? 0) > 0)).toEqual([true, true])
  run.watch(seen.filter(({ atMs }) => atMs >= CUT_AT_MS))
  expect(['pool-1', 'pool-2'].map((one) => (run.levels().get(one) ?? 0) > 0)).toEqual([false, true])
})

it('a campaign that an operator confirmed outlives its group, with members and marks', () => {
  const run = aDetector()
  run.watch(EARLIER)
  const [first] = run.detector.list()
  if (first === undefined) throw new Error('no campaign')
  const label = { campaign: first.id, by: 'ann', note: '', atMs: CUT_AT_MS }
  run.detector.label({ ...label, act: 'confirm' })
  const members = run.detector.members(first.id)?.length ?? 0
  for (let day = 5; day < 40; day++) run.detector.tick(OBSERVED_FROM_MS + day * A_DAY_MS)
  const now = OBSERVED_FROM_MS + 40 * A_DAY_MS
  run.watch([anObservation({ atMs: now }), anObservation({ atMs: now + 1 })])
  expect(run.detector.show(first.id)).toMatchObject({ state: 'confirmed', level: 2, members })
  expect(run.detector.marks().length).toBe(members)
  run.detector.label({ ...label, act: 'release', atMs: now })
  run.detector.tick(now + A_DAY_MS)
  expect(run.detector.show(first.id)).toMatchObject({ state: 'ended', level: 0, members: 0 })
})

/** Thirty callers that look like nobody else, whose conversations go on at the next one. */
const relay = (days: readonly number[]): Observation[] =>
  days.flatMap((day) =>
    Array.from({ length: 300 }, (_, n) =>
      anObservation({
        id: `relay/${day}/${n}`,
        entity: `relay-${n % 30}`,
        atMs: OBSERVED_FROM_MS + day * A_DAY_MS + n * 200_000,
        client: `own-${n % 30}`,
        traits: someTraits({
          before: n === 0 ? undefined : 10_000 * (day + 1) + n,
          after: 10_000 * (day + 1) + n + 1,
          root: n === 0,
        }),
      }),
    ),
  )

it('what an operator dismissed stays silent where edges alone tie it', () => {
  const run = aDetector()
  const rest = OBSERVATIONS.filter(({ entity }) => !entity.startsWith('pool'))
  const all = [...rest, ...relay([0, 1, 2, 3, 4, 5, 6, 7])].toSorted((a, b) => a.atMs - b.atMs)
  run.watch(all.filter(({ atMs }) => atMs < CUT_AT_MS))
  const before = run.detector.list()
  expect(before).toHaveLength(1)
  for (const { id } of before) {
    const label = { campaign: id, by: 'ann', note: '', atMs: CUT_AT_MS } as const
    run.detector.label({ ...label, act: 'dismiss' })
  }
  run.watch(all.filter(({ atMs }) => atMs >= CUT_AT_MS))
  expect(run.detector.list().map(({ state }) => state)).toEqual(['dismissed'])
})

it('a row that is used again inherits nothing from the one before it', () => {
  const { entities, campaigns } = createDetectorState({ maxEntities: 16, onMark: () => {} })
  const campaign = newCampaign('cmp_a', 1)
  campaigns.set(campaign.id, campaign)
  const takeAll = (named: string) =>
    Array.from({ length: 16 }, (_, n) => {
      return entities.take(anObservation({ entity: `${named}-${n}`, atMs: OBSERVED_FROM_MS })).row
    })
  const rows = new Set(takeAll('first'))
  const none = { known: 0, unseen: 1, by: new Map<number, never>() }
  const values = {
    client: none,
    template: none,
    decode: none,
    funding: none,
    asn: none,
    week: none,
  }
  campaign.rows = rows
  campaign.spared.set(0, [])
  campaign.profile = {
    entities: 16,
    priorBits: 0,
    values,
    rotates: undefined,
    steady: undefined,
    edges: rows,
  }
  entities.take(anObservation({ entity: 'next', atMs: OBSERVED_FROM_MS }))
  const next = entities.find('next') ?? -1
  expect([rows.has(next), campaign.rows.has(next), campaign.profile.edges.has(next)]).toEqual([
    true,
    false,
    false,
  ])
  expect(campaign.rows.size).toBe(14)
  expect(campaign.spared.size).toBe(0)
})
