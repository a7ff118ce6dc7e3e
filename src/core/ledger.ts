import type { WindowAlign } from './decision.ts'

/** Length and placing of a limit's window. */
export type Window = { readonly align: WindowAlign; readonly lengthMs: number }

/** A counter by the keyed 64-bit fingerprint of its limit and key, in two signed halves. */
export type CounterId = { readonly hi: number; readonly lo: number }

/**
 * What a counter says. Its running window ends at `expiresMs`; a rolling one is remembered for one
 * more length, as `previous` of the next window, so there `expiresMs` lies a length after the end.
 * Of running calls, `used` is their number and the rest 0.
 */
export type Reading = {
  readonly used: number
  readonly previous: number
  readonly expiresMs: number
}

/** What a call asks of one counter. */
export type Claim = CounterId & {
  /** Whether it counts running calls, which have no window. */
  readonly concurrent: boolean
  readonly window: Window
  /** What is to be charged: a whole number, no more than the quota. 1 for running calls. */
  readonly amount: number
  readonly quota: number
  /** A claim that is not enforced is charged where it fits and never refuses. */
  readonly enforced: boolean
}

/** How the counters of a call stood before it, by the ledger's own time, and whether it was charged. */
export type Taken = {
  readonly nowMs: number
  /** All claims that fit were charged; false: none was. */
  readonly admitted: boolean
  /** In the order of the claims. */
  readonly readings: readonly Reading[]
  /** Counters that held something else than a counter and were begun anew. */
  readonly repaired: number
}

/** A later correction of a charge in the window it was made in; a call that ended gives 1 back. */
export type Correction = CounterId & {
  readonly concurrent: boolean
  readonly window: Window
  /** `expiresMs` of the charge; 0 for running calls. */
  readonly expiresMs: number
  /** Whole number, negative to give back. */
  readonly delta: number
}

/** Calls of one key that run in one process, all of them: the number replaces what it said before. */
export type Holding = CounterId & { readonly running: number }

/** What a process counted of one counter while the ledger could not be asked; amounts may be negative. */
export type Brought = CounterId & Reading

/** Why a ledger did not answer as it should. */
export type LedgerFailureKind =
  /** No answer within the deadline; what was asked may still be carried out. */
  | 'timeout'
  /** Not connected; nothing was carried out. */
  | 'unreachable'
  /** It answered with an error; nothing was carried out. */
  | 'refused'
  /** It answered with something that is no answer. */
  | 'nonsense'
  /** It has lost what was counted in it, and must be told anew by those who know. */
  | 'forgotten'

/** A ledger that could not do what it was asked. The message is for the log. */
export class LedgerFailure extends Error {
  readonly kind: LedgerFailureKind

  constructor(
    kind: LedgerFailureKind,
    message: string,
    options: { readonly cause?: unknown } = {},
  ) {
    super(message, options)
    this.name = 'LedgerFailure'
    this.kind = kind
  }
}

/** What a ledger remembers by. */
export type LedgerMemory = {
  /** Another one once it has lost what was counted. */
  readonly word: string
  /**
   * Milliseconds since it began, by the ledger's own time; 0 where that is not known for sure, `Infinity`
   * where it cannot be lost while its askers live.
   */
  readonly ageMs: number
}

/**
 * Counters that several processes share. Everything rejects with {@link LedgerFailure}, and does so
 * within a deadline of the ledger's own. One request is carried out as a whole, before or after every
 * other one; requests of one process arrive in the order they were made.
 */
export interface SharedLedger {
  /**
   * Finds out, or begins, the memory of the ledger. Must have resolved before anything else is asked;
   * later requests reject with `forgotten` where the ledger's memory is not the one found.
   */
  open(): Promise<LedgerMemory>
  /** Charges every claim that fits, or none where an enforced one does not. */
  take(claims: readonly Claim[]): Promise<Taken>
  /** Reads without charging. */
  read(claims: readonly Claim[]): Promise<Taken>
  correct(corrections: readonly Correction[]): Promise<void>
  /**
   * Says which calls run in this process, none included; what is not said again within the lease falls
   * back. Whoever says so keeps the ledger's memory alive.
   */
  hold(holdings: readonly Holding[]): Promise<void>
  /** Adds what was counted elsewhere, in its own windows. */
  bring(counters: readonly Brought[]): Promise<void>
}

/** One process of a fleet, as the others see it. */
export type Replica = {
  readonly id: string
  /** What it last said of itself: a short text that is hostile until parsed. */
  readonly note: string
}

/** Who belongs to the fleet. */
export interface Presence {
  /** Says that this process lives, and answers who else does, this one included, in the order of ids. */
  beat(note: string): Promise<readonly Replica[]>
}
