import type { SharedLedger } from '../../src/core/ledger.ts'
import type { Clock } from '../../src/core/seams.ts'
import { createFleetLimiter, type FleetLimiter } from '../../src/limits/fleet/limiter.ts'
import { FLEET_TIMINGS } from '../../src/limits/fleet/timings.ts'
import { createRedisStore, type RedisStore } from '../../src/store/redis-store.ts'
import type { SteeredRedis } from './steered-redis.ts'
import { until } from './wait.ts'

/** A fleet on a steered Redis, whose counters nobody used before. */
export type SteeredFleet = {
  /** One more process, connected and trusting its ledgers; `clock` is its own, right unless told. */
  join(replicaId: string, clock?: Clock): Promise<FleetLimiter>
  /** Moves the time of Redis, after what is under way, and lets every process find out. */
  advance(ms: number): Promise<void>
}

const START_MS = Date.UTC(2026, 3, 22)
const DAY_MS = 86_400_000
const YEAR_MS = 365 * DAY_MS
const HASH_KEY = { k0: 7, k1: -9 }
let fleets = 0

/** Asked twice: a request right after a jump of time comes too late, and its answer tells the time. */
const askTime = (ledger: SharedLedger): Promise<unknown> =>
  ledger.read([]).catch(() => ledger.read([]))

/**
 * Begins at the same time of the same day, so that a schedule meets the same windows each time. No
 * process finds out by the clock alone, as it does on a server whose time runs: in the product, a jump
 * by more than a command may take costs the first request after it.
 */
export const createSteeredFleet = ({ address, clock }: SteeredRedis): SteeredFleet => {
  const namespace = `fleet-${++fleets}`
  const stores = new Set<RedisStore>()
  clock.steer(START_MS - FLEET_TIMINGS.retellMs)

  /** What was asked before is answered before: requests of one process arrive in their order. */
  const settle = async (): Promise<void> => {
    await new Promise(setImmediate)
    await Promise.all([...stores].flatMap(({ ledgers }) => ledgers.map(askTime)))
  }

  return {
    join: async (replicaId, own = clock) => {
      const store = createRedisStore({
        address,
        prefix: 'test',
        namespace,
        replicaId,
        // Time moves by months, in which nobody tells that a call still runs or a process lives.
        leaseMs: YEAR_MS,
        lifeMs: YEAR_MS,
      })
      await until('open ledgers', () =>
        Promise.all(store.ledgers.map((ledger) => ledger.open())).then(
          () => true,
          () => false,
        ),
      )
      stores.add(store)
      // The memory has existed for long enough then.
      clock.steer(Math.max(clock.now(), START_MS))
      const limiter = createFleetLimiter({
        ledgers: store.ledgers,
        presence: store.presence,
        replicaId,
        hashKey: HASH_KEY,
        clock: own,
        maxKeys: 1_000,
        maxRunningKeys: 1_000,
        // What is asked by the way may not fall into the moment in which time is moved.
        timings: { holdEveryMs: DAY_MS, probeEveryMs: DAY_MS },
        // Says of a machine that stood still for too long why a test failed.
        onProblem: (problem) => console.warn(replicaId, problem),
      })
      await limiter.ready()
      return {
        ...limiter,
        close: async () => {
          await limiter.close()
          stores.delete(store)
          await store.close()
        },
      }
    },
    advance: async (ms) => {
      await settle()
      clock.steer(clock.now() + ms)
      await settle()
    },
  }
}
