import type { ByteSearch } from './byte-search.ts'

const BLANK = 0x20
const COLON = 0x3a
const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Counts the text that passes in the events of a stream. */
export type TextBytes = {
  /** Reads one event: `bytes` from `start` to `end`. */
  event(bytes: Buffer, start: number, end: number): void
  total(): number
}

const standsAt = (bytes: Buffer, at: number, end: number, key: Buffer): boolean => {
  if (at + key.length > end) return false
  for (let index = 0; index < key.length; index++) {
    if (bytes[at + index] !== key[index]) return false
  }
  return true
}

/** Bytes of the string that follows the name ending at `from`; 0 where something else follows. */
const stringLength = (bytes: Buffer, from: number, end: number): number => {
  let at = from
  while (at < end && (bytes[at] === BLANK || bytes[at] === COLON)) at++
  if (bytes[at] !== QUOTE) return 0
  const start = ++at
  while (at < end && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1
  return Math.min(at, end) - start
}

/**
 * Counts the bytes of the strings that stand under one of these names, one string an event. Events of a
 * stream look alike, so the place of the last hit is tried first and a search is rare. An estimate by
 * design: an event with several such strings counts its first, and escapes count as written.
 */
export const createTextBytes = (names: readonly ByteSearch[]): TextBytes => {
  let lastKey = names[0]?.text
  let lastOffset = 0
  let total = 0

  const search = (bytes: Buffer, start: number, end: number): number => {
    for (const { text, find } of names) {
      let at = find(bytes, start, end)
      while (at !== -1) {
        const length = stringLength(bytes, at + text.length, end)
        if (length > 0) {
          lastKey = text
          lastOffset = at - start
          return length
        }
        at = find(bytes, at + text.length, end)
      }
    }
    return 0
  }

  return {
    event: (bytes, start, end) => {
      const at = start + lastOffset
      const length =
        lastKey !== undefined && standsAt(bytes, at, end, lastKey)
          ? stringLength(bytes, at + lastKey.length, end)
          : 0
      total += length === 0 ? search(bytes, start, end) : length
    },
    total: () => total,
  }
}
