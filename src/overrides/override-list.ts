import type { Override, OverrideKind, OverrideVerdict } from '../core/override.ts'

/** Which overrides an operator asks for. */
export type OverrideQuery = {
  readonly of?: OverrideKind | undefined
  readonly name?: string | undefined
  readonly verdict?: OverrideVerdict | undefined
  readonly state?: 'on' | 'ended' | undefined
  /** At least 1. */
  readonly limit: number
  /** `next` of the page before. */
  readonly after?: string | undefined
}

/** Newest first. `next` is absent on the last page. */
export type OverridePage = {
  readonly overrides: readonly Override[]
  readonly next?: string | undefined
}

/** A place in the order of a list. */
type Place = Pick<Override, 'atMs' | 'id'>

const CURSOR = /^(\d{1,15})\.([\w-]{22})$/

const compare = (one: Place, other: Place): number => {
  if (one.atMs !== other.atMs) return other.atMs - one.atMs
  if (one.id === other.id) return 0
  return one.id < other.id ? -1 : 1
}

/** The place that a cursor names; `undefined` for anything that is none. */
export const parseOverrideCursor = (cursor: string): Place | undefined => {
  const [, atMs, id] = CURSOR.exec(cursor) ?? []
  return atMs === undefined || id === undefined ? undefined : { atMs: Number(atMs), id }
}

/**
 * A page of overrides, the newest first, in an order that does not change while others come and go. A
 * cursor that is none begins anew.
 */
export const listOverrides = (all: readonly Override[], query: OverrideQuery): OverridePage => {
  const { of, name, verdict, state, limit, after } = query
  const from = after === undefined ? undefined : parseOverrideCursor(after)
  const found = all
    .filter(
      (one) =>
        (of === undefined || one.of === of) &&
        (name === undefined || one.name === name) &&
        (verdict === undefined || one.verdict === verdict) &&
        (state === undefined || (one.ended === undefined) === (state === 'on')) &&
        (from === undefined || compare(one, from) > 0),
    )
    .toSorted(compare)
  const overrides = found.slice(0, limit)
  const last = overrides.at(-1)
  return found.length > limit && last !== undefined
    ? { overrides, next: `${last.atMs}.${last.id}` }
    : { overrides }
}
