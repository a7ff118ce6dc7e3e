import { isSubject } from '../core/clearance-row.ts'
import type { Subject } from '../core/challenge.ts'
import { isCount, isText, parseRowBatch } from '../core/row-batch.ts'
import { DAY_MS } from '../core/time.ts'
import type { CountedEvent } from './challenge-count-table.ts'

/** Topic under which processes tell each other of challenges they issued and saw solved. */
export const CHALLENGE_COUNTS_TOPIC = 'challenge-counts'

/** Challenges of one subject, network and stack within a moment. */
export type CountedChallenges = {
  readonly atMs: number
  readonly event: CountedEvent
  readonly subject: Subject
  readonly network: string
  readonly stack: string
  readonly count: number
}

/** First element of a batch: texts of another version are not read. */
const VERSION = 1
const FIELDS = 6
/** Rows of one batch. */
export const MAX_COUNTS_OF_BATCH = 500
const MAX_BATCH_CHARS = 512 * 1024
const HASH = /^[\w-]{1,64}$/
const MAX_COUNT = 1e6
/** Clocks of replicas may differ by this much; what claims to come from later is not believed. */
const AHEAD_MS = 300_000

/** Text of a batch of at most {@link MAX_COUNTS_OF_BATCH} rows. */
export const challengeCountsText = (rows: readonly CountedChallenges[]): string =>
  JSON.stringify([
    VERSION,
    ...rows.map(({ atMs, event, subject, network, stack, count }) => [
      Math.round(atMs),
      event === 'issued' ? 0 : 1,
      subject,
      network,
      stack,
      Math.min(count, MAX_COUNT),
    ]),
  ])

const countedOfRow = (row: unknown, nowMs: number): CountedChallenges | undefined => {
  if (!Array.isArray(row) || row.length !== FIELDS) return undefined
  // An array out of JSON holds whatever its writer wanted; each element is checked below.
  const fields: readonly unknown[] = row
  const [atMs, event, subject, network, stack, count] = fields
  if (!isCount(atMs, nowMs + AHEAD_MS) || atMs <= nowMs - DAY_MS) return undefined
  if (event !== 0 && event !== 1) return undefined
  if (!isSubject(subject) || !isText(network, HASH) || !isText(stack, HASH)) return undefined
  if (!isCount(count, MAX_COUNT) || count === 0) return undefined
  return {
    // A clock that is ahead must not empty the cells of those who are not.
    atMs: Math.min(atMs, nowMs),
    event: event === 0 ? 'issued' : 'solved',
    subject,
    network,
    stack,
    count,
  }
}

/** What a batch came to: its sound rows, and how many others were in it. */
export type ParsedCounts = {
  readonly rows: readonly CountedChallenges[]
  readonly refused: number
}

/** Reads a batch as hostile: size, version, types, ranges and times are bounded. Never throws. */
export const parseChallengeCounts = (text: string, nowMs: number): ParsedCounts =>
  parseRowBatch(text, {
    version: VERSION,
    maxRows: MAX_COUNTS_OF_BATCH,
    maxChars: MAX_BATCH_CHARS,
    rowOf: (row) => countedOfRow(row, nowMs),
  })
