import type { CallEvent } from '../core/event.ts'
import type { Problem } from '../core/problem.ts'
import type { RecordedCall } from '../core/trace.ts'
import { eachTraceLine, UnreadableTrace } from './trace-file.ts'
import { createTraceLines } from './trace-line.ts'

/** What a trace is read into. */
export type TraceTaker<J extends { readonly event: CallEvent }> = {
  judge(recorded: RecordedCall): Promise<J>
  count(recorded: RecordedCall, judged: J): void | Promise<void>
}

/** How far a trace could be read. */
export type TraceRead = {
  /** Lines looked at. */
  readonly lines: number
  /** Calls that count. */
  readonly calls: number
  /** Lines that were left out. */
  readonly skipped: number
  /** Whether all of it was judged but what was allowed to be left out; else the rest is void. */
  readonly whole: boolean
  /** Whether the file is damaged or cut off, and what could be read of it was allowed to stand for it. */
  readonly cut: boolean
  /** The first of what is wrong. */
  readonly problems: readonly Problem[]
}

const MAX_PROBLEMS = 20
/** Room on a line for what is not the body. */
const BESIDE_BODY_BYTES = 1024 * 1024

class Enough extends Error {}

const isJson = (body: Uint8Array): boolean => {
  try {
    JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.length).toString())
    return true
  } catch {
    return false
  }
}

/**
 * Feeds a trace to a replay, a line at a time. A line that is no call, or comes before its time, is a
 * problem. After the first of them nothing is judged any more, since what follows would be judged without
 * it, and reading goes on only to find more, up to 20; with `lenient` the line is left out and all else
 * goes on, and a gzip file that is damaged or cut off counts as far as it could be read. Any other file that
 * cannot be read to its end is a problem in both cases, as is one without a single call.
 */
export const readTrace = async <J extends { readonly event: CallEvent }>(
  options: {
    readonly file: string
    readonly maxBodyBytes: number
    readonly lenient: boolean
    /** After every line. */
    readonly onLine?: (() => void) | undefined
  },
  taker: TraceTaker<J>,
): Promise<TraceRead> => {
  const { file, maxBodyBytes, lenient, onLine } = options
  const read = createTraceLines(file)
  const maxLineBytes = maxBodyBytes + BESIDE_BODY_BYTES
  const problems: Problem[] = []
  let lines = 0
  let calls = 0
  let skipped = 0
  let latestMs = 0
  let broken = false
  let cut = false

  const refuse = (found: readonly Problem[]): void => {
    skipped++
    broken ||= !lenient
    problems.push(...found.slice(0, MAX_PROBLEMS - problems.length))
    if (!lenient && problems.length >= MAX_PROBLEMS) throw new Enough()
  }
  const at = (what: string, instead: string): Problem => ({
    file,
    line: Math.max(1, lines),
    col: 1,
    what,
    instead,
  })
  const judged = async (recorded: RecordedCall): Promise<void> => {
    const outcome = await taker.judge(recorded)
    // Bodies are cut out of their line unparsed; one that is no JSON is the trace's mistake, not the caller's.
    if (
      outcome.event.fault === 'invalid_body' &&
      recorded.body.length > 0 &&
      !isJson(recorded.body)
    )
      return refuse([at('the body is not valid JSON', 'write one JSON object a line')])
    calls++
    await taker.count(recorded, outcome)
  }
  const take = (line: Buffer | undefined, number: number): Promise<void> | undefined => {
    lines = number
    onLine?.()
    if (line === undefined) {
      refuse([at(`the line is over ${maxLineBytes} bytes`, 'shorten it, or raise bodies.max')])
      return undefined
    }
    if (line.length === 0 || (line.length === 1 && line[0] === 0x0d)) return undefined
    const found = read(line, number)
    if (!found.ok) {
      refuse(found.problems)
      return undefined
    }
    const { call } = found
    if (call.atMs < latestMs) {
      const what = `at: ${call.atMs} comes after ${latestMs}, which is later`
      refuse([at(what, 'sort the trace by at')])
      return undefined
    }
    latestMs = call.atMs
    return broken ? undefined : judged(call)
  }

  try {
    await eachTraceLine(file, maxLineBytes, take)
  } catch (error) {
    if (error instanceof UnreadableTrace) {
      const zipped = error.code.startsWith('Z_')
      problems.push(
        zipped
          ? at(`the gzip data is damaged or cut off here (${error.code})`, 'write the file anew')
          : at(`the trace cannot be read (${error.code})`, 'name a file that can be read'),
      )
      if (zipped && lenient) cut = true
      else broken = true
    } else if (!(error instanceof Enough)) throw error
  }
  if (calls === 0 && !broken) {
    problems.push(at('there is no call in the trace', 'name one that has a call a line'))
    broken = true
  }
  return { lines, calls, skipped, whole: !broken, cut, problems }
}
