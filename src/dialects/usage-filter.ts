import type { StreamFilter } from '../core/seams.ts'
import { asBuffer } from './as-buffer.ts'
import { createByteSearch } from './byte-search.ts'
import { findJsonMember, isText, skipBlank, type JsonMember } from './json-member.ts'
import { createSseEvents } from './sse-events.ts'

const LF = 0x0a
const CR = 0x0d
const COMMA = 0x2c
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b

/** What an incomplete event may hold back. A chunk of a completion is far smaller; what is larger passes. */
const MAX_HELD_BYTES = 256 * 1024

const USAGE = createByteSearch('"usage"')
const DATA = createByteSearch('data:')
const NO_BYTES = Buffer.alloc(0)

/** Start of the JSON object of an event that is one line of data, -1 for any other. */
const objectOf = (event: Buffer): number => {
  const field = DATA.find(event, 0, event.length)
  const before = event[field - 1]
  if (field === -1 || (field > 0 && before !== LF && before !== CR)) return -1
  const open = skipBlank(event, field + DATA.text.length)
  return event[open] === OPEN_OBJECT ? open : -1
}

/** Whether the chunk carries usage and nothing else: no choices, and a report. */
const onlyReports = (event: Buffer, open: number, usage: JsonMember): boolean => {
  if (event[usage.valueStart] !== OPEN_OBJECT) return false
  const choices = findJsonMember(event, open, 'choices')
  if (choices === undefined || event[choices.valueStart] !== OPEN_ARRAY) return false
  return event[skipBlank(event, choices.valueStart + 1)] === CLOSE_ARRAY
}

/** The event without a member, one comma going with it. */
const without = (event: Buffer, { nameStart, valueEnd, commaBefore }: JsonMember): Buffer[] => {
  if (commaBefore !== -1) return [event.subarray(0, commaBefore), event.subarray(valueEnd)]
  const next = skipBlank(event, valueEnd)
  const rest = event[next] === COMMA ? skipBlank(event, next + 1) : valueEnd
  return [event.subarray(0, nameStart), event.subarray(rest)]
}

const edited = (event: Buffer): Buffer[] => {
  if (USAGE.find(event, 0, event.length) === -1) return [event]
  const open = objectOf(event)
  if (open === -1) return [event]
  const usage = findJsonMember(event, open, 'usage')
  if (usage === undefined) return [event]
  if (isText(event, usage.valueStart, usage.valueEnd, 'null')) return without(event, usage)
  return onlyReports(event, open, usage) ? [] : [event]
}

/**
 * Takes back out of a stream what asking for usage put in: the last chunk, which has no choices, and
 * `"usage":null` in every other. All other bytes stay as they are. A report beside choices was not asked
 * for by us and stays too. Known limit: an upstream that sends that last chunk unasked has it hidden.
 */
export const createUsageFilter = (): StreamFilter => {
  let out: Buffer[] = []
  let chunk: Buffer = NO_BYTES
  const events = createSseEvents(
    {
      event: (bytes, start, end) => {
        const event = bytes.subarray(start, end)
        // A held event lies in a buffer that is used again before these bytes have left the process.
        for (const piece of edited(bytes === chunk ? event : Buffer.from(event))) out.push(piece)
      },
      overlong: (piece) => {
        out.push(Buffer.from(piece))
      },
    },
    MAX_HELD_BYTES,
  )

  const take = (): Buffer => {
    const [only] = out
    const bytes = out.length > 1 || only === undefined ? Buffer.concat(out) : only
    out = []
    return bytes
  }

  return {
    push: (bytes) => {
      chunk = asBuffer(bytes)
      events.push(chunk)
      chunk = NO_BYTES
      return take()
    },
    flush: () => {
      const rest = events.rest()
      if (rest.length === 0) return NO_BYTES
      return Buffer.concat(edited(rest))
    },
  }
}
