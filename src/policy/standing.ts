import { FACT_SLOT, type FactValue, type Unknown } from '../core/facts.ts'
import { added, draftDecision, reasonOf, type DraftDecision } from './draft-decision.ts'
import type { Policy } from './policy.ts'

const TIER = FACT_SLOT['trust.tier']
const FACTOR = FACT_SLOT['trust.factor']
const SCORE = FACT_SLOT['risk.score']
const REASONS = FACT_SLOT['risk.reasons']

/** Tier of every call where no document has tiers; its factor is 1. */
export const DEFAULT_TIER = 'default'

/**
 * Finds tier and risk score, writes them into the sheet as the facts `trust.*` and `risk.*`, and begins
 * the decision with them. An unknown fact matches neither a tier nor a weight.
 */
export const standing = (policy: Policy, sheet: (FactValue | Unknown)[]): DraftDecision => {
  const decision = draftDecision(policy.revision, DEFAULT_TIER, 1)
  for (const tier of policy.tiers) {
    const matched = tier.condition.run(sheet)
    if (matched === true) {
      decision.tier = tier.id
      decision.factor = tier.factor
      break
    }
    if (matched !== false) {
      decision.reasons = added(decision.reasons, reasonOf(`tiers.${tier.id}`, matched, sheet))
    }
  }
  sheet[TIER] = decision.tier
  sheet[FACTOR] = decision.factor
  for (const weight of policy.weights) {
    const matched = weight.condition.run(sheet)
    if (matched === true) {
      decision.score += weight.weight
      decision.scoreReasons = added(decision.scoreReasons, weight.id)
    } else if (matched !== false) {
      decision.reasons = added(decision.reasons, reasonOf(`weights.${weight.id}`, matched, sheet))
    }
  }
  sheet[SCORE] = decision.score
  sheet[REASONS] = decision.scoreReasons
  return decision
}
