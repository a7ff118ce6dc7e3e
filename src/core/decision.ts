import type { ChallengeTerms, Offered } from './challenge.ts'
import type { FactName, UnknownWhy } from './facts.ts'
import type { Reshape } from './reshape.ts'

/** What happens to a call. Always one of these four words. */
export type Verdict = 'allow' | 'challenge' | 'throttle' | 'deny'

/** The switch of a rule or limit. */
export type Mode = 'enforce' | 'shadow' | 'off'

/** What a limit counts; `usd` in billionths of a dollar wherever an amount of it stands. */
export type Counted =
  | 'requests'
  | 'input_tokens'
  | 'output_tokens'
  | 'tokens'
  | 'usd'
  | 'concurrent'

/** How the window of a limit is placed: from first use, on UTC boundaries, or sliding. */
export type WindowAlign = 'first_use' | 'utc' | 'rolling'

/** What a limit does when its counters cannot be reached. */
export type LimitPosture = 'insured' | 'open' | 'closed'

/** A limit that applies to one call, with its key and its effective quota worked out. */
export type Demand = {
  readonly limit: string
  /** Values of the `per` facts, joined; with `limit` it names one counter. */
  readonly key: string
  readonly counted: Counted
  /** Quota times scale, a whole number of at least 0. */
  readonly quota: number
  /** 0 for `concurrent`, which has no window. */
  readonly windowMs: number
  readonly align: WindowAlign
  readonly posture: LimitPosture
  /** False in shadow mode or outside the rollout: counted and recorded, never refused. */
  readonly enforced: boolean
  /** Whether its key names the caller alone, so that the caller may be told how much is left. */
  readonly own: boolean
}

/** Something a reader of the decision must know beside the verdict. */
export type Reason =
  | {
      readonly kind: 'unknown'
      readonly in: string
      readonly fact: FactName
      readonly why: UnknownWhy
    }
  | { readonly kind: 'error'; readonly in: string; readonly text: string }

/** A rule that matched but did not act, and why it did not. */
export type ShadowHit = {
  readonly rule: string
  readonly verdict: Verdict | 'tag' | 'reshape'
  readonly because: 'shadow' | 'rollout'
}

/** The verdict of the policy alone, before any counter was asked. */
export type Decision = {
  /** Hash of the documents it was made with. */
  readonly revision: string
  readonly verdict: Verdict
  /** Id of the rule that decided; `undefined` where no rule matched and the call is allowed. */
  readonly rule: string | undefined
  /** The rule's own `why`, for the operator. */
  readonly why: string | undefined
  /** Wait a `throttle` rule asks for, in seconds. */
  readonly retryAfterS: number | undefined
  /** What a `challenge` rule asks for. */
  readonly challenge: ChallengeTerms | undefined
  /** Ids of the rules whose challenge the caller has already passed. */
  readonly cleared: readonly string[]
  readonly tags: readonly string[]
  /** What is taken away from the request where it is forwarded: the strictest of each rule that matched. */
  readonly reshape: Reshape | undefined
  /** Ids of those rules. */
  readonly reshapedBy: readonly string[]
  readonly score: number
  /** Ids of the weights that made up the score. */
  readonly scoreReasons: readonly string[]
  readonly tier: string
  readonly factor: number
  /** Limits that apply; empty where the policy refuses, so that a refused call is never charged. */
  readonly demands: readonly Demand[]
  readonly shadow: readonly ShadowHit[]
  readonly reasons: readonly Reason[]
}

/** What a call is expected to use, or did use. */
export type Cost = {
  readonly inputTokens: number
  readonly outputTokens: number
  /** Billionths of a dollar, by the price table; 0 where there is none. */
  readonly nanoUsd: number
}

/** One limit as a call met it. */
export type LimitState = {
  readonly limit: string
  readonly key: string
  readonly counted: Counted
  readonly quota: number
  /** Charged by this call; what it would have cost where it was refused. */
  readonly cost: number
  /** Left after this call, reservations counted; never below 0. */
  readonly remaining: number
  /** Milliseconds until the window ends; 0 for `concurrent`. */
  readonly resetMs: number
  readonly windowMs: number
  readonly enforced: boolean
  /** See {@link Demand.own}. */
  readonly own: boolean
  /** Whether this limit had no room for the call. */
  readonly exceeded: boolean
}

/** Capacity taken at admission. Only the limiter that made it reads inside. */
export interface Lease {
  readonly cost: Cost
}

/**
 * The answer of the limiter: all limits or none. `degraded` says that the shared counters could not be
 * asked, so that this process judged alone by its share of each quota.
 */
export type Admission =
  | {
      readonly admitted: true
      readonly lease: Lease
      readonly states: readonly LimitState[]
      readonly degraded: boolean
    }
  | {
      readonly admitted: false
      /** The refusing limit with the longest wait. */
      readonly refusedBy: LimitState
      /** `unavailable`: its counters cannot be reached and its posture is closed. */
      readonly because: 'exceeded' | 'unavailable'
      /** Milliseconds until the same call could be admitted, as far as the counters tell. */
      readonly retryAfterMs: number
      readonly states: readonly LimitState[]
      readonly degraded: boolean
    }

/** A call turned away because the upstream is under pressure and others are better proven. */
export type Shed = {
  /** The upstream that would have served it. */
  readonly upstream: string
  /** Pressure of the upstream, 0 to 1. */
  readonly pressure: number
  /** Milliseconds until calls of this standing are expected to be let through again. */
  readonly retryAfterMs: number
}

/** The verdict after the counters: what the caller meets. */
export type Ruling = {
  readonly verdict: Verdict
  readonly decision: Decision
  /** Absent where the policy refused or the call was shed: the counters were not asked. */
  readonly admission: Admission | undefined
  /** Set where the call was shed. */
  readonly shed: Shed | undefined
  /** What a challenged caller is offered; absent where nobody issues challenges. */
  readonly offered?: Offered | undefined
}
