import { expect, test } from 'vitest'
import { AXES, type Axis } from '../../../src/core/campaign.ts'
import { judge } from '../../../src/campaigns/judge/judge.ts'
import { referenceOf } from '../../../src/campaigns/judge/reference.ts'
import { aGroup, anHonestConduct, poisson, unit } from '../../support/a-conduct.ts'
import { createSeededRandom } from '../../support/seeded-random.ts'

const SEED = 20_260_422
const GROUPS = 10_500
const POPULATION = 12_000

test(`honest groups of 25 to 5,000 are positive less than once in 10,000 on every axis (seed ${SEED})`, () => {
  const random = createSeededRandom(SEED)
  const population = Array.from({ length: POPULATION }, () => anHonestConduct(random))
  const reference = referenceOf(population.slice(0, 1_000))
  const positives = new Map<Axis, number>(AXES.map((axis) => [axis, 0]))
  for (let n = 0; n < GROUPS; n++) {
    // Small groups are where chance is greatest; one in fifty is as large as they come.
    const most = n % 50 === 0 ? 200 : 8
    const size = Math.floor(25 * most ** unit(random))
    const conduct = Array.from({ length: size }, () => population[random(POPULATION)]).filter(
      (of) => of !== undefined,
    )
    const moved = Array.from({ length: size }, () => (unit(random) < 0.1 ? 1 : 0)).filter(
      Boolean,
    ).length
    const pivot = {
      model: 'new',
      entities: size,
      moved: moved / size,
      othersEntities: 5_000,
      othersMoved: 0.1,
    }
    const edges = {
      handedOver: poisson(random, size / 500),
      repeatedTasks: 2,
      distinctTasks: random(3),
    }
    for (const { axis, positive } of judge(aGroup(conduct, { pivot, edges }), reference)) {
      if (positive) positives.set(axis, (positives.get(axis) ?? 0) + 1)
    }
  }
  for (const axis of AXES)
    expect([axis, positives.get(axis)]).toEqual([axis, expect.toSatisfy((n) => n <= 1)])
})

// One product, one class, one kind of customer: medians and spreads of the kinds of honest callers, all of one
// age, so that days are few and everybody is alike in all but their wishes.
const KINDS = [
  { kind: 'coding agents', median: 40, logSd: 1, active: 0.6 },
  { kind: 'a class', median: 12, logSd: 0.6, active: 0.7 },
  { kind: 'small programs', median: 60, logSd: 2, active: 0.9 },
  { kind: 'chat', median: 6, logSd: 1.2, active: 0.5 },
] as const

test.each(KINDS)('young groups of $kind are never uniform', ({ median, logSd, active }) => {
  const random = createSeededRandom(SEED)
  const reference = referenceOf(Array.from({ length: 1_000 }, () => anHonestConduct(random)))
  let positives = 0
  for (const days of [2, 4, 8]) {
    const habits = { median, logSd, active, days }
    const population = Array.from({ length: 3_000 }, () => anHonestConduct(random, habits))
    for (let n = 0; n < 400; n++) {
      const size = Math.floor(25 * 20 ** unit(random))
      const conduct = Array.from({ length: size }, () => population[random(3_000)]).filter(
        (of) => of !== undefined,
      )
      const [uniformity] = judge(aGroup(conduct), reference)
      if (uniformity?.positive === true) positives++
    }
  }
  expect(positives).toBe(0)
})
