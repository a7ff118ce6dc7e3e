import { FACT_SLOT, Unknown } from '../core/facts.ts'
import { overrideRule } from '../core/override.ts'
import { added, reasonOf, type DraftDecision } from './draft-decision.ts'
import { missingAt, type Sheet } from './sheet.ts'

const VERDICT = FACT_SLOT['override.verdict']
const ID = FACT_SLOT['override.id']

const WHY = {
  allow: 'an operator lets this caller pass',
  deny: 'an operator refuses this caller',
} as const

/**
 * Decides by the override that meets a call. True where there is one, so that no rule is looked at. Whether
 * there is one may be unknown for the moment: that is a reason, and the rules decide.
 */
export const overruled = (sheet: Sheet, decision: DraftDecision): boolean => {
  const verdict = sheet[VERDICT]
  if (verdict === 'none') return false
  if (verdict !== 'allow' && verdict !== 'deny') {
    if (verdict instanceof Unknown && (verdict.why === 'late' || verdict.why === 'failed')) {
      const reason = reasonOf('overrides', missingAt(VERDICT), sheet)
      decision.reasons = added(decision.reasons, reason)
    }
    return false
  }
  const id = sheet[ID]
  decision.verdict = verdict
  decision.rule = overrideRule(typeof id === 'string' ? id : 'unnamed')
  decision.why = WHY[verdict]
  return true
}
