import { describe, expect, it } from 'vitest'
import { aDetector } from '../../support/a-detector.ts'
import {
  anObservation,
  A_DAY_MS,
  naiveCampaign,
  OBSERVED_FROM_MS,
  observationsOf,
  ordinary,
  someTraits,
  type Someone,
} from '../../support/observations.ts'

const PROVEN = ordinary(600, 1, { proven: true, named: 'proven' })
const USERS = ordinary(900, 2)
const DAYS = 6

describe('a naive campaign among ordinary customers', () => {
  const observations = observationsOf([...PROVEN, ...USERS, ...naiveCampaign(100, 3)], DAYS, 4)
  const { detector, watch, everMarked, marks } = aDetector()
  watch(observations)

  it('is marked, nearly all of it, and nobody else is', () => {
    expect(everMarked('pool', 2).length).toBeGreaterThanOrEqual(95)
    expect(everMarked('user')).toEqual([])
    expect(everMarked('proven')).toEqual([])
  })

  it('explains itself by what its members share and how they behave', () => {
    const [first] = detector.list()
    const shown = detector.show(first?.id ?? '')
    expect(first?.state).toBe('acting')
    expect(first?.axes.length).toBeGreaterThanOrEqual(2)
    expect(shown?.links[0]?.lift).toBeGreaterThanOrEqual(8)
    expect(shown?.judged).toHaveLength(7)
    expect(shown?.clears.length).toBeGreaterThan(0)
    expect(shown?.forwardedBefore).toBeGreaterThan(0)
    expect(shown?.membersByDay.at(-2)?.members).toBeGreaterThan(20)
    expect(detector.members(first?.id ?? '')?.every((m) => m.probability >= 0.99)).toBe(true)
    expect(detector.status()).toMatchObject({ acting: true, missing: [] })
  })

  it('has marks that end by themselves and are renewed while it is seen', () => {
    for (const { atMs, untilMs } of marks) expect(untilMs - atMs).toBe(3 * A_DAY_MS)
    const one = marks.filter(({ entity }) => entity === marks[0]?.entity && marks[0].level > 0)
    expect(one.length).toBeGreaterThan(2)
    expect(detector.marks().length).toBeGreaterThanOrEqual(95)
  })

  it('marks a new account of it at its first call', () => {
    const [newcomer] = naiveCampaign(1, 77, {
      entity: 'late-pool-account',
      fromDay: DAYS,
      activeShare: 1,
    })
    const [call] = newcomer === undefined ? [] : observationsOf([newcomer], DAYS + 1, 5)
    if (call === undefined) throw new Error('no call')
    const atMs = (detector.status().lastObservedMs ?? 0) + 1
    detector.observe({ ...call, atMs })
    expect(marks.at(-1)).toMatchObject({ entity: 'late-pool-account', atMs })
    expect(marks.at(-1)?.level).toBeGreaterThanOrEqual(1)
  })

  it('gives the same marks for the same observations', () => {
    const again = aDetector()
    again.watch(observations)
    expect(again.marks).toEqual(marks.slice(0, again.marks.length))
    expect(again.marks.length).toBe(marks.length - 1)
  })

  it('counts an observation that is delivered again once', () => {
    const twice = aDetector()
    for (const [i, observation] of observations.entries()) {
      twice.detector.observe(observation)
      const earlier = observations[i - (i % 500)]
      if (earlier !== undefined) twice.detector.observe(earlier)
    }
    expect(twice.marks).toEqual(marks.slice(0, twice.marks.length))
    expect(twice.marks.length).toBe(marks.length - 1)
  })
})

describe('honest groups', () => {
  const day0 = OBSERVED_FROM_MS
  const alike: { readonly [what: string]: Someone[] } = {
    'the users of a new product that was just launched': ordinary(400, 11, {
      named: 'launch',
      template: 'new-product',
      client: 'new-sdk',
      stack: 'new-sdk-stack',
      decode: 777,
      createdAtMs: day0,
      capability: 'agent',
    }),
    'a class with one assignment': ordinary(180, 12, {
      named: 'class',
      template: 'assignment',
      asn: 7,
      createdAtMs: day0,
      calls: 8,
      dayLogSd: 0.6,
      activeShare: 0.6,
    }),
    'new users of a popular agent': ordinary(500, 13, {
      named: 'hub',
      template: 'hub-0',
      client: 'sdk-0',
      stack: 'stack-0',
      decode: 1,
      createdAtMs: day0 - A_DAY_MS,
    }),
    'an enterprise, which is one entity': ordinary(200, 14, {
      named: 'seat',
      entity: 'enterprise',
    }),
  }
  for (const [what, people] of Object.entries(alike)) {
    it(`does not mark ${what}`, () => {
      const { watch, everMarked } = aDetector()
      watch(observationsOf([...PROVEN, ...USERS, ...people], DAYS, 15))
      expect(everMarked('', 2)).toEqual([])
    })
  }
})

it('stays at level 0 and says what is missing while too few entities are proven', () => {
  const { detector, watch, marks } = aDetector({ minReference: 5_000 })
  watch(observationsOf([...PROVEN, ...naiveCampaign(100, 3)], 4, 4))
  expect(marks).toEqual([])
  expect(detector.list().length).toBeGreaterThan(0)
  expect(detector.list().every(({ level }) => level === 0)).toBe(true)
  expect(detector.status()).toMatchObject({ acting: false, minReference: 5_000 })
  expect(detector.status().missing).toHaveLength(1)
})

it('lets a campaign that has gone away end, and its marks with it', () => {
  const { detector, watch, levels, everMarked } = aDetector()
  const all = observationsOf([...PROVEN, ...USERS], 30, 4).filter((_, i) => i % 5 === 0)
  const pool = observationsOf(naiveCampaign(60, 3), 5, 6)
  watch([...all, ...pool].toSorted((a, b) => a.atMs - b.atMs))
  expect(everMarked('pool').length).toBeGreaterThan(50)
  expect([...levels().values()].every((level) => level === 0)).toBe(true)
  expect(detector.list().some(({ state }) => state === 'acting')).toBe(false)
  expect(detector.marks()).toEqual([])
})

it('takes nothing from an observation without a time or an entity, nor a clock that runs far ahead', () => {
  const { detector, watch } = aDetector()
  const [first, second] = observationsOf(PROVEN.slice(0, 5), 2, 1)
  if (first === undefined || second === undefined) throw new Error('too few')
  watch([
    { ...first, atMs: Number.NaN },
    { ...first, id: 'x', entity: '' },
    first,
    { ...second, atMs: first.atMs + 400 * A_DAY_MS },
  ])
  expect(detector.status().lastObservedMs).toBe(first.atMs)
})

it('groups entities that hand conversations over, whatever else they look like', () => {
  const { detector, watch } = aDetector()
  watch(observationsOf([...PROVEN, ...USERS], 2, 4))
  const atMs = detector.status().lastObservedMs ?? 0
  const pool = 30
  for (let talk = 0; talk < 120; talk++) {
    for (const [turn, entity] of [talk % pool, (talk + 1 + (talk % 2)) % pool].entries()) {
      const before = turn === 0 ? undefined : 10_000 + talk
      const after = turn === 0 ? 10_000 + talk : 20_000 + talk
      const traits = someTraits({ before, after, root: turn === 0 })
      watch([
        anObservation({ atMs: atMs + talk * 1_000 + turn, entity: `mover-${entity}`, traits }),
      ])
    }
  }
  detector.tick(atMs + A_DAY_MS)
  const tied = detector.list().flatMap(({ id }) => detector.show(id)?.edges.handedOver ?? 0)
  expect(Math.max(...tied)).toBeGreaterThan(60)
})
