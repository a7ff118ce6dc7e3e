import { DISTINCT_KIND, KINDS, type DistinctSets } from './velocity-distinct.ts'
import type { TextHash } from './velocity-hash.ts'
import { createRowTable, ROW_HEAD_WORDS, ROW_SEEN_WORD } from './velocity-table.ts'

/** Which entities were seen with which thing, such as a network or a payment instrument, within a day. */
export interface SeenEntities {
  readonly size: number
  readonly evicted: number
  readonly bytes: number
  learn(thing: string, entity: string, atS: number): void
  /** Entities seen with a thing, 1 day; 0 for one that was not seen. */
  count(thing: string, nowS: number): number
}

const CHAIN = ROW_HEAD_WORDS

/** A row of 4 words a thing and a chain of its entities. */
export const createSeenEntities = (options: {
  readonly capacity: number
  readonly hash: (text: string) => TextHash
  readonly sets: DistinctSets
}): SeenEntities => {
  const { hash, sets } = options
  const distinct = new Int32Array(2 * KINDS)
  const rows = createRowTable({
    capacity: options.capacity,
    words: CHAIN + 1,
    onEvict: (page, at) => sets.free(page[at + CHAIN] ?? 0),
  })
  return {
    get size() {
      return rows.size
    },
    get evicted() {
      return rows.evicted
    },
    get bytes() {
      return rows.bytes
    },
    learn: (thing, entity, atS) => {
      const value = hash(entity).high >>> 2
      const row = rows.claim(hash(thing), atS)
      const page = rows.page(row)
      const at = rows.at(row)
      page[at + ROW_SEEN_WORD] = Math.max(page[at + ROW_SEEN_WORD] ?? 0, atS)
      page[at + CHAIN] = sets.note(page[at + CHAIN] ?? 0, DISTINCT_KIND.entity, value, atS)
    },
    count: (thing, nowS) => {
      const row = rows.find(hash(thing))
      if (row === -1) return 0
      const head = rows.page(row)[rows.at(row) + CHAIN] ?? 0
      sets.count(head, nowS, distinct)
      return distinct[DISTINCT_KIND.entity] ?? 0
    },
  }
}
