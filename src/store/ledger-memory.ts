import { LedgerFailure, type LedgerMemory } from '../core/ledger.ts'

/** The word with the time it was made at, and the time now, both in ms by the server; see `open.lua`. */
const ANSWER = /^([\w-]{22}\.(\d{15})) (\d{15})$/
/** An older memory than this is a clock that was wrong when it began, or is now. */
const OLDEST_MS = 10 * 365 * 86_400_000

/**
 * The memory of a Redis as its script answered; an age that cannot be is 0. Throws `nonsense` where it is
 * no such answer. A clock that is put forward makes a memory older than it is: known limit.
 */
export const memoryOf = (answer: unknown): LedgerMemory => {
  const [, word, madeMs, nowMs] =
    ANSWER.exec(Buffer.isBuffer(answer) ? answer.toString('latin1') : '') ?? []
  if (word === undefined) {
    throw new LedgerFailure('nonsense', 'Redis answered without the word of its memory')
  }
  const ageMs = Number(nowMs) - Number(madeMs)
  return { word, ageMs: ageMs >= 0 && ageMs <= OLDEST_MS ? ageMs : 0 }
}
