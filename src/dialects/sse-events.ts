/** Takes the events of a stream as they come. The bytes are valid only during the call. */
export type SseSink = {
  /** A whole event with the blank line that ends it: `bytes` from `start` to `end`. */
  event(bytes: Buffer, start: number, end: number): void
  /** A piece of an event that is longer than the cap; `last` where it ends. */
  overlong(piece: Buffer, last: boolean): void
}

/** Cuts a stream into events. */
export type SseEvents = {
  push(chunk: Buffer): void
  /** What came after the last whole event. */
  rest(): Buffer
}

const LF = 0x0a
const CR = 0x0d
const NO_BYTES = Buffer.alloc(0)
const FIRST_HELD_BYTES = 2_048

/**
 * Cuts a `text/event-stream` body into events at its blank lines, for any cut of the bytes and with
 * every line ending of the standard (LF, CR LF, CR; WHATWG HTML 9.2.6). Events that lie whole in a chunk
 * are not copied. An incomplete one is held up to `maxEventBytes`; a longer one goes on in pieces, so
 * that memory is bounded. A blank line that ends in a CR is known to be over only with the next byte.
 */
export const createSseEvents = (sink: SseSink, maxEventBytes: number): SseEvents => {
  let held = NO_BYTES
  let heldLength = 0
  let overlong = false
  /** Whether the line so far is empty, so that its end is the end of an event. */
  let lineEmpty = true
  let afterCr = false
  let endsAfterCr = false

  /** Index after the event that goes on at `from`, or -1; for bytes without a CR. */
  const endByLf = (bytes: Buffer, from: number): number => {
    let at = from
    while (at < bytes.length) {
      if (lineEmpty && bytes[at] === LF) return at + 1
      const lf = bytes.indexOf(LF, at)
      lineEmpty = lf !== -1
      if (lf === -1) return -1
      at = lf + 1
    }
    return -1
  }

  const endByAny = (bytes: Buffer, from: number): number => {
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at]
      const pair = afterCr && byte === LF
      afterCr = false
      if (endsAfterCr) {
        endsAfterCr = false
        return pair ? at + 1 : at
      }
      if (pair) continue
      if (byte === LF) {
        if (lineEmpty) return at + 1
        lineEmpty = true
      } else if (byte === CR) {
        afterCr = true
        endsAfterCr = lineEmpty
        lineEmpty = true
      } else {
        lineEmpty = false
      }
    }
    return -1
  }

  const hold = (piece: Buffer): void => {
    const needed = heldLength + piece.length
    if (needed > held.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, held.length * 2, FIRST_HELD_BYTES))
      held.copy(grown, 0, 0, heldLength)
      held = grown
    }
    piece.copy(held, heldLength)
    heldLength = needed
  }

  const take = (bytes: Buffer, start: number, end: number): void => {
    if (overlong) {
      overlong = false
      sink.overlong(bytes.subarray(start, end), true)
    } else if (heldLength === 0) {
      sink.event(bytes, start, end)
    } else {
      hold(bytes.subarray(start, end))
      const length = heldLength
      heldLength = 0
      sink.event(held, 0, length)
    }
  }

  const keep = (piece: Buffer): void => {
    if (!overlong && heldLength + piece.length <= maxEventBytes) return hold(piece)
    if (!overlong && heldLength > 0) sink.overlong(held.subarray(0, heldLength), false)
    overlong = true
    heldLength = 0
    held = NO_BYTES
    sink.overlong(piece, false)
  }

  return {
    push: (chunk) => {
      const plain = !afterCr && chunk.indexOf(CR) === -1
      let start = 0
      while (start < chunk.length) {
        const end = plain ? endByLf(chunk, start) : endByAny(chunk, start)
        if (end === -1) return keep(chunk.subarray(start))
        lineEmpty = true
        // The byte after a CR that ended the event stays unread: it begins the next one.
        if (end > start || heldLength > 0 || overlong) take(chunk, start, end)
        start = end
      }
    },
    rest: () => held.subarray(0, heldLength),
  }
}
