import type { ChallengeKind, Clearance, Subject } from '../core/challenge.ts'

/** Which clearances an operator asks for. */
export type ClearanceQuery = {
  readonly subject?: Subject | undefined
  readonly kind?: ChallengeKind | undefined
  readonly state?: Clearance['state'] | undefined
  /** At least 1. */
  readonly limit: number
  /** `next` of the page before. */
  readonly after?: string | undefined
}

/** Newest first. `next` is absent on the last page. */
export type ClearancePage = {
  readonly clearances: readonly Clearance[]
  readonly next?: string | undefined
}

/** A place in the order of a list. */
type Place = Pick<Clearance, 'atMs' | 'id'>

const compare = (one: Place, other: Place): number =>
  one.atMs === other.atMs
    ? one.id < other.id
      ? -1
      : one.id > other.id
        ? 1
        : 0
    : other.atMs - one.atMs

const cursorOf = ({ atMs, id }: Place): string => `${atMs}.${id}`

/** The place that a cursor names; `undefined` for anything that is none. */
export const parseClearanceCursor = (cursor: string): Place | undefined => {
  const [, atMs, id] = /^(\d{1,15}(?:\.\d{1,9})?)\.([\w-]{22})$/.exec(cursor) ?? []
  return atMs === undefined || id === undefined ? undefined : { atMs: Number(atMs), id }
}

/**
 * A page of clearances, the newest first, in an order that does not change while others come and go: the
 * next page begins after the place of the last one, whether that is still there or not. A cursor that is
 * none begins anew.
 */
export const listClearances = (all: Iterable<Clearance>, query: ClearanceQuery): ClearancePage => {
  const { subject, kind, state, limit, after } = query
  const from = after === undefined ? undefined : parseClearanceCursor(after)
  const page: Clearance[] = []
  const most = limit + 1
  for (const one of all) {
    if (subject !== undefined && one.subject !== subject) continue
    if (kind !== undefined && one.kind !== kind) continue
    if (state !== undefined && one.state !== state) continue
    if (from !== undefined && compare(one, from) <= 0) continue
    const last = page.at(-1)
    if (page.length === most && last !== undefined && compare(one, last) >= 0) continue
    let [low, high] = [0, page.length]
    while (low < high) {
      const middle = (low + high) >> 1
      const there = page[middle]
      if (there !== undefined && compare(there, one) < 0) low = middle + 1
      else high = middle
    }
    page.splice(low, 0, one)
    if (page.length > most) page.pop()
  }
  const clearances = page.slice(0, limit)
  const last = clearances.at(-1)
  return page.length > limit && last !== undefined
    ? { clearances, next: cursorOf(last) }
    : { clearances }
}
