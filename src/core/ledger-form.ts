import type { WindowAlign } from './decision.ts'
import { LedgerFailure, type Claim, type Reading, type Taken, type Window } from './ledger.ts'

/** Numbers a packed claim has. */
export const CLAIM_NUMBERS = 7
/** Numbers a packed answer begins with. */
export const TAKEN_HEAD = 3
/** Numbers a packed reading has. */
export const READING_NUMBERS = 3
const CONCURRENT = 3
const ALIGNS: readonly WindowAlign[] = ['first_use', 'utc', 'rolling']

/** The number that stands for what a counter counts: its align, or running calls. */
export const windowKind = (of: { readonly concurrent: boolean; readonly window: Window }): number =>
  of.concurrent ? CONCURRENT : ALIGNS.indexOf(of.window.align)

/** What such a number stands for. Throws `nonsense` for one that stands for nothing. */
export const ofWindowKind = (
  kind: number,
  lengthMs: number,
): { readonly concurrent: boolean; readonly window: Window } => {
  const concurrent = kind === CONCURRENT
  const align = concurrent ? 'first_use' : ALIGNS[kind]
  if (align === undefined) throw nonsense(`a window of kind ${kind}`)
  return { concurrent, window: { align, lengthMs } }
}

/** Writes claims as plain doubles from a place on, see {@link packClaims}. */
export const writeClaims = (claims: readonly Claim[], into: Float64Array, from: number): void => {
  let at = from
  for (const claim of claims) {
    into[at] = claim.hi
    into[at + 1] = claim.lo
    into[at + 2] = windowKind(claim)
    into[at + 3] = claim.window.lengthMs
    into[at + 4] = claim.amount
    into[at + 5] = claim.quota
    into[at + 6] = claim.enforced ? 1 : 0
    at += CLAIM_NUMBERS
  }
}

/**
 * Claims as plain doubles, for a script or another process, seven each: `hi`, `lo`, align (0 first_use,
 * 1 utc, 2 rolling, 3 running calls), window in ms, amount, quota, 1 where enforced. The bytes are
 * little-endian on every machine Node.js runs on that matters here; the script says so with `<`.
 */
export const packClaims = (claims: readonly Claim[]): Float64Array => {
  const packed = new Float64Array(claims.length * CLAIM_NUMBERS)
  writeClaims(claims, packed, 0)
  return packed
}

/** The claims again. Throws `nonsense` for numbers that are no claims. */
export const unpackClaims = (packed: Float64Array): Claim[] => {
  if (packed.length % CLAIM_NUMBERS !== 0) throw nonsense(`${packed.length} numbers of claims`)
  const claims: Claim[] = []
  for (let at = 0; at < packed.length; at += CLAIM_NUMBERS) {
    const number = (offset: number): number => packed[at + offset] ?? Number.NaN
    claims.push({
      hi: number(0),
      lo: number(1),
      ...ofWindowKind(number(2), number(3)),
      amount: number(4),
      quota: number(5),
      enforced: number(6) === 1,
    })
  }
  return claims
}

/** The answer to claims as plain doubles: time, 1 where admitted, repaired, then three a reading. */
export const packTaken = ({ nowMs, admitted, repaired, readings }: Taken): Float64Array => {
  const packed = new Float64Array(TAKEN_HEAD + readings.length * READING_NUMBERS)
  packed[0] = nowMs
  packed[1] = admitted ? 1 : 0
  packed[2] = repaired
  let at = TAKEN_HEAD
  for (const { used, previous, expiresMs } of readings) {
    packed[at] = used
    packed[at + 1] = previous
    packed[at + 2] = expiresMs
    at += READING_NUMBERS
  }
  return packed
}

const nonsense = (what: string): LedgerFailure =>
  new LedgerFailure('nonsense', `the shared counters answered with ${what}`)

/** A number that a counter may hold; anything else was not written by us. */
const isAmount = (value: number): boolean => value >= 0 && value <= Number.MAX_SAFE_INTEGER

/** The answer again, for so many claims. Throws `nonsense` where it is none. */
export const unpackTaken = (packed: Float64Array, claims: number): Taken => {
  if (packed.length !== TAKEN_HEAD + claims * READING_NUMBERS) {
    throw nonsense(`${packed.length} numbers for ${claims} claims`)
  }
  const [nowMs = 0, admitted = -1, repaired = 0] = packed
  if (!(nowMs > 0) || !Number.isFinite(nowMs) || (admitted !== 0 && admitted !== 1)) {
    throw nonsense('neither yes nor no')
  }
  if (!isAmount(repaired)) throw nonsense('no number of repairs')
  const readings: Reading[] = []
  for (let at = TAKEN_HEAD; at < packed.length; at += READING_NUMBERS) {
    const used = packed[at] ?? -1
    const previous = packed[at + 1] ?? -1
    const expiresMs = packed[at + 2] ?? -1
    if (!isAmount(used) || !isAmount(previous) || !isAmount(expiresMs)) throw nonsense('no counter')
    readings.push({ used, previous, expiresMs })
  }
  return { nowMs, admitted: admitted === 1, repaired, readings }
}
