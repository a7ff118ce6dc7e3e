import type { Decision } from '../core/decision.ts'
import { FACT_SLOT, Unknown, type FactName, type Facts } from '../core/facts.ts'
import type { FactLoss, RecordedCall } from '../core/recorded-call.ts'
import type { Policy } from './policy.ts'

/** A place of a policy that could not be judged for a recorded call, and the fact that is not known. */
export type Doubt = {
  /** Such as `rules.restricted-model`. */
  readonly in: string
  readonly fact: FactName
}

const NO_DOUBTS: readonly Doubt[] = []

/** Whom a rollout counts, in the order in which it looks. */
const SUBJECTS: readonly FactName[] = ['account.entity', 'caller.credential', 'caller.network']

const lost = (fact: FactName, losses: ReadonlyMap<FactName, FactLoss>): boolean => {
  const how = losses.get(fact)
  return how === 'masked' || how === 'cut'
}

/** The fact a rollout goes by, where the record does not hold it. */
const lostSubject = (facts: Facts, losses: RecordedCall['losses']): FactName | undefined => {
  const subject = SUBJECTS.find((fact) => {
    const value = facts.values[FACT_SLOT[fact]]
    return value !== undefined && !(value instanceof Unknown)
  })
  return subject !== undefined && lost(subject, losses) ? subject : undefined
}

/**
 * Says where a decision over recorded facts may not be the one that was made: a condition that had no
 * value and reads a fact which was known then and is not in the record, or a rollout by such a fact. Limits
 * are left out. Empty where the decision holds whatever those facts were.
 */
export const createDoubts = (
  policy: Policy,
): ((decision: Decision, call: Pick<RecordedCall, 'facts' | 'losses'>) => readonly Doubt[]) => {
  const reads = new Map<string, readonly FactName[]>([
    ...policy.tiers.map(({ id, condition }) => [`tiers.${id}`, condition.reads] as const),
    ...policy.weights.map(({ id, condition }) => [`weights.${id}`, condition.reads] as const),
    ...policy.rules.map(({ id, condition }) => [`rules.${id}`, condition.reads] as const),
  ])
  const rolledOut = new Set(
    policy.rules
      .filter(({ mode, rollout }) => mode === 'enforce' && rollout > 0 && rollout < 100)
      .map(({ id }) => id),
  )

  return (decision, { facts, losses }) => {
    let doubts = NO_DOUBTS
    for (const reason of decision.reasons) {
      const fact = reads.get(reason.in)?.find((name) => lost(name, losses))
      if (fact !== undefined) doubts = [...doubts, { in: reason.in, fact }]
    }
    if (rolledOut.size === 0) return doubts
    const subject = lostSubject(facts, losses)
    if (subject === undefined) return doubts
    const met = [
      decision.rule ?? '',
      ...decision.tags,
      ...decision.reshapedBy,
      ...decision.shadow.map(({ rule }) => rule),
    ]
    const drawn = met.filter((rule) => rolledOut.has(rule))
    return [...doubts, ...drawn.map((rule) => ({ in: `rules.${rule}`, fact: subject }))]
  }
}

/** Whether two lists of doubts are of the same places. */
export const sameDoubts = (one: readonly Doubt[], other: readonly Doubt[]): boolean =>
  one.length === other.length && one.every((doubt, at) => doubt.in === other[at]?.in)
