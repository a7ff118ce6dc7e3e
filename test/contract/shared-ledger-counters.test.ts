import { createFakeClock } from '../support/clock.ts'
import { createWipedLedger } from '../support/wiped-ledger.ts'
import { sharedLedgerSuite } from './shared-ledger.ts'

const LEASE_MS = 6_000

sharedLedgerSuite('counters of a process', async () => {
  // The suite brings counters by the time of the day.
  const clock = createFakeClock(Date.now())
  const place = createWipedLedger({ clock, hashKey: { k0: 1, k1: 2 }, leaseMs: LEASE_MS })
  return {
    leaseMs: LEASE_MS,
    as: async (name) => {
      const ledger = place.of(name)
      await ledger.open()
      return ledger
    },
    pass: async (ms) => clock.advance(ms),
    forget: async () => place.wipe(),
    close: async () => undefined,
  }
})
