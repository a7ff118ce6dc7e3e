import type { Claim, Taken } from '../../core/ledger.ts'
import { usedAt } from '../window.ts'

/** A sliding share is a fraction, which two machines may round differently. */
const ROUNDING = 1

/**
 * What is impossible about an answer, for the log: one that does not belong to the claims, or says yes
 * or no against its own figures. `undefined` where nothing is. It is the last check before an answer is
 * believed, whatever a ledger is made of.
 */
export const contradicts = (claims: readonly Claim[], taken: Taken): string | undefined => {
  const { nowMs, admitted, readings } = taken
  if (!(nowMs > 0) || nowMs === Infinity) return 'an answer without a time'
  if (readings.length !== claims.length) return 'an answer to something else'
  let refuses = false
  for (const [at, { concurrent, window, amount, quota, enforced }] of claims.entries()) {
    const reading = readings[at]
    if (reading === undefined) return 'an answer to something else'
    const { used, previous, expiresMs } = reading
    if (!(used >= 0) || !(previous >= 0) || !(expiresMs >= 0)) return 'a reading that is none'
    if (!enforced) continue
    const now = concurrent ? used : usedAt(window, used, previous, expiresMs, nowMs)
    if (admitted && now > quota - amount + ROUNDING) return 'a yes against its own figures'
    if (!(quota > 0) || now > quota - amount - ROUNDING) refuses = true
  }
  if (!admitted && !refuses) return 'a no against its own figures'
  return undefined
}
