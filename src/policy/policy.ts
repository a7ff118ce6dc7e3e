import type { ChallengeTerms } from '../core/challenge.ts'
import type { Counted, LimitPosture, Mode, Verdict, WindowAlign } from '../core/decision.ts'
import type { FactName } from '../core/facts.ts'
import type { Reshape } from '../core/reshape.ts'
import type { Condition, Scale } from './condition.ts'

/** Where an entry of a policy stands. Lines and columns count from 1. */
export type Place = { readonly file: string; readonly line: number; readonly col: number }

/** What a rule does where it matches. */
export type Action = Verdict | 'tag' | 'reshape'

/** What all entries have in common. */
type Entry = {
  readonly id: string
  readonly why: string | undefined
  readonly condition: Condition
  readonly place: Place
}

/** What can be switched: rules and limits. */
type Switchable = Entry & {
  /** In force: the file's, or that of a switch. */
  readonly mode: Mode
  /** Per cent of entities; in force: the file's, or that of a switch. */
  readonly rollout: number
  readonly written: { readonly mode: Mode; readonly rollout: number }
  /** Whether a condition that cannot be evaluated counts as a match. */
  readonly unknownMatches: boolean
}

/** A tier, compiled. */
export type Tier = Entry & { readonly factor: number }

/** A weight, compiled. */
export type Weight = Entry & { readonly weight: number }

/** What a rule asks of a caller, compiled. */
export type RuleChallenge = {
  /** With the difficulty of a call for which it cannot be computed, or of every call. */
  readonly terms: ChallengeTerms
  /** `undefined` where it is the same for every call. */
  readonly difficulty: Scale | undefined
}

/** A rule, compiled. */
export type Rule = Switchable & {
  readonly action: Action
  /** Set for `throttle`. */
  readonly retryAfterS: number | undefined
  /** Set for `reshape`. */
  readonly reshape: Reshape | undefined
  /** Set for `challenge`. */
  readonly challenge: RuleChallenge | undefined
}

/** A limit, compiled. */
export type Limit = Switchable & {
  readonly per: readonly FactName[]
  /** Slots of `per` in a facts sheet. */
  readonly slots: readonly number[]
  /** Whether its key names the caller alone: account, entity or credential. */
  readonly own: boolean
  readonly counted: Counted
  /** A whole number; of `usd` billionths of a dollar. */
  readonly quota: number
  /** 0 for `concurrent`. */
  readonly windowMs: number
  readonly align: WindowAlign
  /** `undefined` for the quota as it stands. */
  readonly scale: Scale | undefined
  readonly posture: LimitPosture
}

/** A compiled set of documents. Immutable: a reload or a switch makes a new one. */
export type Policy = {
  /** First 12 hex digits of a SHA-256 over the documents. */
  readonly revision: string
  readonly tiers: readonly Tier[]
  readonly weights: readonly Weight[]
  readonly rules: readonly Rule[]
  readonly limits: readonly Limit[]
  /** Scale of a limit whose own scale cannot be computed: min(1, lowest tier factor). */
  readonly fallbackScale: number
}
