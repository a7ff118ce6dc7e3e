import type { FactName } from '../core/facts.ts'
import type { Limit, Place, Policy, Rule } from './policy.ts'

/** A rule or limit as operators list and switch it; plain JSON. */
export type RuleListEntry = {
  readonly kind: 'rule' | 'limit'
  readonly id: string
  readonly why: string | undefined
  readonly when: string
  /** What a rule does; for a limit, what it counts. */
  readonly does: string
  /** Facts that name the counters of a limit; absent for a rule. */
  readonly per?: readonly FactName[]
  readonly mode: Rule['mode']
  readonly rollout: number
  /** As the file says; differs from `mode` and `rollout` where a switch is set. */
  readonly written: Rule['written']
  readonly reads: readonly FactName[]
  /** Facts that can leave the condition without a value. */
  readonly unguarded: readonly FactName[]
  readonly place: Place
}

const listed = (kind: 'rule' | 'limit', entry: Rule | Limit, does: string): RuleListEntry => ({
  kind,
  id: entry.id,
  why: entry.why,
  when: entry.condition.text,
  does,
  mode: entry.mode,
  rollout: entry.rollout,
  written: entry.written,
  reads: entry.condition.reads,
  unguarded: entry.condition.unguarded,
  place: entry.place,
})

/** All rules, then all limits, in the order they are looked at. */
export const listRules = (policy: Policy): readonly RuleListEntry[] => [
  ...policy.rules.map((rule) => listed('rule', rule, rule.action)),
  ...policy.limits.map((limit) => ({
    ...listed('limit', limit, limit.counted),
    per: limit.per,
  })),
]
