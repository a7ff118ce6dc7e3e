import type { TextHash } from './velocity-hash.ts'

/**
 * Rows of 32-bit words, found by a 64-bit key. A row is addressed by its number; its words start at
 * `at(row)` of `page(row)`. The first three words belong to the table: the key and the second in which
 * the row was last used.
 */
export interface RowTable {
  readonly size: number
  readonly evicted: number
  /** Bytes allocated for rows and index. */
  readonly bytes: number
  /** Row of a key, -1 where there is none. */
  find(key: TextHash): number
  /** Row of a key, made where there was none; where the table is full an idle row makes room. */
  claim(key: TextHash, nowS: number): number
  page(row: number): Uint32Array
  at(row: number): number
}

/** Words at the start of a row that the table itself uses. */
export const ROW_HEAD_WORDS = 3

/** Word of a row that holds the second of its last use. */
export const ROW_SEEN_WORD = 2

const PAGE_BITS = 12
const PAGE_ROWS = 1 << PAGE_BITS
const EVICTION_SAMPLE = 8

/**
 * A table of at most `capacity` rows. Rows come in pages of 4,096, so that memory follows use and nothing
 * is ever copied; the index has open addressing with linear probing and shifts back on removal (Knuth,
 * TAOCP 6.4, algorithm R). A full table gives up the longest idle of eight neighbouring rows, which comes
 * close to least recently used at no cost in memory. `onEvict` frees what the row refers to.
 */
export const createRowTable = (options: {
  readonly capacity: number
  /** Words of a row, the head included. */
  readonly words: number
  readonly onEvict: (page: Uint32Array, at: number) => void
}): RowTable => {
  const { capacity, words } = options
  const indexSize = Math.ceil(capacity * 1.5) + 1
  /** Row number plus one; 0 is free. */
  const index = new Uint32Array(indexSize)
  const pages: Uint32Array[] = []
  let size = 0
  let evicted = 0
  let cursor = 0

  const pageOf = (row: number): Uint32Array => {
    const page = pages[row >>> PAGE_BITS]
    if (page === undefined) throw new RangeError('no such row')
    return page
  }
  const atOf = (row: number): number => (row & (PAGE_ROWS - 1)) * words

  /** Place in the index that holds the key, or the free one where it would go. */
  const placeOf = (high: number, low: number): number => {
    for (let place = low % indexSize; ; place = place + 1 === indexSize ? 0 : place + 1) {
      const entry = index[place] ?? 0
      if (entry === 0) return place
      const page = pageOf(entry - 1)
      const at = atOf(entry - 1)
      if (page[at] === high && page[at + 1] === low) return place
    }
  }

  const unindex = (gap: number): void => {
    let hole = gap
    index[hole] = 0
    for (let place = hole + 1; ; place++) {
      if (place === indexSize) place = 0
      const entry = index[place] ?? 0
      if (entry === 0) return
      const home = (pageOf(entry - 1)[atOf(entry - 1) + 1] ?? 0) % indexSize
      // An entry may fill the hole only if its home does not lie behind the hole on the way here.
      const stays = hole <= place ? hole < home && home <= place : hole < home || home <= place
      if (stays) continue
      index[hole] = entry
      index[place] = 0
      hole = place
    }
  }

  const idleRow = (): number => {
    let idle = cursor
    let idleSince = Infinity
    for (let i = 0; i < EVICTION_SAMPLE; i++) {
      const row = (cursor + i) % size
      const seen = pageOf(row)[atOf(row) + ROW_SEEN_WORD] ?? 0
      if (seen >= idleSince) continue
      idle = row
      idleSince = seen
    }
    cursor = (cursor + EVICTION_SAMPLE) % size
    return idle
  }

  const makeRoom = (): number => {
    const row = idleRow()
    const page = pageOf(row)
    const at = atOf(row)
    unindex(placeOf(page[at] ?? 0, page[at + 1] ?? 0))
    options.onEvict(page, at)
    page.fill(0, at, at + words)
    evicted++
    return row
  }

  const grow = (): number => {
    if (size % PAGE_ROWS === 0) pages.push(new Uint32Array(PAGE_ROWS * words))
    return size++
  }

  return {
    get size() {
      return size
    },
    get evicted() {
      return evicted
    },
    get bytes() {
      return index.byteLength + pages.length * PAGE_ROWS * words * 4
    },
    find: ({ high, low }) => (index[placeOf(high, low)] ?? 0) - 1,
    claim: ({ high, low }, nowS) => {
      const found = (index[placeOf(high, low)] ?? 0) - 1
      if (found !== -1) return found
      const row = size < capacity ? grow() : makeRoom()
      const page = pageOf(row)
      const at = atOf(row)
      page[at] = high
      page[at + 1] = low
      page[at + ROW_SEEN_WORD] = nowS
      // Making room may have moved entries, so the place is looked up again.
      index[placeOf(high, low)] = row + 1
      return row
    },
    page: pageOf,
    at: atOf,
  }
}
