import { Fault } from '../core/fault.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c

const invalid = (what: string, at: number): Fault =>
  new Fault('invalid_body', { detail: `byte ${at}: ${what}` })

/** Value of a hexadecimal digit by its byte; 16 for any other byte. */
const HEX: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  const value = parseInt(String.fromCharCode(byte), 16)
  return Number.isNaN(value) ? 16 : value
})

/** 1 for the bytes that may follow a backslash, `u` aside. */
const SIMPLE: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  '"\\/bfnrt'.includes(String.fromCharCode(byte)) ? 1 : 0,
)

/** The UTF-16 code unit of the `\u` escape at a backslash. */
const unitAt = (body: Buffer, at: number): number => {
  let unit = 0
  for (let digit = at + 2; digit < at + 6; digit++) {
    const value = HEX[body[digit] ?? 0] ?? 16
    if (value === 16) throw invalid('no such escape', at)
    unit = unit * 16 + value
  }
  return unit
}

/** Checks the escape at a backslash; its length in bytes. */
const escapeLength = (body: Buffer, at: number): number => {
  const kind = body[at + 1] ?? 0
  if (SIMPLE[kind] === 1) return 2
  if (kind !== 0x75) throw invalid('no such escape', at)
  const unit = unitAt(body, at)
  if (unit < 0xd800 || unit > 0xdfff) return 6
  const paired = unit < 0xdc00 && body[at + 6] === BACKSLASH && body[at + 7] === 0x75
  const low = paired ? unitAt(body, at + 6) : 0
  if (low < 0xdc00 || low > 0xdfff) throw invalid('half of a surrogate pair', at)
  return 12
}

/**
 * Goes through the inside of a JSON string, over its bytes, to the closing quote or to `until`, whichever
 * comes first; the position reached, from which to go on. An escape that begins before `until` is taken
 * whole. Throws `invalid_body` where the parser would refuse the string: control characters, unknown
 * escapes, half of a surrogate pair.
 */
export const throughString = (body: Buffer, from: number, until: number): number => {
  let at = from
  while (at < until) {
    const byte = body[at] ?? 0
    if (byte === QUOTE) return at
    if (byte < 0x20) throw invalid('a control character must be escaped', at)
    at += byte === BACKSLASH ? escapeLength(body, at) : 1
  }
  return at
}
