import type { Decision } from '../core/decision.ts'
import type { Facts } from '../core/facts.ts'
import { strictest } from '../core/reshape.ts'
import { termsFor } from './challenge-terms.ts'
import { passedBy } from './cleared.ts'
import { demandsFor } from './demands.ts'
import { added, reasonOf, type DraftDecision } from './draft-decision.ts'
import { overruled } from './overruled.ts'
import type { Policy, Rule } from './policy.ts'
import { inRollout } from './rollout.ts'
import type { Sheet } from './sheet.ts'
import { standing } from './standing.ts'

/** Applies a rule that matched. True where it decided, so that no later rule is looked at. */
const applied = (rule: Rule, sheet: Sheet, decision: DraftDecision): boolean => {
  const { challenge } = rule
  if (challenge !== undefined && passedBy(challenge.terms, sheet) !== undefined) {
    decision.cleared = added(decision.cleared, rule.id)
    return false
  }
  if (rule.mode !== 'enforce' || !inRollout(rule.id, rule.rollout, sheet)) {
    decision.shadow = added(decision.shadow, {
      rule: rule.id,
      verdict: rule.action,
      because: rule.mode === 'enforce' ? 'rollout' : 'shadow',
    })
    return false
  }
  if (rule.action === 'tag') {
    decision.tags = added(decision.tags, rule.id)
    return false
  }
  if (rule.action === 'reshape') {
    if (rule.reshape !== undefined) decision.reshape = strictest(decision.reshape, rule.reshape)
    decision.reshapedBy = added(decision.reshapedBy, rule.id)
    return false
  }
  decision.verdict = rule.action
  decision.rule = rule.id
  decision.why = rule.why
  decision.retryAfterS = rule.retryAfterS
  if (challenge !== undefined) {
    decision.challenge = termsFor(challenge, rule.id, sheet, (reason) => {
      decision.reasons = added(decision.reasons, reason)
    })
  }
  return true
}

const NO_RULES: readonly Rule[] = []

/**
 * The verdict of a policy over the facts of one call, before any counter is asked. Pure but for one thing:
 * it writes `trust.tier`, `trust.factor`, `risk.score` and `risk.reasons` into the sheet it is given, so
 * that its own conditions and the record of the call see them. Never throws, never waits.
 *
 * An operator's override of the caller decides before all rules; what it lets through meets the limits
 * like any other call. Rules are looked at in order until an enforced one allows, denies, challenges or
 * throttles (a tag or a reshape decides nothing, nor does a challenge that the caller has passed); what
 * stands behind it is not evaluated, not even in shadow. Limits apply only to a call the rules let through.
 */
export const decide = (policy: Policy, facts: Facts): Decision => {
  const sheet = facts.values
  const decision = standing(policy, sheet)
  const rules = overruled(sheet, decision) ? NO_RULES : policy.rules
  for (const rule of rules) {
    if (rule.mode === 'off') continue
    const matched = rule.condition.run(sheet)
    if (matched === false) continue
    if (matched !== true) {
      decision.reasons = added(decision.reasons, reasonOf(`rules.${rule.id}`, matched, sheet))
      if (!rule.unknownMatches) continue
    }
    if (applied(rule, sheet, decision)) break
  }
  if (decision.verdict === 'allow') decision.demands = demandsFor(policy, sheet, decision)
  return decision
}
