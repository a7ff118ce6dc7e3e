import type { SharedLedger } from '../../src/core/ledger.ts'
import type { Clock } from '../../src/core/seams.ts'
import { createCompactCounters, type CompactCounters } from '../../src/limits/compact-counters.ts'
import { createCountersLedger } from '../../src/limits/fleet/counters-ledger.ts'
import { createFingerprints, type HashKey } from '../../src/limits/fingerprint.ts'

/** A real ledger in this process that can lose everything, as a server does that is started anew. */
export const createWipedLedger = (options: {
  readonly clock: Clock
  readonly hashKey: HashKey
  readonly leaseMs?: number
}) => {
  const { clock, hashKey, leaseMs = 6_000 } = options
  const begin = () => {
    const counters: CompactCounters = createCompactCounters({
      fingerprints: createFingerprints(hashKey),
      maxKeys: 20_000,
    })
    return {
      counters,
      ledger: createCountersLedger({ counters, clock, leaseMs, maxRunningKeys: 1_000 }),
    }
  }
  let now = begin()
  let begunMs = Number.NEGATIVE_INFINITY
  return {
    counters: () => now.counters,
    wipe: () => {
      now = begin()
      begunMs = clock.now()
    },
    /** The process has crashed, and the ledger knows. */
    forget: (processId: string) => now.ledger.forget(processId),
    of: (processId: string): SharedLedger => {
      const asked = () => now.ledger.of(processId)
      return {
        open: async () => ({ ...(await asked().open()), ageMs: clock.now() - begunMs }),
        take: (claims) => asked().take(claims),
        read: (claims) => asked().read(claims),
        correct: (corrections) => asked().correct(corrections),
        hold: (holdings) => asked().hold(holdings),
        bring: (counters) => asked().bring(counters),
      }
    },
  }
}
