import { expect, test } from 'vitest'
import { AXES, type Axis } from '../../../src/core/campaign.ts'
import { judge, scoreOf } from '../../../src/campaigns/judge/judge.ts'
import type { Group } from '../../../src/campaigns/judge/group.ts'
import { referenceOf } from '../../../src/campaigns/judge/reference.ts'
import { aHydraConduct, type HydraKnobs } from '../../support/a-campaign-group.ts'
import {
  aConduct,
  aGroup,
  anHonestConduct,
  NO_ROOTS,
  someDays,
  unit,
} from '../../support/a-conduct.ts'
import { createSeededRandom } from '../../support/seeded-random.ts'

const random = createSeededRandom(7)
const reference = referenceOf(Array.from({ length: 1_000 }, () => anHonestConduct(random)))
const hydra = (members: number, knobs: HydraKnobs = {}, over: Partial<Group> = {}): Group =>
  aGroup(
    Array.from({ length: members }, () => aHydraConduct(random, knobs)),
    over,
  )
const honest = (
  members: number,
  over: (n: number) => Partial<Group['conduct'][number]> = () => ({}),
) => aGroup(Array.from({ length: members }, (_, n) => ({ ...anHonestConduct(random), ...over(n) })))
const positive = (group: Group): readonly Axis[] =>
  judge(group, reference).flatMap(({ axis, positive: is }) => (is ? [axis] : []))

test('always tells all seven axes in their order', () => {
  for (const group of [hydra(100), honest(100), aGroup([]), aGroup([aConduct()])]) {
    expect(judge(group, reference).map(({ axis }) => axis)).toEqual(AXES)
  }
})

test.each([25, 50, 150, 2_500])('a naive hydra of %d is positive on most axes', (members) => {
  const judged = judge(hydra(members), reference)
  expect(judged.filter((row) => row.positive).map(({ axis }) => axis)).toEqual([
    'uniformity',
    'routing',
    'value',
    'supply',
  ])
  expect(scoreOf(judged)).toBe(24)
})

test('negative axes add nothing and positive ones at most 6', () => {
  for (const { positive: is, adds } of judge(hydra(60), reference)) {
    expect(is ? adds > 0 && adds <= 6 : adds === 0).toBe(true)
  }
})

test('a group of whom nothing is known is positive on nothing', () => {
  expect(positive(aGroup(Array.from({ length: 500 }, () => aConduct())))).toEqual([])
})

test('an even quota shows after one whole day where the group is large, after three where it is small', () => {
  expect(positive(hydra(60, { days: 2 }))).toContain('uniformity')
  expect(positive(hydra(30, { days: 2 }))).not.toContain('uniformity')
  expect(positive(hydra(30, { days: 4 }))).toContain('uniformity')
})

test('an even quota shows through one honest member in seven', () => {
  const members = [...hydra(120).conduct, ...honest(20).conduct]
  expect(positive(aGroup(members))).toContain('uniformity')
})

test('uneven quotas or uneven days hide the quota', () => {
  expect(positive(hydra(300, { logSd: 1 }))).not.toContain('uniformity')
  expect(positive(hydra(300, { dayNoise: 0.8 }))).not.toContain('uniformity')
  // What failed is named: the figure beside the threshold is only that of the spread.
  const measured = (group: Group): string | undefined =>
    judge(group, reference).find(({ axis }) => axis === 'uniformity')?.measured
  expect(measured(hydra(300, { dayNoise: 0.8 }))).toMatch(
    /; no, since days of one member differ by 35 % or more$/,
  )
  expect(measured(hydra(300, { logSd: 1 }))).toMatch(/; no, since they differ by more than 0\.\d\d/)
  expect(measured(hydra(300))).not.toContain('no, since')
})

test('the launch of one product is uniform in nothing', () => {
  const launch = Array.from({ length: 5_000 }, () => ({
    ...anHonestConduct(random, { median: 15, logSd: 1.2, days: 5 }),
    template: 700,
    client: 12,
    createdAtMs: (700 + random(7)) * 86_400_000,
  }))
  expect(positive(aGroup(launch))).toEqual([])
})

test('a class is fairly uniform, signs up together, shares two tasks, and is positive on nothing', () => {
  const group = aGroup(
    Array.from({ length: 180 }, () => ({
      ...anHonestConduct(random),
      ...someDays(random, { median: 12, logSd: 0.6, dayNoise: 0.8, active: 0.7, days: 6 }),
      createdAtMs: 700 * 86_400_000,
      instrumentEntities: 0,
      funding: undefined,
      prepaid: undefined,
    })),
    { edges: { handedOver: 1, repeatedTasks: 900, distinctTasks: 2 } },
  )
  expect(positive(group)).toEqual([])
})

test('free users at a cap are not uniform: their capped days say nothing', () => {
  const capped = Array.from({ length: 400 }, () => {
    const conduct = anHonestConduct(random, { median: 60, active: 0.9 })
    return {
      ...conduct,
      dayCalls: conduct.dayCalls.map((calls) =>
        calls === undefined || calls >= 50 ? undefined : calls,
      ),
    }
  })
  expect(positive(aGroup(capped))).toEqual([])
})

test('the quiet ones of a group that is mostly capped do not speak for it', () => {
  const steady = (n: number) => Array.from({ length: 10 }, (_, day) => 20 + ((n + day) % 4))
  const conduct = Array.from({ length: 400 }, (_, n) =>
    aConduct(n < 60 ? { dayCalls: [...steady(n), undefined], weekCalls: 150 } : { weekCalls: 900 }),
  )
  expect(positive(aGroup(conduct))).toEqual([])
  expect(positive(aGroup(conduct.slice(0, 60)))).toEqual(['uniformity'])
})

test('accounts that were tried once and left are not uniform', () => {
  const tried = Array.from({ length: 500 }, () =>
    aConduct({
      ...someDays(random, { median: 1, logSd: 0.2, dayNoise: 0.1, active: 0.15, days: 8 }),
    }),
  )
  expect(positive(aGroup(tried))).toEqual([])
  const daily = (days: number) =>
    Array.from({ length: 500 }, () =>
      aConduct({ dayCalls: [...Array.from({ length: days }, () => 1), undefined], weekCalls: 7 }),
    )
  expect(positive(aGroup(daily(1)))).toEqual([])
  expect(positive(aGroup(daily(10)))).toEqual([])
})

test('mobile callers, travellers and VPN users are one axis at most, and only where they are a third', () => {
  const roaming = (share: number): Group =>
    honest(200, () =>
      unit(random) < share ? { networksPer10Calls: 8, countriesPerDay: 3, weekCalls: 40 } : {},
    )
  expect(positive(roaming(0.15))).toEqual([])
  expect(positive(roaming(0.6))).toEqual(['routing'])
})

test('few calls from few networks do not rotate', () => {
  expect(positive(honest(200, () => ({ weekCalls: 3, networksPer10Calls: 10 })))).toEqual([])
})

test('a relay shows by bodies that contradict its headers, or by many machines behind each account', () => {
  expect(positive(hydra(60, { relayed: true }))).toContain('client')
  const machines = honest(60, () => ({ comparable: 0, contradictions: 0, environmentsPerWeek: 9 }))
  expect(positive(machines)).toContain('client')
})

test('a family on three machines is no relay', () => {
  expect(positive(honest(300, () => ({ environmentsPerWeek: 3 })))).toEqual([])
})

test('a mix of agents and code is no value, nor is a new product with a mix of its own', () => {
  const agents = honest(400, () => ({ rootsByCapability: { ...NO_ROOTS, agent: 10, code: 10 } }))
  expect(positive(agents)).toEqual([])
  const product = honest(400, () => ({ rootsByCapability: { ...NO_ROOTS, chat: 11, data: 4 } }))
  expect(positive(product)).toEqual([])
  const forData = honest(400, (n) => ({
    rootsByCapability: { ...NO_ROOTS, chat: n % 2 === 0 ? 7 : 10, data: n % 2 === 0 ? 8 : 5 },
  }))
  expect(positive(forData)).toEqual([])
})

test('the same prompt used for training data counts against its own users', () => {
  const users = Array.from({ length: 200 }, () => ({
    ...anHonestConduct(random),
    template: 77,
    rootsByCapability: { ...NO_ROOTS, agent: 20, reasoning: random(2) },
  }))
  const known = referenceOf([
    ...users,
    ...Array.from({ length: 800 }, () => anHonestConduct(random)),
  ])
  const group = honest(60, () => ({
    template: 77,
    rootsByCapability: { ...NO_ROOTS, agent: 9, reasoning: 11 },
  }))
  const value = (of: Group) => judge(of, known).find(({ axis }) => axis === 'value')?.positive
  expect(value(group)).toBe(true)
  // A product that is for reasoning, on the other hand, is what its users want.
  const forReasoning = referenceOf(
    [...Array(200)].map(() => ({
      ...anHonestConduct(random),
      template: 77,
      rootsByCapability: { ...NO_ROOTS, reasoning: 15 },
    })),
  )
  const same = honest(60, () => ({
    template: 77,
    rootsByCapability: { ...NO_ROOTS, reasoning: 15 },
  }))
  expect(judge(same, forReasoning).find(({ axis }) => axis === 'value')?.positive).toBe(false)
})

test('the best of several answers is value whatever the mix', () => {
  const edges = { handedOver: 0, repeatedTasks: 1_000, distinctTasks: 400 }
  expect(positive({ ...honest(100), edges })).toEqual(['value'])
  expect(positive({ ...honest(4_000), edges })).toEqual([])
})

test('a few exercises that a whole class works on are no value', () => {
  const edges = { handedOver: 0, repeatedTasks: 11_000, distinctTasks: 40 }
  expect(positive({ ...honest(100), edges })).toEqual([])
})

test('what linked a group does not count again', () => {
  const cell = hydra(100, {}, { linkedBy: new Set(['cell']) })
  expect(positive(cell)).not.toContain('uniformity')
  const onlyEdges = new Set(['edges'] as const)
  const edges = { handedOver: 0, repeatedTasks: 100, distinctTasks: 60 }
  expect(positive({ ...honest(100), edges, linkedBy: onlyEdges })).toEqual([])
  const both = { ...edges, handedOver: 60 }
  expect(positive({ ...honest(100), edges: both, linkedBy: onlyEdges })).toEqual(['handover'])
  const paid = hydra(100, { perCard: 1 }, { linkedBy: new Set(['funding', 'week']) })
  const supply = (group: Group) =>
    judge(group, reference).find(({ axis }) => axis === 'supply')?.measured
  expect(supply(paid)).not.toMatch(/prepaid|funding|one week/)
})

test('hand-overs beyond what people with two accounts do', () => {
  const of = (handedOver: number): Group => ({
    ...hydra(100, { rotates: false, training: 0, perCard: 1 }),
    edges: { handedOver, repeatedTasks: 0, distinctTasks: 0 },
  })
  expect(positive(of(3))).not.toContain('handover')
  expect(positive(of(20))).toContain('handover')
  expect(
    positive({ ...honest(2_000), edges: { handedOver: 30, repeatedTasks: 0, distinctTasks: 0 } }),
  ).toEqual([])
})

test('a few friends in a large group that calls little do not speak for it', () => {
  const quiet = honest(2_000, () => ({ dayCalls: [], weekCalls: 5 }))
  expect(
    positive({ ...quiet, edges: { handedOver: 30, repeatedTasks: 0, distinctTasks: 0 } }),
  ).toEqual([])
  const sample = { ...quiet, conduct: quiet.conduct.slice(0, 1_000), members: 2_000 }
  expect(
    positive({ ...sample, edges: { handedOver: 30, repeatedTasks: 0, distinctTasks: 0 } }),
  ).toEqual([])
  expect(
    positive({ ...quiet, edges: { handedOver: 80, repeatedTasks: 0, distinctTasks: 0 } }),
  ).toEqual(['handover'])
})

test('members that take the place of others are a hand-over', () => {
  const group = honest(100)
  expect(positive({ ...group, regrowth: { joined: 30, expected: 3 } })).toEqual(['handover'])
  expect(positive({ ...group, regrowth: { joined: 30, expected: 25 } })).toEqual([])
  expect(positive({ ...group, regrowth: { joined: 3, expected: 0.1 } })).toEqual([])
})

test('a switch to the new model counts where everybody else takes their time', () => {
  const of = (moved: number, othersMoved: number) => ({
    ...honest(60),
    pivot: { model: 'm2', entities: 50, moved, othersEntities: 5_000, othersMoved },
  })
  expect(positive(of(0.6, 0.05))).toEqual(['pivot'])
  expect(positive(of(0.6, 0.5))).toEqual([])
  expect(positive(of(0.35, 0.01))).toEqual([])
})

test('signing up together is no supply, nor is one form of address that many have', () => {
  const together = { createdAtMs: 700 * 86_400_000 }
  expect(positive(honest(500, () => together))).toEqual([])
  expect(positive(honest(5_000, (n) => ({ ...together, prepaid: n % 5 === 0 })))).toEqual([])
})

test('shared cards, prepaid cards of few issuers, or one generator of addresses are supply', () => {
  expect(positive(honest(100, () => ({ instrumentEntities: 8 })))).toEqual(['supply'])
  expect(positive(honest(100, () => ({ prepaid: true, funding: 5_000 })))).toEqual(['supply'])
  expect(positive(honest(100, () => ({ emailPattern: 9_999 })))).toEqual(['supply'])
})

test('shares of a few members are no supply however large the group is', () => {
  expect(positive(honest(5_000, (n) => (n < 500 ? { instrumentEntities: 8 } : {})))).toEqual([])
})
