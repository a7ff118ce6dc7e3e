import type { Clearance } from '../core/challenge.ts'
import { mostBeside, SubjectFull } from '../core/subject-full.ts'
import type { ClearanceTable } from './clearance-table.ts'

/**
 * Decides a claim by a table of this process, in one go: `write` is called for the one that is claimed,
 * and what it throws is thrown. Throws {@link SubjectFull} where the subject has too many.
 */
export const decideHere = (claim: {
  readonly table: ClearanceTable
  readonly clearance: Clearance
  readonly answerableUntilMs: number
  readonly nowMs: number
  readonly write: (clearance: Clearance) => void
}): 'claimed' | 'spent' | 'expired' => {
  const { table, clearance, answerableUntilMs, nowMs, write } = claim
  // What is no time at all is over too.
  if (!(nowMs <= answerableUntilMs) || !(clearance.expiresMs > nowMs)) return 'expired'
  if (table.get(clearance.id, nowMs) !== undefined) return 'spent'
  if (table.of(clearance.subject, nowMs).length >= mostBeside(clearance.kind)) {
    throw new SubjectFull()
  }
  write(clearance)
  return 'claimed'
}
