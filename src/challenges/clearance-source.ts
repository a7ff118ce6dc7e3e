import type { Call } from '../core/call.ts'
import {
  BINDINGS,
  CHALLENGE_KINDS,
  type Binding,
  type Clearance,
  type Clearances,
  type Subject,
} from '../core/challenge.ts'
import { FACT_NAMES, UNKNOWN, Unknown, type Facts, type Findings } from '../core/facts.ts'
import { heldText } from '../core/held-clearance.ts'
import type { KeyedHash } from '../core/keyed-hash.ts'
import type { Clock, SignalSource } from '../core/seams.ts'
import { carriedClearance, type Carried } from './carried-clearance.ts'
import type { ChallengeCounts, Counted } from './challenge-counts.ts'
import { subjectOf } from './subject.ts'

/** What {@link createClearanceSource} reads. */
export type ClearanceParts = {
  readonly clearances: Clearances
  readonly counts: Pick<ChallengeCounts, 'of'>
  readonly clock: Clock
  /** The one that challenges are issued with. */
  readonly hashNetwork: KeyedHash
  /** Opens clearances that callers carry in a header; without it headers say nothing. */
  readonly carried?: Carried | undefined
}

/** What a clearance can be bound to, as it is with this call; what is not known matches no binding. */
type Here = { readonly [B in Binding]: string | number | undefined }

const hereOf = (call: Call, facts: Facts, hashNetwork: KeyedHash): Here => ({
  network: hashNetwork(call.caller.network),
  asn: facts.known('ip.asn'),
  credential: facts.known('caller.credential'),
})

const bindingsOf = ({ bound }: Clearance): Binding[] =>
  BINDINGS.filter((binding) => bound[binding] !== undefined)

const appliesHere = (clearance: Clearance, here: Here, nowMs: number): boolean =>
  clearance.state === 'granted' &&
  clearance.expiresMs > nowMs &&
  bindingsOf(clearance).every((binding) => clearance.bound[binding] === here[binding])

/** What a rule may take it to be bound to: one made by an operator is good for every rule. */
const toldBindings = (one: Clearance): readonly Binding[] =>
  one.decision === undefined ? BINDINGS : bindingsOf(one)

/** Whether one says more than another: the stronger kind, then the tighter binding, then the newer. */
const saysMore = (one: Clearance, other: Clearance): boolean => {
  const kinds = CHALLENGE_KINDS.indexOf(one.kind) - CHALLENGE_KINDS.indexOf(other.kind)
  if (kinds !== 0) return kinds > 0
  const bindings = toldBindings(one).length - toldBindings(other).length
  return bindings === 0 ? one.atMs > other.atMs : bindings > 0
}

const isRefused = (held: readonly Clearance[]): boolean => {
  let newest: Clearance | undefined
  for (const one of held) {
    if (one.kind !== 'step_up' || one.state === 'revoked') continue
    if (newest === undefined || one.atMs > newest.atMs) newest = one
  }
  return newest?.state === 'refused'
}

const NO_CHALLENGES: Counted = {
  issued1h: 0,
  issued1d: 0,
  solved1d: 0,
  networkIssued1d: 0,
  networkSolved1d: 0,
  stackIssued1d: 0,
  stackSolved1d: 0,
}

const countFindings = (counted: Counted, stack: string | undefined): Findings => ({
  'clearance.issued_1h': counted.issued1h,
  'clearance.issued_1d': counted.issued1d,
  'clearance.solved_1d': counted.solved1d,
  'clearance.network_issued_1d': counted.networkIssued1d,
  'clearance.network_solved_1d': counted.networkSolved1d,
  ...(stack !== undefined && {
    'clearance.stack_issued_1d': counted.stackIssued1d,
    'clearance.stack_solved_1d': counted.stackSolved1d,
  }),
})

const isNothing = (counted: Counted): boolean =>
  counted.issued1d === 0 &&
  counted.networkIssued1d === 0 &&
  counted.stackIssued1d === 0 &&
  counted.solved1d === 0 &&
  counted.networkSolved1d === 0 &&
  counted.stackSolved1d === 0

const unknownOfSubject = (why: Unknown): Findings => ({
  'clearance.kind': why,
  'clearance.age_s': why,
  'clearance.bound': why,
  'clearance.held': why,
  'clearance.refused': why,
  'clearance.issued_1h': why,
  'clearance.issued_1d': why,
  'clearance.solved_1d': why,
})

/** What is said of nearly every caller. */
const NONE_HELD: Findings = Object.freeze({
  'clearance.kind': 'none',
  'clearance.age_s': UNKNOWN.absent,
  'clearance.bound': [],
  'clearance.held': [],
  'clearance.refused': false,
})

/** The same where nobody like it was ever challenged: one object, since it is made for every call. */
const UNTOUCHED: Findings = Object.freeze({
  ...countFindings(NO_CHALLENGES, ''),
  ...NONE_HELD,
})

const heldFindings = (
  parts: ClearanceParts,
  call: Call,
  facts: Facts,
  subject: Subject,
): Findings => {
  const { clearances, clock, hashNetwork, carried } = parts
  const nowMs = clock.now()
  const held = clearances.of(subject, nowMs)
  const brought = carried && carriedClearance(call, carried)
  if (held.length === 0 && brought === undefined) return NONE_HELD
  const here = hereOf(call, facts, hashNetwork)
  const isOurs =
    brought !== undefined &&
    brought.subject === subject &&
    brought.bound.credential !== undefined &&
    // What is known here of the same one is the later word: it may have been revoked.
    !held.some(({ id }) => id === brought.id)
  const applying = (isOurs ? [...held, brought] : held).filter((one) =>
    appliesHere(one, here, nowMs),
  )
  const ageOf = ({ atMs }: Clearance): number => Math.max(0, (nowMs - atMs) / 1_000)
  const texts = applying.map((one) =>
    heldText({ kind: one.kind, ageS: ageOf(one), bound: toldBindings(one) }),
  )
  const [first, ...others] = applying
  const best = first && others.reduce((one, other) => (saysMore(other, one) ? other : one), first)
  return {
    'clearance.kind': best?.kind ?? 'none',
    'clearance.age_s': best === undefined ? UNKNOWN.absent : ageOf(best),
    'clearance.bound': best === undefined ? [] : toldBindings(best),
    'clearance.held': texts,
    'clearance.refused': isRefused(held),
  }
}

/**
 * The clearance facts of a call at this moment; asked again after the table has learned something, they
 * may say more. Pure but for the clock.
 */
export const clearanceFindings = (parts: ClearanceParts, call: Call, facts: Facts): Findings => {
  const subject = subjectOf(facts)
  const stack = facts.known('caller.stack')
  const counted = parts.counts.of(
    {
      subject: subject instanceof Unknown ? undefined : subject,
      network: parts.hashNetwork(call.caller.network),
      stack,
    },
    parts.clock.now(),
  )
  const ofSubject =
    subject instanceof Unknown
      ? unknownOfSubject(subject)
      : heldFindings(parts, call, facts, subject)
  if (ofSubject === NONE_HELD && stack !== undefined && isNothing(counted)) return UNTOUCHED
  return { ...countFindings(counted, stack), ...ofSubject }
}

/**
 * What challenges the caller of this call has passed, and how many were issued to it, to its network and
 * to clients like it. Of several clearances that hold for this very call the strongest counts. A subject
 * without one is known to have none; where the subject itself is not known, all that is about it is not
 * either, for the same reason.
 */
export const createClearanceSource = (parts: ClearanceParts): SignalSource => ({
  name: 'clearance',
  provides: FACT_NAMES.filter((name) => name.startsWith('clearance.')),
  budgetMs: 0,
  wave: 1,
  read: (call, facts) => clearanceFindings(parts, call, facts),
})
