import type { UsageReader } from '../core/seams.ts'
import { asBuffer } from './as-buffer.ts'
import { createJsonField } from './json-field.ts'
import { createSseData } from './sse-data.ts'
import { createSseEvents } from './sse-events.ts'
import { createTextBytes } from './text-bytes.ts'
import { tokensOfText } from './token-estimate.ts'
import { createUsageReport } from './usage-report.ts'
import type { UsageShape } from './usage-shape.ts'

/** What an incomplete event may hold back; a longer one is read without being kept. */
const MAX_HELD_BYTES = 64 * 1024

const NULL = Buffer.from('null')
const COLON = 0x3a
const BLANK = 0x20

const saysNull = (bytes: Buffer, from: number): boolean => {
  let at = from
  while (bytes[at] === COLON || bytes[at] === BLANK) at++
  return bytes[at] === NULL[0] && bytes[at + 1] === NULL[1]
}

/**
 * Reads usage from server-sent events. An event is looked into only where its bytes hold the name of
 * the report with something other than `null` after it, which one native search per chunk tells.
 * Output is estimated from the text of the events: on the recorded streams 0.8 to 1.4 times the visible
 * tokens. Reasoning that is not shown cannot be seen here.
 */
export const createSseUsageReader = (shape: UsageShape): UsageReader => {
  const report = createUsageReport(shape)
  const field = createJsonField(shape.names, report.add)
  const data = createSseData(field.push)
  const text = createTextBytes(shape.text)
  const { name } = shape
  let first = true
  let inOverlong = false
  let chunk: Buffer | undefined
  /** Place of the next report in the chunk at hand; -1 for none, `undefined` before it was looked for. */
  let nextInChunk: number | undefined

  const nextReport = (bytes: Buffer, from: number, end: number): number => {
    let at = name.find(bytes, from, end)
    while (at !== -1 && saysNull(bytes, at + name.text.length)) {
      at = name.find(bytes, at + name.text.length, end)
    }
    return at
  }

  const holdsReport = (bytes: Buffer, start: number, end: number): boolean => {
    if (bytes !== chunk) return nextReport(bytes, start, end) !== -1
    if (nextInChunk === undefined || (nextInChunk !== -1 && nextInChunk < start)) {
      nextInChunk = nextReport(bytes, start, bytes.length)
    }
    return nextInChunk !== -1 && nextInChunk < end
  }

  const begin = (): void => {
    field.reset()
    data.begin(first)
  }

  const read = (bytes: Buffer, start: number, end: number): void => {
    if (holdsReport(bytes, start, end)) {
      begin()
      data.push(bytes.subarray(start, end))
    }
  }

  const events = createSseEvents(
    {
      event: (bytes, start, end) => {
        // Blank lines, which keep a connection alive, hold nothing.
        if (end - start < name.text.length) return
        read(bytes, start, end)
        text.event(bytes, start, end)
        first = false
      },
      overlong: (piece, last) => {
        if (!inOverlong) begin()
        inOverlong = !last
        first = false
        data.push(piece)
      },
    },
    MAX_HELD_BYTES,
  )

  return {
    push: (bytes) => {
      chunk = asBuffer(bytes)
      nextInChunk = undefined
      events.push(chunk)
      chunk = undefined
    },
    total: () => {
      // The last event may lack its blank line. It is only looked at: more of it may follow.
      const rest = events.rest()
      if (!inOverlong && rest.length > 0) read(rest, 0, rest.length)
      return report.total()
    },
    estimatedOutputTokens: () => tokensOfText(text.total()),
  }
}
