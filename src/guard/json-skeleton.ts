import { isAscii } from 'node:buffer'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Fault } from '../core/fault.ts'
import { markOf, restoreMarked } from './json-marks.ts'
import { throughString } from './json-string.ts'

/** A large JSON text with its long strings emptied. */
export type JsonSkeleton = {
  readonly text: string
  /** Where a byte of the skeleton stands in the body. */
  readonly offsetOf: (byte: number) => number
  /** Puts the emptied strings that are plain ASCII, such as inline media, back into the parsed text. */
  readonly restore: (parsed: object) => Promise<void>
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a

/** Longer values are emptied. */
const LONG_BYTES = 1024
/** Most bytes that may be left, so that parsing them stays short. */
const MAX_KEPT_BYTES = 4 * 1024 * 1024
/** Bytes worked on between two turns of the event loop: many short strings cost more than a long one. */
const TURN_BYTES = 256 * 1024
const LONG_TURN_BYTES = 1024 * 1024

const invalid = (what: string, at: number): Fault =>
  new Fault('invalid_body', { detail: `byte ${at}: ${what}` })

/** Whether a string that ends before `at` is a key. */
const isKey = (body: Buffer, at: number): boolean => {
  let next = at
  while (next < at + LONG_BYTES && (body[next] ?? 0) <= 0x20 && next < body.length) next++
  return body[next] === COLON
}

/**
 * Empties the long strings of a body over its bytes, checking their inside as the parser would, and leaves
 * everything else as it is. An image of 20 MB then costs one pass in slices instead of two copies and a
 * parse that would hold up every other call. Rejects with `invalid_body` for a mistake inside a string
 * and `body_too_large` where over 4 MiB are left.
 */
export const skeletonOf = async (body: Buffer): Promise<JsonSkeleton> => {
  const kept: Buffer[] = []
  /** For each cut: bytes kept before it, and bytes of the body before its end. */
  const cuts: { readonly kept: number; readonly end: number }[] = []
  const strings: Buffer[] = []
  let keptBytes = 0
  let keptFrom = 0
  let turnAt = 0

  const keepUntil = (end: number): void => {
    kept.push(body.subarray(keptFrom, end))
    keptBytes += end - keptFrom
    if (keptBytes > MAX_KEPT_BYTES) {
      throw new Fault('body_too_large', { detail: 'too much of it stands outside of long texts' })
    }
  }

  for (let at = 0; ;) {
    const open = body.indexOf(QUOTE, at)
    if (open === -1) break
    let close = open + 1
    for (;;) {
      close = throughString(body, close, Math.min(close + LONG_TURN_BYTES, body.length))
      if (body[close] === QUOTE) break
      if (close >= body.length) throw invalid('a string does not end', open)
      await nextTurn()
    }
    at = close + 1
    if (close - open > LONG_BYTES && !isKey(body, at)) {
      keepUntil(open + 1)
      const inside = body.subarray(open + 1, close)
      if (isAscii(inside) && !inside.includes(BACKSLASH)) {
        const mark = Buffer.from(markOf(strings.push(inside) - 1))
        kept.push(mark)
        keptBytes += mark.length
      }
      cuts.push({ kept: keptBytes, end: close })
      keptFrom = close
    }
    if (at - keptFrom + keptBytes > MAX_KEPT_BYTES) keepUntil(at)
    if (at - turnAt > TURN_BYTES) {
      turnAt = at
      await nextTurn()
    }
  }
  keepUntil(body.length)

  return {
    text: Buffer.concat(kept).toString(),
    offsetOf(byte) {
      const cut = cuts.findLast((before) => before.kept <= byte)
      return cut === undefined ? byte : cut.end + byte - cut.kept
    },
    restore: (parsed) => restoreMarked(parsed, strings),
  }
}
