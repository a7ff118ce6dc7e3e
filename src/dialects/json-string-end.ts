const QUOTE = 0x22
const BACKSLASH = 0x5c
/** Most strings end within so many bytes, sooner than a native call pays. */
const NEAR = 32

/**
 * Index after the quote that closes a JSON string, or -1 where it lies beyond the bytes. `from` stands
 * inside the string, not after a backslash. A quote is escaped if an odd number of backslashes stands
 * before it, so the search can leap from quote to quote natively, however long the string is.
 */
export const jsonStringEnd = (bytes: Buffer, from: number): number => {
  let at = from
  const near = Math.min(bytes.length, from + NEAR)
  while (at < near) {
    const byte = bytes[at]
    if (byte === QUOTE) return at + 1
    at += byte === BACKSLASH ? 2 : 1
  }
  for (;;) {
    const quote = bytes.indexOf(QUOTE, at)
    if (quote === -1) return -1
    let before = quote
    while (before > at && bytes[before - 1] === BACKSLASH) before--
    if (((quote - before) & 1) === 0) return quote + 1
    at = quote + 1
  }
}

/** Whether bytes of an unclosed string end after an odd backslash, so that the next byte is escaped. */
export const endsEscaped = (bytes: Buffer, from: number): boolean => {
  let before = bytes.length
  while (before > from && bytes[before - 1] === BACKSLASH) before--
  return ((bytes.length - before) & 1) === 1
}
