import { LedgerFailure } from '../../core/ledger.ts'
import type { CompactCounters } from '../compact-counters.ts'
import { isSharedPlace } from '../place.ts'
import type { FleetCharge } from './charge.ts'
import type { FleetGroup } from './flight.ts'

const gone = (): LedgerFailure =>
  new LedgerFailure('unreachable', 'the shared counters cannot be asked')

/**
 * Takes back what was used of these counters, in their ledger and in this process. What is charged between
 * the look and the correction stays charged. Running calls stay counted, and so does a counter that several
 * keys share for want of room. Rejects with {@link LedgerFailure} where the ledger is not trusted.
 */
export const forgetGroup = async (
  { link, charges }: FleetGroup,
  counters: Pick<CompactCounters, 'forget'>,
): Promise<void> => {
  const own = charges.filter(
    (charge: FleetCharge) => !charge.concurrent && !isSharedPlace(charge.family.salt, charge),
  )
  if (own.length === 0) return
  if (!link.trusted()) throw gone()
  const taken = await link.read(own)
  if (taken === undefined) throw gone()
  for (const [at, charge] of own.entries()) {
    const { hi, lo, window } = charge
    const { used, previous, expiresMs } = taken.readings[at] ?? {
      used: 0,
      previous: 0,
      expiresMs: 0,
    }
    const correction = { hi, lo, concurrent: false, window }
    if (used > 0) link.correct({ ...correction, expiresMs, delta: -used })
    if (previous > 0) {
      link.correct({ ...correction, expiresMs: expiresMs - window.lengthMs, delta: -previous })
    }
    counters.forget(charge)
  }
}
