import { formatQuota } from '../core/amount-text.ts'
import type { Decision, Demand, Reason } from '../core/decision.ts'
import { FACT_SLOT, Facts, Unknown } from '../core/facts.ts'
import { isOverrideRule } from '../core/override.ts'
import { reshapeText } from '../core/reshape.ts'
import { explainChallenge, passedText, type ExplainedChallenge } from './explain-challenge.ts'
import { decide } from './decide.ts'
import { explainBroken, leavesOf, shownFacts, type Leaf, type ShownFact } from './leaves.ts'
import type { Action, Limit, Place, Policy, Rule, Tier, Weight } from './policy.ts'
import { inRollout } from './rollout.ts'
import type { Sheet } from './sheet.ts'

/** One entry of a policy as it met one call. */
type Explained = {
  readonly id: string
  readonly why: string | undefined
  readonly place: Place
  readonly when: string
  /** `undefined` where the condition could not be evaluated. */
  readonly matched: boolean | undefined
  readonly leaves: readonly Leaf[]
  /** What came of it, in words. */
  readonly effect: string
}

/** A tier as it met one call. */
type ExplainedTier = Explained & { readonly factor: number }

/** A weight as it met one call. */
type ExplainedWeight = Explained & { readonly weight: number }

/** A rule as it met one call. */
type ExplainedRule = Explained & {
  readonly action: Action
  /** What a challenge rule asks this caller for, and by what it has passed that. */
  readonly challenge?: ExplainedChallenge
  readonly mode: Rule['mode']
  readonly rollout: number
}

/** A limit as it met one call. */
export type ExplainedLimit = Explained & {
  readonly mode: Limit['mode']
  readonly rollout: number
  readonly per: readonly ShownFact[]
  readonly scale:
    | {
        readonly text: string
        readonly value: number | undefined
        readonly broken?: string
        readonly facts: readonly ShownFact[]
      }
    | undefined
  readonly demand: Demand | undefined
}

/** Everything that led to a decision; plain JSON. */
export type Explanation = {
  readonly revision: string
  readonly verdict: Decision['verdict']
  readonly rule: string | undefined
  readonly why: string | undefined
  readonly retryAfterS: number | undefined
  /** What a challenged caller has to pass. */
  readonly challenge: Decision['challenge']
  /** Rules whose challenge the caller has passed. */
  readonly cleared: readonly string[]
  readonly tags: readonly string[]
  /** What the request loses where it is forwarded, by which rules. */
  readonly reshape: Decision['reshape']
  readonly reshapedBy: readonly string[]
  readonly tier: string
  readonly factor: number
  readonly score: number
  readonly scoreReasons: readonly string[]
  readonly reasons: readonly Reason[]
  readonly tiers: readonly ExplainedTier[]
  readonly weights: readonly ExplainedWeight[]
  readonly rules: readonly ExplainedRule[]
  readonly limits: readonly ExplainedLimit[]
}

const explained = (
  entry: Tier | Weight | Rule | Limit,
  sheet: Sheet,
  effect: string,
): Explained => {
  const found = entry.condition.run(sheet)
  return {
    id: entry.id,
    why: entry.why,
    place: entry.place,
    when: entry.condition.text,
    matched: typeof found === 'boolean' ? found : undefined,
    leaves: leavesOf(entry.condition, sheet),
    effect,
  }
}

const ruleEffect = (rule: Rule, decision: Decision, reached: boolean, sheet: Sheet): string => {
  if (rule.id === decision.rule) return `decided: ${rule.action}`
  if (rule.mode === 'off') return 'switched off'
  if (!reached) return 'not reached'
  const found = rule.condition.run(sheet)
  if (found === false) return 'no match'
  const unknown = found === true ? '' : 'cannot be evaluated, '
  if (found !== true && !rule.unknownMatches) return `${unknown}so no match`
  if (rule.challenge !== undefined && decision.cleared.includes(rule.id)) {
    return `${unknown}matched, and passed: ${passedText(rule.challenge, sheet)}`
  }
  if (rule.mode === 'shadow') return `${unknown}matched in shadow`
  if (!inRollout(rule.id, rule.rollout, sheet)) return `${unknown}matched outside its rollout`
  if (rule.reshape === undefined) return `${unknown}tagged`
  return `${unknown}reshaped: ${reshapeText(rule.reshape)}`
}

const explainRules = (policy: Policy, decision: Decision, sheet: Sheet): ExplainedRule[] => {
  const isOverruled = isOverrideRule(decision.rule)
  const end = policy.rules.findIndex(({ id }) => id === decision.rule)
  const isReached = (at: number): boolean => !isOverruled && (end === -1 || at <= end)
  return policy.rules.map((rule, at) => ({
    ...explained(rule, sheet, ruleEffect(rule, decision, isReached(at), sheet)),
    action: rule.action,
    ...(rule.challenge && { challenge: explainChallenge(rule.challenge, rule.id, sheet) }),
    mode: rule.mode,
    rollout: rule.rollout,
  }))
}

const limitEffect = (limit: Limit, decision: Decision, demand: Demand | undefined): string => {
  if (limit.mode === 'off') return 'switched off'
  if (decision.verdict !== 'allow') return 'not charged: the policy refused the call'
  if (demand === undefined) return 'does not apply'
  const quota = formatQuota(demand.counted, demand.quota)
  return demand.enforced ? `applies: ${quota}` : `counted only: ${quota}`
}

const explainScale = (limit: Limit, sheet: Sheet): ExplainedLimit['scale'] => {
  if (limit.scale === undefined) return undefined
  const found = limit.scale.run(sheet)
  const scale = { text: limit.scale.text, facts: shownFacts(limit.scale.expression, sheet) }
  return typeof found === 'number'
    ? { ...scale, value: found }
    : { ...scale, value: undefined, broken: explainBroken(found, sheet) }
}

const explainLimits = (policy: Policy, decision: Decision, sheet: Sheet): ExplainedLimit[] =>
  policy.limits.map((limit) => {
    const demand = decision.demands.find((candidate) => candidate.limit === limit.id)
    return {
      ...explained(limit, sheet, limitEffect(limit, decision, demand)),
      mode: limit.mode,
      rollout: limit.rollout,
      per: limit.per.map((fact) => {
        const value = sheet[FACT_SLOT[fact]]
        return value === undefined || value instanceof Unknown
          ? { fact, value: undefined, unknown: value?.why ?? 'no_source' }
          : { fact, value }
      }),
      scale: explainScale(limit, sheet),
      demand,
    }
  })

/**
 * The decision of a policy over some facts with everything that led to it: each tier, weight, rule and
 * limit, every part of its condition with its value and the facts in it. The sheet given is not changed.
 */
export const explain = (policy: Policy, given: Facts): Explanation => {
  const facts = new Facts(given.values)
  const decision = decide(policy, facts)
  const sheet = facts.values
  const chosen = policy.tiers.findIndex(({ id }) => id === decision.tier)
  return {
    revision: decision.revision,
    verdict: decision.verdict,
    rule: decision.rule,
    why: decision.why,
    retryAfterS: decision.retryAfterS,
    challenge: decision.challenge,
    cleared: decision.cleared,
    tags: decision.tags,
    reshape: decision.reshape,
    reshapedBy: decision.reshapedBy,
    tier: decision.tier,
    factor: decision.factor,
    score: decision.score,
    scoreReasons: decision.scoreReasons,
    reasons: decision.reasons,
    tiers: policy.tiers.map((tier, at) => ({
      ...explained(
        tier,
        sheet,
        at === chosen ? 'this tier' : at < chosen ? 'no match' : 'not reached',
      ),
      factor: tier.factor,
    })),
    weights: policy.weights.map((weight) => ({
      ...explained(
        weight,
        sheet,
        decision.scoreReasons.includes(weight.id) ? `adds ${weight.weight}` : 'adds nothing',
      ),
      weight: weight.weight,
    })),
    rules: explainRules(policy, decision, sheet),
    limits: explainLimits(policy, decision, sheet),
  }
}
