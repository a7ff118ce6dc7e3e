import { createCompactCounters } from '../../src/limits/compact-counters.ts'
import { createCountersLedger } from '../../src/limits/fleet/counters-ledger.ts'
import { createFingerprints } from '../../src/limits/fingerprint.ts'
import { createFleetLimiter } from '../../src/limits/fleet/limiter.ts'
import { createFakeClock } from '../support/clock.ts'
import { limiterContract } from './limiter.ts'

const HASH_KEY = { k0: 7, k1: -9 }

for (const ledgers of [1, 4]) {
  limiterContract(`a fleet's limiter over ${ledgers} ledgers`, () => {
    const clock = createFakeClock()
    const fingerprints = createFingerprints(HASH_KEY)
    return {
      create: async () => {
        const limiter = createFleetLimiter({
          ledgers: Array.from({ length: ledgers }, () =>
            createCountersLedger({
              counters: createCompactCounters({ fingerprints, maxKeys: 1_000 }),
              clock,
              // The suite moves time by months, in which nobody tells that a call still runs.
              leaseMs: Infinity,
              maxRunningKeys: 1_000,
            }).of('a'),
          ),
          presence: { beat: async () => [{ id: 'a', note: '' }] },
          replicaId: 'a',
          hashKey: HASH_KEY,
          clock,
          maxKeys: 1_000,
          maxRunningKeys: 1_000,
        })
        await limiter.ready()
        return limiter
      },
      now: () => clock.now(),
      advance: (ms) => clock.advance(ms),
    }
  })
}
