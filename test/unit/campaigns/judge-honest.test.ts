import { expect, test } from 'vitest'
import { AXES, type Axis } from '../../../src/core/campaign.ts'
import { judge } from '../../../src/campaigns/judge.ts'
import { referenceOf } from '../../../src/campaigns/reference.ts'
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
