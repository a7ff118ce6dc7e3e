import { randomBytes } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'

/** Marks the place of an emptied string; drawn anew by each process, so that no caller can write it. */
const MARK = `${randomBytes(12).toString('base64url')}:`

/** What stands in a JSON skeleton for the string with this index. */
export const markOf = (index: number): string => `${MARK}${index}`

/** Calls `put` with a setter for every mark in a parsed text. Depth is bounded by the scan before. */
const eachMark = (
  parsed: object,
  put: (index: number, set: (value: string) => void) => void,
): void => {
  const look = (value: unknown, set: (restored: string) => void): void => {
    if (typeof value === 'object' && value !== null) eachMark(value, put)
    else if (typeof value === 'string' && value.startsWith(MARK)) {
      put(Number(value.slice(MARK.length)), set)
    }
  }
  if (Array.isArray(parsed)) {
    const list = parsed as unknown[]
    for (let at = 0; at < list.length; at++) {
      const item = list[at]
      if (typeof item !== 'number') look(item, (restored) => (list[at] = restored))
    }
    return
  }
  // The parsed text is nobody else's yet, so it may be completed in place.
  const members = parsed as { [key: string]: unknown }
  for (const key in members) look(members[key], (restored) => (members[key] = restored))
}

/**
 * Replaces marks in a parsed skeleton by the ASCII strings they stand for, one a turn of the event loop:
 * each may be megabytes long.
 */
export const restoreMarked = async (parsed: object, strings: readonly Buffer[]): Promise<void> => {
  if (strings.length === 0) return
  const found: { readonly index: number; readonly set: (value: string) => void }[] = []
  eachMark(parsed, (index, set) => found.push({ index, set }))
  for (const { index, set } of found) {
    await nextTurn()
    set(strings[index]?.toString('latin1') ?? '')
  }
}
