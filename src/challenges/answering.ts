import type {
  Answer,
  AnswerFrom,
  Challenge,
  ChallengeKind,
  Clearance,
  ClearanceLedger,
  Clearances,
  Corrections,
  Issued,
} from '../core/challenge.ts'
import type { Clock } from '../core/seams.ts'
import { SubjectFull } from '../core/subject-full.ts'
import { isAnswerable } from './bound.ts'
import { parseIssued } from './issued-text.ts'
import type { Seals } from './seal.ts'
import { createCarried } from './sealed-clearance.ts'
import { createWrongAnswers, type WrongAnswers } from './wrong-answers.ts'

/**
 * Why an answer came to nothing. `not_answerable`: a step-up, which the operator's side confirms.
 * `unavailable`: whoever judges or keeps clearances cannot be reached; `limited`: too many were
 * wrong, or the subject holds as many clearances as are kept.
 */
export type AnswerFailure =
  | 'malformed'
  | 'not_answerable'
  | 'not_yours'
  | 'spent'
  | 'expired'
  | 'wrong'
  | 'unavailable'
  | 'limited'

/** What came of an answer. Nothing but `granted` lets a call pass. */
export type AnswerOutcome =
  | {
      readonly kind: 'granted'
      readonly clearance: Clearance
      /** The clearance, sealed, for a caller that carries it. */
      readonly token: string
      readonly issued: Issued
    }
  | { readonly kind: 'refused'; readonly clearance: Clearance; readonly issued: Issued }
  | {
      readonly kind: AnswerFailure
      /** Set where the id was one of ours. */
      readonly issued?: Issued
      readonly retryAfterMs?: number
    }

/** An id that was opened. */
export type Opened =
  | { readonly ok: true; readonly issued: Issued }
  | { readonly ok: false; readonly why: 'malformed' }
  | { readonly ok: false; readonly why: 'expired'; readonly issued: Issued }

/** How a challenge stands, as far as this process knows: how it has ended, or whether it still can be answered. */
export type ChallengeStatus = Clearance['state'] | 'open' | 'expired'

/** What {@link createAnswering} judges with. */
export type AnsweringParts = {
  readonly seals: Seals
  readonly clock: Clock
  readonly challenges: ReadonlyMap<ChallengeKind, Challenge>
  readonly clearances: Clearances
  readonly ledger: ClearanceLedger
  /** Told once of every clearance that this process has granted. */
  readonly onGranted: (clearance: Clearance, issued: Issued) => void
  /** Told of every answer that came to nothing; without a kind where the id was not one of ours. */
  readonly onWrong?: ((why: AnswerFailure, kind: ChallengeKind | undefined) => void) | undefined
  readonly wrongAnswers?: WrongAnswers | undefined
}

/** Judges answers to challenges. Nothing here throws or rejects. */
export interface Answering {
  open(id: string): Opened
  statusOf(issued: Issued): ChallengeStatus
  answer(id: string, answer: Answer, from: AnswerFrom): Promise<AnswerOutcome>
  /** Ends a challenge by word of the operator's side, with the facts it has changed; `byHand` where a person said so. */
  settle(
    issued: Issued,
    state: 'granted' | 'refused',
    facts?: Corrections,
    byHand?: true,
  ): Promise<AnswerOutcome>
}

/**
 * How far the clock of another replica may be ahead. What claims to be issued later than that has not
 * begun: it is `expired`, which tells its caller to ask for another one.
 */
const MAX_AHEAD_MS = 60_000
/** Whoever has no room is told to come back no later than this: an operator may make some. */
const LONGEST_WAIT_MS = 3_600_000

/**
 * Checks in the order of what they cost: form and seal of the id, expiry, spent as far as this process
 * knows, binding, too many wrong ones, the work itself, and last the claim, which alone is atomic
 * across the fleet. Every failure ends it; there is one way to `granted`.
 */
export const createAnswering = (parts: AnsweringParts): Answering => {
  const { clock, challenges, clearances, ledger, onGranted, onWrong } = parts
  const { wrongAnswers = createWrongAnswers({ clock }) } = parts
  const seal = parts.seals.of('challenge')
  const carried = createCarried({ seals: parts.seals, clock })

  const isExpired = ({ issuedMs, expiresMs }: Issued): boolean => {
    const nowMs = clock.now()
    return nowMs >= expiresMs || issuedMs - nowMs > MAX_AHEAD_MS
  }
  const endOf = (issued: Issued): Clearance | undefined =>
    clearances.of(issued.subject, clock.now()).find(({ id }) => id === issued.id)

  const fail = (kind: AnswerFailure, issued?: Issued, retryAfterMs?: number): AnswerOutcome => {
    onWrong?.(kind, issued?.kind)
    return {
      kind,
      ...(issued !== undefined && { issued }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    }
  }

  const open = (id: string): Opened => {
    const text = seal.open(id)
    const issued = text === undefined ? undefined : parseIssued(text)
    if (issued === undefined) return { ok: false, why: 'malformed' }
    return isExpired(issued) ? { ok: false, why: 'expired', issued } : { ok: true, issued }
  }

  /** Whoever was faster, this process has not heard of it: what stands there is what its calls are judged by. */
  const learn = async ({ subject }: Issued): Promise<void> => {
    try {
      for (const clearance of await ledger.of(subject)) clearances.take(clearance)
    } catch {
      // It will be told, or looked up before the next challenge.
    }
  }

  /** Until one of the subject's clearances runs out, as far as this process knows them. */
  const waitForRoomMs = ({ subject }: Issued): number => {
    const nowMs = clock.now()
    const ends = clearances.of(subject, nowMs).map(({ expiresMs }) => expiresMs - nowMs)
    return Math.min(LONGEST_WAIT_MS, ...ends)
  }

  const claim = async (
    issued: Issued,
    state: 'granted' | 'refused',
    facts?: Corrections,
    byHand?: true,
  ): Promise<AnswerOutcome> => {
    const clearance: Clearance = {
      id: issued.id,
      kind: issued.kind,
      subject: issued.subject,
      state,
      atMs: clock.now(),
      expiresMs: issued.expiresMs + issued.lifetimeMs,
      bound: issued.bound,
      decision: issued.decision,
      ...(facts !== undefined && { facts }),
      ...(byHand !== undefined && { byHand }),
    }
    let claimed: Awaited<ReturnType<ClearanceLedger['claim']>>
    try {
      claimed = await ledger.claim(clearance, issued.expiresMs)
    } catch (error) {
      // An operator's word has room of its own; where that is full too, it is worth another try.
      return error instanceof SubjectFull && issued.kind !== 'step_up'
        ? fail('limited', issued, waitForRoomMs(issued))
        : fail('unavailable', issued)
    }
    if (claimed === 'spent') {
      await learn(issued)
      return fail('spent', issued)
    }
    if (claimed !== 'claimed') return fail('expired', issued)
    clearances.take(clearance)
    if (state === 'refused') return { kind: 'refused', clearance, issued }
    onGranted(clearance, issued)
    return { kind: 'granted', clearance, token: carried.seal(clearance), issued }
  }

  const judge = async (issued: Issued, answer: Answer, from: AnswerFrom) => {
    const challenge = challenges.get(issued.kind)
    if (challenge === undefined) return 'unavailable'
    try {
      return await challenge.verify(issued, answer, from)
    } catch {
      return 'unavailable'
    }
  }

  const answerTo = async (id: string, answer: Answer, from: AnswerFrom): Promise<AnswerOutcome> => {
    const opened = open(id)
    if (!opened.ok) {
      return opened.why === 'malformed' ? fail('malformed') : fail('expired', opened.issued)
    }
    const { issued } = opened
    if (issued.kind === 'step_up') return fail('not_answerable', issued)
    if (endOf(issued) !== undefined) return fail('spent', issued)
    if (!isAnswerable(issued, from)) return fail('not_yours', issued)
    const waitMs = wrongAnswers.waitMs(issued, from.network)
    if (waitMs > 0) return fail('limited', issued, waitMs)

    const verdict = await judge(issued, answer, from)
    if (verdict === 'wrong') {
      // It may have run out while it was judged.
      if (isExpired(issued)) return fail('expired', issued)
      wrongAnswers.wrong(issued, from.network)
    }
    return verdict === 'passed' ? claim(issued, 'granted') : fail(verdict, issued)
  }

  return {
    open,
    statusOf: (issued) => {
      const end = endOf(issued)
      if (end !== undefined) return end.state
      return isExpired(issued) ? 'expired' : 'open'
    },
    answer: answerTo,
    settle: async (issued, state, facts, byHand) => {
      if (isExpired(issued)) return fail('expired', issued)
      if (endOf(issued) !== undefined) return fail('spent', issued)
      return claim(issued, state, facts, byHand)
    },
  }
}
