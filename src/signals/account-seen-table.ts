import { DAY_MS } from '../core/time.ts'

/** What is kept of one key: when it was first seen and on which UTC days. */
export type SeenRow = {
  readonly key: string
  readonly firstSeenS: number
  /** Days since 1970. */
  readonly lastDay: number
  /** Distinct days in all. */
  readonly days: number
  /** Bit n: seen n days before `lastDay`; n below 32, and 32 further days. */
  readonly recent: number
  readonly older: number
}

/** Keys and the days they were seen on, in bounded memory. */
export interface SeenTable {
  readonly size: number
  /**
   * Notes a sight. True where that changed anything: a new key, or its first sight of a day. A day may be
   * noted late, as far back as days are kept.
   */
  see(key: string, atMs: number): boolean
  /** Takes over a row read back; of two rows of one key the later one wins. False where it is full. */
  restore(row: SeenRow): boolean
  row(key: string): SeenRow | undefined
  /** Days on which a key was seen, later than the day of `afterMs`; of the last 64 days before its last. */
  daysAfter(key: string, afterMs: number): number
  /** All keys, in no order; keys that come while it runs may be left out. */
  keys(): IterableIterator<string>
}

const SHARDS = 256
const FIRST_CAPACITY = 1_024

const bits = (word: number): number => {
  let left = word - ((word >>> 1) & 0x55555555)
  left = (left & 0x33333333) + ((left >>> 2) & 0x33333333)
  return Math.imul((left + (left >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/** The lowest `count` bits. */
const lowest = (count: number): number => (count >= 32 ? -1 : count <= 0 ? 0 : (1 << count) - 1)

type Columns = {
  readonly firstSeenS: Uint32Array
  readonly lastDay: Uint16Array
  readonly days: Uint16Array
  readonly recent: Uint32Array
  readonly older: Uint32Array
}

const createColumns = (capacity: number, from?: Columns): Columns => {
  const columns = {
    firstSeenS: new Uint32Array(capacity),
    lastDay: new Uint16Array(capacity),
    days: new Uint16Array(capacity),
    recent: new Uint32Array(capacity),
    older: new Uint32Array(capacity),
  }
  if (from !== undefined) {
    columns.firstSeenS.set(from.firstSeenS)
    columns.lastDay.set(from.lastDay)
    columns.days.set(from.days)
    columns.recent.set(from.recent)
    columns.older.set(from.older)
  }
  return columns
}

/**
 * An empty table for at most `max` keys: 16 bytes of columns a key beside the key itself, and maps so
 * small that growing one never stops the event loop. A full table keeps what it has.
 */
export const createSeenTable = (max: number): SeenTable => {
  const shards = Array.from({ length: SHARDS }, () => new Map<string, number>())
  let columns = createColumns(FIRST_CAPACITY)
  let capacity = FIRST_CAPACITY
  let size = 0

  const shardOf = (key: string): Map<string, number> | undefined =>
    shards[(key.charCodeAt(0) * 31 + key.charCodeAt(1)) & (SHARDS - 1)] ?? shards[0]
  const slotOf = (key: string): number | undefined => shardOf(key)?.get(key)

  const add = (key: string): number => {
    if (size === capacity) {
      capacity = Math.min(capacity * 2, max)
      columns = createColumns(capacity, columns)
    }
    shardOf(key)?.set(key, size)
    return size++
  }
  const write = (slot: number, row: Omit<SeenRow, 'key'>): void => {
    columns.firstSeenS[slot] = row.firstSeenS
    columns.lastDay[slot] = row.lastDay
    columns.days[slot] = row.days
    columns.recent[slot] = row.recent
    columns.older[slot] = row.older
  }
  const read = (key: string, slot: number): SeenRow => ({
    key,
    firstSeenS: columns.firstSeenS[slot] ?? 0,
    lastDay: columns.lastDay[slot] ?? 0,
    days: columns.days[slot] ?? 0,
    recent: columns.recent[slot] ?? 0,
    older: columns.older[slot] ?? 0,
  })

  /** Another process may have seen a day that this one has already left behind. */
  const seeLate = (slot: number, back: number): boolean => {
    const words = back < 32 ? columns.recent : columns.older
    const before = words[slot] ?? 0
    const bit = 1 << (back & 31)
    if (back > 63 || (before & bit) !== 0) return false
    words[slot] = before | bit
    columns.days[slot] = Math.min(0xffff, (columns.days[slot] ?? 0) + 1)
    return true
  }

  return {
    get size() {
      return size
    },
    see: (key, atMs) => {
      const day = Math.floor(atMs / DAY_MS)
      const slot = slotOf(key)
      if (slot === undefined) {
        if (size >= max) return false
        const firstSeenS = Math.floor(atMs / 1000)
        write(add(key), { firstSeenS, lastDay: day, days: 1, recent: 1, older: 0 })
        return true
      }
      const gap = day - (columns.lastDay[slot] ?? 0)
      if (gap <= 0) return seeLate(slot, -gap)
      const { recent, older } = read(key, slot)
      columns.lastDay[slot] = day
      columns.days[slot] = Math.min(0xffff, (columns.days[slot] ?? 0) + 1)
      columns.recent[slot] = (gap < 32 ? recent << gap : 0) | 1
      columns.older[slot] =
        gap < 32 ? (older << gap) | (recent >>> (32 - gap)) : gap < 64 ? recent << (gap - 32) : 0
      return true
    },
    restore: (row) => {
      const slot = slotOf(row.key)
      if (slot === undefined) {
        if (size >= max) return false
        write(add(row.key), row)
      } else if (row.lastDay >= (columns.lastDay[slot] ?? 0)) write(slot, row)
      return true
    },
    row: (key) => {
      const slot = slotOf(key)
      return slot === undefined ? undefined : read(key, slot)
    },
    daysAfter: (key, afterMs) => {
      const slot = slotOf(key)
      if (slot === undefined) return 0
      const span = (columns.lastDay[slot] ?? 0) - Math.floor(afterMs / DAY_MS)
      if (span <= 0) return 0
      return (
        bits((columns.recent[slot] ?? 0) & lowest(span)) +
        bits((columns.older[slot] ?? 0) & lowest(span - 32))
      )
    },
    keys: function* () {
      for (const shard of shards) yield* shard.keys()
    },
  }
}
