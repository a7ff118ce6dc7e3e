import type { Decision } from '../core/decision.ts'
import type { FactName } from '../core/facts.ts'
import type { RecordedCall, RecordedLimit } from '../core/recorded-call.ts'
import { explain, type Explanation } from './explain.ts'
import type { Expression } from './expression.ts'
import type { Leaf, ShownFact } from './leaves.ts'
import type { Policy } from './policy.ts'
import type { SmallestChangeOptions } from './smallest-change.ts'

/** Facts whose values a record does not hold. */
const lostIn = ({ losses }: RecordedCall): ReadonlySet<FactName> =>
  new Set([...losses].flatMap(([fact, how]) => (how === 'assumed' ? [] : [fact])))

const shownWithout = (shown: ShownFact, lost: ReadonlySet<FactName>): ShownFact =>
  lost.has(shown.fact)
    ? { fact: shown.fact, value: undefined, unknown: 'not in the record' }
    : shown

const leafWithout = (leaf: Leaf, lost: ReadonlySet<FactName>): Leaf => {
  const missing = leaf.facts.find(({ fact }) => lost.has(fact))
  return {
    ...leaf,
    facts: leaf.facts.map((fact) => shownWithout(fact, lost)),
    ...(leaf.broken !== undefined &&
      missing !== undefined && { broken: `${missing.fact} is not in the record as it was` }),
  }
}

/**
 * The explanation of a recorded call by a policy. Facts that the record does not hold as they were are shown
 * as not in it; where a part of a condition has no value for want of one, it says so.
 */
export const explainRecorded = (policy: Policy, call: RecordedCall): Explanation => {
  const lost = lostIn(call)
  const told = explain(policy, call.facts)
  const leaves = <T extends { readonly leaves: readonly Leaf[] }>(entry: T): T => ({
    ...entry,
    leaves: entry.leaves.map((leaf) => leafWithout(leaf, lost)),
  })
  const shown = (facts: readonly ShownFact[]): readonly ShownFact[] =>
    facts.map((fact) => shownWithout(fact, lost))
  return {
    ...told,
    tiers: told.tiers.map(leaves),
    weights: told.weights.map(leaves),
    rules: told.rules.map(leaves),
    limits: told.limits.map((limit) => ({
      ...leaves(limit),
      per: shown(limit.per),
      scale: limit.scale && { ...limit.scale, facts: shown(limit.scale.facts) },
      // It can hold what the record masks.
      demand: limit.demand && { ...limit.demand, key: '' },
    })),
  }
}

/** What another outcome of a recorded call would be, and where to look for it. */
export type OutcomeQuestion = SmallestChangeOptions & {
  /** What stood in the way: the verdict of the policy, or the limit that refused. */
  readonly about: 'verdict' | 'limit'
  readonly limit?: { readonly id: string; readonly quota: number; readonly needed: number }
}

/** The quota with which a refused call would have had room, by the counter as it stood. */
const neededQuota = ({ quota, remaining, cost, exceeded }: RecordedLimit): number =>
  quota - remaining + (exceeded ? cost : 0)

const passesLimit = (
  { verdict, demands }: Decision,
  id: string,
  key: string | undefined,
  needed: number,
): boolean => {
  if (verdict !== 'allow') return false
  const demand = demands.find(({ limit }) => limit === id)
  if (demand === undefined || !demand.enforced) return true
  // Another counter may be as full: nobody knows.
  return demand.key === key && demand.quota >= needed
}

/**
 * Asks what would have let a call through the limit that refused it, where one did; otherwise what would
 * have changed the verdict. `again` is what the policy decides over the recorded facts.
 */
export const outcomeQuestion = (
  policy: Policy,
  call: RecordedCall,
  again: Decision,
): OutcomeQuestion => {
  const fixed = lostIn(call)
  const limit = policy.limits.find(({ id }) => id === call.refusedBy)
  const state = call.limits.find((one) => one.limit === call.refusedBy)
  if (limit !== undefined && state !== undefined && again.verdict === 'allow') {
    const needed = neededQuota(state)
    const key = again.demands.find((demand) => demand.limit === limit.id)?.key
    const scale: readonly Expression[] = limit.scale === undefined ? [] : [limit.scale.expression]
    return {
      about: 'limit',
      limit: { id: limit.id, quota: state.quota, needed },
      fixed,
      first: [limit.condition.expression, ...scale],
      differs: (decision) => passesLimit(decision, limit.id, key, needed),
    }
  }
  const rule = policy.rules.find(({ id }) => id === again.rule)
  return { about: 'verdict', fixed, first: rule === undefined ? [] : [rule.condition.expression] }
}
