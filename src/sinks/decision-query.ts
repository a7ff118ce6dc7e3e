import type { Verdict } from '../core/decision.ts'

/** What an operator looks for among the indexed decisions; all given conditions must hold. */
export type DecisionFilter = {
  readonly account?: string | undefined
  /** Keyed hash of the credential. */
  readonly credential?: string | undefined
  /** Network as the records show it. */
  readonly network?: string | undefined
  /** Rule or limit that decided, refused, or would have (shadow). */
  readonly rule?: string | undefined
  /** The ruling: what the caller met. */
  readonly verdict?: Verdict | undefined
  /** Arrival at or after, milliseconds. */
  readonly sinceMs?: number | undefined
  /** Arrival before, milliseconds. */
  readonly untilMs?: number | undefined
  /** From the page before. */
  readonly cursor?: string | undefined
  /** Records at most; at least 1. */
  readonly limit: number
}

/** A page of records, newest arrival first. */
export type DecisionPage = {
  /** Records as JSON text. */
  readonly records: readonly string[]
  /** Where the next page starts; absent after the last one. */
  readonly next: string | undefined
  /** The time or row cap ended the search early: there may be more matches behind `next`. */
  readonly partial: boolean
}

/** Why there is no answer: too many questions at once, none in time, or the index cannot be used. */
export type NoAnswer = 'busy' | 'slow' | 'unavailable'

/** An answer of the index, or why there is none. */
export type DecisionAnswer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: NoAnswer }

/** Reads what was decided. Never rejects. */
export type DecisionQueries = {
  query(filter: DecisionFilter): Promise<DecisionAnswer<DecisionPage>>
  /** The record of one decision, indexed or still in a segment; `undefined` where it is in neither. */
  find(id: string): Promise<DecisionAnswer<string | undefined>>
}

/** A place in the order of a page: arrival and row. */
export type DecisionPlace = { readonly atMs: number; readonly seq: number }

/** The text of a place; opaque to whoever pages. */
export const cursorOf = ({ atMs, seq }: DecisionPlace): string =>
  `${atMs.toString(36)}.${seq.toString(36)}`

/** The place of a cursor, `undefined` for text that is none. */
export const placeOfCursor = (cursor: string): DecisionPlace | undefined => {
  const match = /^([0-9a-z]{1,11})\.([0-9a-z]{1,11})$/.exec(cursor)
  if (match === null) return undefined
  const atMs = parseInt(match[1] ?? '', 36)
  const seq = parseInt(match[2] ?? '', 36)
  return Number.isSafeInteger(atMs) && Number.isSafeInteger(seq) ? { atMs, seq } : undefined
}
