import type { Verdict } from '../core/decision.ts'
import type { FactName } from '../core/facts.ts'

/** How many calls something is true of, and of how many entities, proven ones among them. */
export type Counts = { readonly calls: number; readonly entities: number; readonly proven: number }

/** Calls whose verdict changes from one word to another. */
export type Transition = Counts & { readonly from: Verdict; readonly to: Verdict }

/** What one rule does under either policy: calls it decides, and calls it matches without acting. */
export type RuleChange = {
  readonly rule: string
  readonly decidedBefore: number
  readonly decidedAfter: number
  readonly shadowBefore: number
  readonly shadowAfter: number
}

/** What one limit would newly do, by the counters as they stand in the records. */
export type LimitChange = {
  readonly limit: string
  readonly refused: Counts
  /** Calls whose record has no such counter. */
  readonly unjudged: Counts
}

/** One call whose verdict changes. */
export type ChangedCall = {
  /** Decision id. */
  readonly id: string
  readonly atMs: number
  readonly account: string | undefined
  readonly entity: string | undefined
  readonly from: Verdict
  readonly to: Verdict
  /** Rules that decided; `undefined` where none did. */
  readonly ruleBefore: string | undefined
  readonly ruleAfter: string | undefined
}

/** What a changed policy would have made of recorded calls. Limits are not replayed. */
export type Backtest = {
  /** Calls looked at. */
  readonly calls: number
  /** Of those, the ones whose verdict under both policies is certain. */
  readonly judged: number
  /** Arrival of the oldest and newest of them, milliseconds; `undefined` where there are none. */
  readonly fromMs: number | undefined
  readonly untilMs: number | undefined
  /** Only changes, the most frequent first. */
  readonly transitions: readonly Transition[]
  /** Only rules for which something changes. */
  readonly rules: readonly RuleChange[]
  /** Only limits that would do something new. */
  readonly limits: readonly LimitChange[]
  /** Calls that newly lose something of their request, and that keep it again. */
  readonly reshaped: { readonly more: number; readonly less: number }
  readonly entities: {
    readonly seen: number
    readonly proven: number
    /** Of whom nothing recorded says whether they are proven. */
    readonly unknown: number
    readonly changed: number
    /** Met by a harsher verdict, or newly by a limit. */
    readonly refused: number
    readonly refusedProven: number
    /** Of whom that cannot be said. */
    readonly unjudgedProven: number
  }
  /** Calls without an account: counted as calls, not among the entities. */
  readonly withoutEntity: number
  readonly unjudged: {
    readonly calls: number
    /** Facts that the records do not hold as they were, and calls that could not be judged for each. */
    readonly facts: readonly { readonly fact: FactName; readonly calls: number }[]
  }
  /** Calls for which the policy in force says something else than the record. */
  readonly unlikeRecord: {
    readonly calls: number
    /** Of those, the ones recorded with the documents that are in force. */
    readonly sameRevision: number
  }
  /** The newest of each transition. */
  readonly examples: readonly ChangedCall[]
}
