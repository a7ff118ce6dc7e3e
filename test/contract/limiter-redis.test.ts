import { afterAll, beforeAll, describe } from 'vitest'
import { createSteeredFleet } from '../support/steered-fleet.ts'
import {
  startSteeredCluster,
  startSteeredRedis,
  type SteeredRedis,
} from '../support/steered-redis.ts'
import { limiterContract } from './limiter.ts'

describe.each([
  { of: 'one Redis', start: startSteeredRedis },
  { of: 'a cluster of Redis', start: startSteeredCluster },
])("a fleet's limiter on $of", ({ start }) => {
  let redis: SteeredRedis
  beforeAll(async () => {
    redis = await start()
  })
  afterAll(() => redis.stop())

  limiterContract(
    'with a real server',
    () => {
      const fleet = createSteeredFleet(redis)
      return {
        create: () => fleet.join('a'),
        now: () => redis.clock.now(),
        advance: (ms) => fleet.advance(ms),
      }
    },
    { newSchedules: 20 },
  )
})
