import { formatQuota } from '../core/amount-text.ts'
import type { FactName } from '../core/facts.ts'
import type { Condition, Scale } from './condition.ts'
import { scaledQuota } from './demands.ts'
import type { Place, Policy } from './policy.ts'

/** An entry of a policy that can meet an unknown fact, and what it then does. */
export type Unguarded = {
  readonly in: 'tier' | 'weight' | 'rule' | 'difficulty' | 'limit' | 'scale'
  readonly id: string
  readonly facts: readonly FactName[]
  readonly does: string
  readonly place: Place
}

/** Facts no call is without: the guard itself fills them in before it decides. */
const ALWAYS_KNOWN: ReadonlySet<FactName> = new Set<FactName>([
  'caller.ip',
  'caller.network',
  'request.dialect',
  'request.path',
  'request.kind',
  'request.stream',
  'request.candidates',
  'request.tools',
  'request.reasoning',
  'request.input_tokens_estimate',
  'trust.tier',
  'trust.factor',
  'risk.score',
  'risk.reasons',
])

/**
 * Everything in a policy that can meet an unknown fact without having asked `has()`, with what it then
 * does, in the order it is looked at. `known` names facts that every call has.
 */
export const unguardedRules = (
  policy: Policy,
  known: ReadonlySet<FactName> = ALWAYS_KNOWN,
): readonly Unguarded[] => {
  const found: Unguarded[] = []
  const look = (
    kind: Unguarded['in'],
    entry: { readonly id: string; readonly place: Place },
    { unguarded }: Condition | Scale,
    does: string,
  ): void => {
    const facts = unguarded.filter((fact) => !known.has(fact))
    if (facts.length > 0) found.push({ in: kind, id: entry.id, facts, does, place: entry.place })
  }
  for (const tier of policy.tiers) look('tier', tier, tier.condition, 'the next tier is tried')
  for (const weight of policy.weights) look('weight', weight, weight.condition, 'nothing is added')
  for (const rule of policy.rules) {
    look(
      'rule',
      rule,
      rule.condition,
      rule.unknownMatches ? `it matches: ${rule.action}` : 'it does not match',
    )
    const { challenge } = rule
    if (challenge?.difficulty !== undefined) {
      const does = `the difficulty is ${challenge.terms.difficulty}`
      look('difficulty', rule, challenge.difficulty, does)
    }
  }
  for (const limit of policy.limits) {
    look('limit', limit, limit.condition, limit.unknownMatches ? 'it applies' : 'it does not apply')
    if (limit.scale !== undefined) {
      const quota = formatQuota(limit.counted, scaledQuota(limit.quota, policy.fallbackScale))
      const does = `the quota is scaled by ${policy.fallbackScale}, to ${quota}`
      look('scale', limit, limit.scale, does)
    }
  }
  return found
}
