import type { Clearance } from '../core/challenge.ts'
import { clearanceRow, parseClearanceRow } from '../core/clearance-row.ts'
import { createRecent } from '../core/recent.ts'
import type { Clock } from '../core/seams.ts'
import type { Carried } from './carried-clearance.ts'
import type { Seals } from './seal.ts'

/** Seals clearances for callers to carry, and opens what they bring. */
export interface SealedClearances extends Carried {
  seal(clearance: Clearance): string
}

/** Some 8 MB. A clearance is carried by each call, and opened once. */
const REMEMBERED = 5_000

/**
 * Clearances as sealed tokens. Only a granted one that has not run out is opened. Whether it still counts
 * is for others to say: a token knows nothing of what was revoked after it was made.
 */
export const createCarried = (options: {
  readonly seals: Seals
  readonly clock: Clock
}): SealedClearances => {
  const { clock } = options
  const seal = options.seals.of('clearance')
  const recent = createRecent<string, Clearance>(REMEMBERED)
  const read = (token: string): Clearance | undefined => {
    const known = recent.get(token)
    if (known !== undefined) return known
    const text = seal.open(token)
    const clearance = text === undefined ? undefined : parseClearanceRow(text)
    // What does not open is not remembered: junk would drive out what is good.
    if (clearance !== undefined) recent.set(token, clearance)
    return clearance
  }
  return {
    seal: (clearance) => seal.seal(clearanceRow(clearance)),
    open: (token) => {
      const clearance = read(token)
      if (clearance === undefined || clearance.state !== 'granted') return undefined
      return clearance.expiresMs > clock.now() ? clearance : undefined
    },
  }
}
