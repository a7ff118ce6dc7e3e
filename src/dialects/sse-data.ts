/** Takes the data out of events. */
export type SseData = {
  /** Begins a new event; a byte order mark is skipped only before the first one of a stream. */
  begin(first: boolean): void
  /** A piece of the event, cut anywhere. */
  push(piece: Buffer): void
}

const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const COLON = 0x3a
const NAME = Buffer.from('data')
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]
const LINE_FEED = Buffer.from('\n')

/** Where in a line the reader stands. `head` counts the bytes of the field name that matched. */
type Place = 'head' | 'after-colon' | 'value' | 'other'

/** Index of the line end at or after `from`, or the length. */
const lineEnd = (piece: Buffer, from: number): number => {
  const lf = piece.indexOf(LF, from)
  const cr = piece.indexOf(CR, from)
  const end = lf === -1 || (cr !== -1 && cr < lf) ? cr : lf
  return end === -1 ? piece.length : end
}

/**
 * Hands over the value of every `data` field of an event, pieces in order, a line feed between two
 * fields, without copying (WHATWG HTML 9.2.6: one space after the colon is dropped, a field without a
 * colon has an empty value, other fields and comments are skipped).
 */
export const createSseData = (data: (piece: Buffer) => void): SseData => {
  let place: Place = 'head'
  let matched = 0
  let mark = BYTE_ORDER_MARK.length
  let fields = 0

  const startField = (): void => {
    if (fields++ > 0) data(LINE_FEED)
  }

  const endLine = (): void => {
    if (place === 'head' && matched === NAME.length) startField()
    place = 'head'
    matched = 0
  }

  const readHead = (byte: number | undefined): void => {
    if (mark < BYTE_ORDER_MARK.length && byte === BYTE_ORDER_MARK[mark]) {
      mark++
      return
    }
    mark = BYTE_ORDER_MARK.length
    if (matched === NAME.length && byte === COLON) {
      startField()
      place = 'after-colon'
    } else if (matched < NAME.length && byte === NAME[matched]) {
      matched++
    } else {
      place = 'other'
    }
  }

  return {
    begin: (first) => {
      place = 'head'
      matched = fields = 0
      mark = first ? 0 : BYTE_ORDER_MARK.length
    },
    push: (piece) => {
      let at = 0
      while (at < piece.length) {
        const byte = piece[at]
        if (byte === LF || byte === CR) {
          endLine()
          at++
        } else if (place === 'head') {
          readHead(byte)
          at++
        } else if (place === 'after-colon' && byte === SPACE) {
          place = 'value'
          at++
        } else {
          const end = lineEnd(piece, at)
          if (place !== 'other') {
            place = 'value'
            data(piece.subarray(at, end))
          }
          at = end
        }
      }
    },
  }
}
