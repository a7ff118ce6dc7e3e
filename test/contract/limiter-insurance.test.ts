import { createFleetLimiter } from '../../src/limits/fleet/limiter.ts'
import { createRedisStore } from '../../src/store/redis-store.ts'
import { createFakeClock } from '../support/clock.ts'
import { addressOf, freePort } from '../support/redis-server.ts'
import { limiterContract } from './limiter.ts'

const HASH_KEY = { k0: 7, k1: -9 }
const nobody = await freePort()

// A fleet of one has the whole quota for its share, so that the same figures hold.
limiterContract("the insurance of a fleet's limiter whose Redis was never there", () => {
  const clock = createFakeClock()
  return {
    alone: true,
    create: async () => {
      const store = createRedisStore({
        address: addressOf(nobody),
        prefix: 'test',
        namespace: 'insurance',
        replicaId: 'a',
      })
      const limiter = createFleetLimiter({
        ledgers: store.ledgers,
        presence: store.presence,
        replicaId: 'a',
        hashKey: HASH_KEY,
        clock,
        maxKeys: 1_000,
        maxRunningKeys: 1_000,
      })
      await limiter.ready()
      return {
        ...limiter,
        close: async () => {
          await limiter.close()
          await store.close()
        },
      }
    },
    now: () => clock.now(),
    advance: (ms) => clock.advance(ms),
  }
})
