import type { Call } from './call.ts'
import type { Decision } from './decision.ts'
import type { Facts, Findings } from './facts.ts'

/** Kinds of challenge, the weakest first: a clearance of a later kind also stands for the earlier ones. */
export const CHALLENGE_KINDS = ['proof_of_work', 'human', 'step_up'] as const

/** One of {@link CHALLENGE_KINDS}. */
export type ChallengeKind = (typeof CHALLENGE_KINDS)[number]

/** What a clearance can be bound to beside the account. */
export const BINDINGS = ['network', 'asn', 'credential'] as const

/** One of {@link BINDINGS}. */
export type Binding = (typeof BINDINGS)[number]

/** What a rule asks of a caller before it lets the call pass. */
export type ChallengeTerms = {
  readonly kind: ChallengeKind
  /** Milliseconds in which the challenge can be answered. */
  readonly validMs: number
  /** Milliseconds that the clearance outlives its challenge. */
  readonly lifetimeMs: number
  readonly bind: readonly Binding[]
  /** Work asked for as a multiple of the ordinary; 1 for kinds without work. */
  readonly difficulty: number
}

/** What a clearance was bound to when its challenge was issued. Networks and credentials are keyed hashes. */
export type Bound = {
  readonly network?: string | undefined
  readonly asn?: number | undefined
  readonly credential?: string | undefined
}

/** Whom a challenge is for: `a:` and an account id, or `c:` and the keyed hash of a credential without one. */
export type Subject = string

/** A challenge as it was issued; all of it stands in its sealed id, nothing is kept. */
export type Issued = {
  /** 22 characters, base64url: names the challenge and the clearance that it can yield. */
  readonly id: string
  readonly kind: ChallengeKind
  readonly subject: Subject
  readonly issuedMs: number
  readonly expiresMs: number
  readonly lifetimeMs: number
  readonly bound: Bound
  /** Multiple of the ordinary work. */
  readonly difficulty: number
  /** Decision id of the call that met it. */
  readonly decision: string
  /** Rule that asked for it. */
  readonly rule: string
  /** Keyed hashes of where the call came from, for the counts of farming. */
  readonly network: string
  readonly stack: string
}

/**
 * How a challenge ended. Everything but `state`, `atMs` and `facts` follows from the challenge, so that
 * whoever grants the same proof twice grants the same clearance.
 */
export type Clearance = {
  /** Id of its challenge, or one of its own where an operator made it without one. */
  readonly id: string
  readonly kind: ChallengeKind
  readonly subject: Subject
  /** A refused one is a challenge that was spent without a clearance; a revoked one counts no more. */
  readonly state: 'granted' | 'refused' | 'revoked'
  /** When it came to this state. */
  readonly atMs: number
  /** `expiresMs` of the challenge and its lifetime; how long a refusal is remembered too. */
  readonly expiresMs: number
  readonly bound: Bound
  /** Facts of the account that a step-up has changed, while the clearance holds. */
  readonly facts?: Corrections | undefined
  /** Decision id of the call that met the challenge; absent where an operator made it. */
  readonly decision?: string | undefined
  /** Set where an operator has settled the challenge by hand, and not the operator's console. */
  readonly byHand?: true | undefined
}

/** Facts a step-up may correct. */
export const CORRECTABLE = ['account.verified', 'account.status', 'payment.verified'] as const

/** Corrected facts, a part of {@link CORRECTABLE}. */
export type Corrections = Pick<Findings, (typeof CORRECTABLE)[number]>

/** The puzzle of a proof of work, in the form of ALTCHA (altcha-lib 2): parameters and their signature. */
export type Puzzle = {
  readonly parameters: { readonly [name: string]: unknown }
  readonly signature: string
}

/** A challenge as the caller is told of it. */
export type Offer = {
  /** Sealed: names the challenge and holds everything about it. */
  readonly id: string
  /** {@link Issued.id}, for the record. */
  readonly name: string
  readonly kind: ChallengeKind
  /** Where a person, or a program with a proof, goes. */
  readonly url: string
  readonly expiresMs: number
  /** Set for `proof_of_work`. */
  readonly puzzle?: Puzzle | undefined
}

/** What comes of asking for a challenge: one, or the wait of a caller that has asked for too many. */
export type Offered =
  | { readonly kind: 'offer'; readonly offer: Offer }
  | { readonly kind: 'limited'; readonly retryAfterMs: number }

/** What a caller has sent back. Nothing of it is checked yet. */
export type Answer = { readonly [field: string]: unknown }

/** Where an answer came from. Networks and credentials are keyed hashes, as in {@link Bound}. */
export type AnswerFrom = {
  /** Canonical address, for the vendor of a `human` challenge. */
  readonly address: string
  readonly network: string
  readonly asn: number | undefined
  /** The credential that was sent along; `undefined` where there was none. */
  readonly credential: string | undefined
}

/** How a proof was judged. Only `passed` leads to a clearance; `unavailable` is worth another try. */
export type ProofVerdict = 'passed' | 'malformed' | 'not_yours' | 'wrong' | 'unavailable'

/** One kind of challenge. */
export interface Challenge {
  readonly kind: ChallengeKind
  /** The puzzle that goes with an offer, where the kind has one. */
  puzzle?(issued: Issued): Promise<Puzzle>
  /** Judges a proof. Never rejects: whatever nobody foresaw is not `passed`. */
  verify(issued: Issued, answer: Answer, from: AnswerFrom): Promise<ProofVerdict>
}

/** The truth about clearances. Everything rejects where it cannot be reached, within a deadline. */
export interface ClearanceLedger {
  /**
   * Writes a clearance down unless one of its id stands there already; of any number of simultaneous
   * claims exactly one is `claimed`. `expired`: the ledger's own clock is past `answerableUntilMs`.
   */
  claim(clearance: Clearance, answerableUntilMs: number): Promise<'claimed' | 'spent' | 'expired'>
  /** What stands there of a subject, expired ones left out. */
  of(subject: Subject): Promise<readonly Clearance[]>
  /** Writes a clearance down whether one of its id stands there or not: a revoked one, one of an operator. */
  put(clearance: Clearance): Promise<void>
}

/** Clearances as this process knows them: what calls are judged by. */
export interface Clearances {
  /** In force or not, expired ones left out. */
  of(subject: Subject, nowMs: number): readonly Clearance[]
  /** Takes what is news: a revoked one over all others, of two the earlier. True where it was. */
  take(clearance: Clearance): boolean
}

/** What the path of a call asks of those who issue challenges. Neither rejects. */
export interface Challenging {
  /**
   * Looks where clearances are kept for one of this caller that this process has not heard of yet. True
   * where there is: then the call is worth another look at its facts.
   */
  heard(facts: Facts): Promise<boolean>
  /**
   * A challenge for the caller of a call that is refused until it is passed; `undefined` where none can be
   * given, since there is nobody to give it to, or what it is to be bound to is not known.
   */
  offer(call: Call, facts: Facts, decision: Decision): Promise<Offered | undefined>
}
