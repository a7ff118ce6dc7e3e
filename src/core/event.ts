import type { Call, Usage } from './call.ts'
import type { Cost, Ruling } from './decision.ts'
import type { Facts } from './facts.ts'
import type { FaultCode } from './fault.ts'
import type { Reshaped } from './reshape.ts'

/** How a call ended. */
export type Outcome = 'served' | 'refused' | 'client_gone' | 'faulted'

/** The verbs that are timed, in the order of the path. */
export const VERBS = ['read', 'enrich', 'decide', 'admit', 'forward'] as const

/** A timed verb. */
export type Verb = (typeof VERBS)[number]

/** What is known of the request before it became a `Call`; all that is left of one that never did. */
export type Arrival = {
  readonly id: string
  readonly atMs: number
  readonly method: string
  /** Raw target without its query: it may hold a credential. */
  readonly path: string
  readonly peerAddress: string
}

/** Exactly one per call, whatever happened. Fields are absent where the call did not get that far. */
export type CallEvent = {
  readonly arrival: Arrival
  readonly call: Call | undefined
  readonly facts: Facts | undefined
  readonly ruling: Ruling | undefined
  /** What was changed in the request that was forwarded; absent where the policy asked for nothing. */
  readonly reshaped?: Reshaped | undefined
  readonly outcome: Outcome
  readonly fault: FaultCode | undefined
  /** Machine word for why the guard or an upstream failed, such as `ECONNREFUSED`; never for the caller. */
  readonly faultCause: string | undefined
  /** Status the caller was given; 0 where it left before one was sent. */
  readonly status: number
  /** Status of the upstream; `undefined` where it was not asked or did not answer. */
  readonly upstreamStatus: number | undefined
  readonly upstream: string | undefined
  /** Reported by the upstream. */
  readonly usage: Usage | undefined
  /** What the limits were settled with; `undefined` where nothing was admitted. */
  readonly settled: Cost | undefined
  /** Whether `settled` was reported by the upstream or estimated. */
  readonly settledFrom: 'reported' | 'estimated' | undefined
  readonly bytesOut: number
  /** Milliseconds from arrival to the end. */
  readonly totalMs: number
  /** Milliseconds from arrival to the first body byte sent to the caller. */
  readonly firstByteMs: number | undefined
  /** Milliseconds of each verb that ran. */
  readonly verbMs: { readonly [V in Verb]?: number }
}
