import {
  CHALLENGE_KINDS,
  type Bound,
  type Clearance,
  type Corrections,
  type Subject,
} from './challenge.ts'
import { FACTS, UNKNOWN, Unknown, type FactOf } from './facts.ts'
import { isCount, isText } from './row-batch.ts'

const STATES = ['granted', 'refused', 'revoked'] as const
const FIELDS = 12
/** Bits of the last field. */
const HAS_FACTS = 1
const BY_HAND = 2
/** Characters of a row at most; the longest subject and decision fit. */
export const MAX_CLEARANCE_CHARS = 1_024

const ID = /^[\w-]{22}$/
/** As account ids are everywhere. */
const SUBJECT = /^[ac]:[\x21-\x7e]{1,256}$/
const HASH = /^[\w-]{1,64}$/
const DECISION = /^[\w-]{1,64}$/
/** No clock of ours ever shows more. */
const MAX_MS = 1e14
const MAX_ASN = 2 ** 32 - 1

type Verified = FactOf<'account.verified'>
type Status = FactOf<'account.status'>

const VERIFIED: readonly Verified[] = FACTS['account.verified'].values
const STATUS: readonly Status[] = FACTS['account.status'].values

/** 0 for what is absent or unknown, else its place in the list from 1 on. */
const placeIn = <T>(list: readonly T[], value: T | Unknown | undefined): number =>
  value === undefined || value instanceof Unknown ? 0 : list.indexOf(value) + 1

const PAYMENT: readonly boolean[] = [true, false]

/** Whether a text can be whom a challenge is for. */
export const isSubject = (value: unknown): value is Subject => isText(value, SUBJECT)

/** Whether a text can be the id of a clearance. */
export const isClearanceId = (value: unknown): value is string => isText(value, ID)

/** A clearance as a compact JSON array; 0 stands for what is absent. */
export const clearanceRow = (clearance: Clearance): string => {
  const { id, kind, subject, state, atMs, expiresMs, bound, facts, decision, byHand } = clearance
  return JSON.stringify([
    id,
    CHALLENGE_KINDS.indexOf(kind),
    subject,
    STATES.indexOf(state),
    atMs,
    expiresMs,
    bound.network ?? 0,
    bound.asn ?? -1,
    bound.credential ?? 0,
    decision ?? 0,
    placeIn(VERIFIED, facts?.['account.verified']) * 100 +
      placeIn(STATUS, facts?.['account.status']) * 10 +
      placeIn(PAYMENT, facts?.['payment.verified']),
    (facts === undefined ? 0 : HAS_FACTS) + (byHand === true ? BY_HAND : 0),
  ])
}

const isMs = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= MAX_MS

const isOptional = (value: unknown, form: RegExp): value is 0 | string =>
  value === 0 || isText(value, form)

/** `undefined` where the number stands for no facts that a row can hold. */
const correctionsOf = (packed: number): Corrections | undefined => {
  const places = [Math.floor(packed / 100), Math.floor(packed / 10) % 10, packed % 10] as const
  const [verified, status, payment] = places
  if (verified > VERIFIED.length || status > STATUS.length || payment > PAYMENT.length) {
    return undefined
  }
  return {
    ...(verified > 0 && { 'account.verified': VERIFIED[verified - 1] ?? UNKNOWN.absent }),
    ...(status > 0 && { 'account.status': STATUS[status - 1] ?? UNKNOWN.absent }),
    ...(payment > 0 && { 'payment.verified': PAYMENT[payment - 1] ?? UNKNOWN.absent }),
  }
}

/**
 * A clearance out of an element of JSON that somebody else wrote; `undefined` where anything of it is not
 * as it has to be. Never throws.
 */
export const clearanceOfRow = (row: unknown): Clearance | undefined => {
  if (!Array.isArray(row) || row.length !== FIELDS) return undefined
  // An array out of JSON holds whatever its writer wanted; each element is checked below.
  const fields: readonly unknown[] = row
  const [id, kindAt, subject, stateAt, atMs, expiresMs, network, asn, credential] = fields
  const [decision, packed, flags] = fields.slice(9)
  if (!isClearanceId(id) || !isSubject(subject)) return undefined
  if (!isCount(kindAt, CHALLENGE_KINDS.length - 1) || !isCount(stateAt, STATES.length - 1)) {
    return undefined
  }
  const kind = CHALLENGE_KINDS[kindAt]
  const state = STATES[stateAt]
  if (kind === undefined || state === undefined || !isMs(atMs) || !isMs(expiresMs)) return undefined
  if (!isOptional(network, HASH) || !isOptional(credential, HASH)) return undefined
  if (asn !== -1 && !isCount(asn, MAX_ASN)) return undefined
  if (!isOptional(decision, DECISION)) return undefined
  if (!isCount(packed, 999) || !isCount(flags, HAS_FACTS + BY_HAND)) return undefined
  const hasFacts = (flags & HAS_FACTS) !== 0
  const facts = correctionsOf(packed)
  if (facts === undefined || (!hasFacts && packed !== 0)) return undefined
  const bound: Bound = {
    ...(network !== 0 && { network }),
    // The zero that JSON can write with a minus is an ordinary one here.
    ...(asn !== -1 && { asn: Math.abs(asn) }),
    ...(credential !== 0 && { credential }),
  }
  return {
    id,
    kind,
    subject,
    state,
    atMs: Math.abs(atMs),
    expiresMs: Math.abs(expiresMs),
    bound,
    ...(hasFacts && { facts }),
    ...(decision !== 0 && { decision }),
    ...((flags & BY_HAND) !== 0 && { byHand: true as const }),
  }
}

/** The same of its text. */
export const parseClearanceRow = (text: string): Clearance | undefined => {
  if (text.length > MAX_CLEARANCE_CHARS) return undefined
  try {
    return clearanceOfRow(JSON.parse(text))
  } catch {
    return undefined
  }
}
