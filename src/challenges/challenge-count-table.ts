import {
  addCount,
  COUNT_CELLS,
  lastDay,
  lastHour,
  rollCounts,
  type CountRow,
} from './challenge-count-cells.ts'

/** What is counted of a challenge. */
export type CountedEvent = 'issued' | 'solved'

const FROM: { readonly [E in CountedEvent]: number } = { issued: 0, solved: COUNT_CELLS }

/** Issued and solved challenges by one kind of key. */
export interface ChallengeCountTable {
  /** An empty key is nobody's and is not counted. */
  add(key: string, event: CountedEvent, atMs: number, count: number): void
  /** Zeros for no key. */
  of(
    key: string | undefined,
    nowMs: number,
  ): { readonly issued1h: number; readonly issued1d: number; readonly solved1d: number }
  readonly size: number
}

const NOTHING = Object.freeze({ issued1h: 0, issued1d: 0, solved1d: 0 })

/** Beyond `maxKeys` those give way that were counted longest ago. */
export const createChallengeCountTable = (maxKeys: number): ChallengeCountTable => {
  const rows = new Map<string, CountRow>()
  return {
    get size() {
      return rows.size
    },
    add: (key, event, atMs, count) => {
      if (key === '') return
      const row = rows.get(key) ?? { newestMs: atMs, cells: new Uint32Array(2 * COUNT_CELLS) }
      if (atMs > row.newestMs) {
        rollCounts(row, FROM.issued, atMs)
        rollCounts(row, FROM.solved, atMs)
        row.newestMs = atMs
      }
      addCount(row, FROM[event], atMs, count)
      rows.delete(key)
      rows.set(key, row)
      if (rows.size <= maxKeys) return
      const [eldest] = rows.keys()
      if (eldest !== undefined) rows.delete(eldest)
    },
    of: (key, nowMs) => {
      const row = key === undefined ? undefined : rows.get(key)
      if (row === undefined) return NOTHING
      return {
        issued1h: lastHour(row, FROM.issued, nowMs),
        issued1d: lastDay(row, FROM.issued, nowMs),
        solved1d: lastDay(row, FROM.solved, nowMs),
      }
    },
  }
}
