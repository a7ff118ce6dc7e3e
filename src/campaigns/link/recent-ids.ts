import { textHash53 } from './value-hash.ts'

const BUCKETS = 1 << 17

/** Ids that were seen of late. */
export interface RecentIds {
  /** True where the id was not there; it is from then on. */
  add(id: string): boolean
  save(): Float64Array
  restore(saved: Float64Array): void
}

/**
 * Remembers about the last 100,000 ids in 2 MB, two a bucket, the older one giving way. It never takes two
 * ids for one, but for a clash of 53 bits; an id delivered again much later passes as new.
 */
export const createRecentIds = (): RecentIds => {
  const seen = new Float64Array(BUCKETS * 2)
  return {
    add: (id) => {
      const hash = textHash53(id)
      const at = (hash % BUCKETS) * 2
      if (seen[at] === hash || seen[at + 1] === hash) return false
      seen[at + 1] = seen[at] ?? 0
      seen[at] = hash
      return true
    },
    save: () => seen.filter((hash) => hash !== 0),
    restore: (saved) => {
      // Filled from the older of each bucket to the newer: saved in table order, newest of a bucket first.
      for (let i = saved.length - 1; i >= 0; i--) {
        const hash = saved[i] ?? 0
        const at = (hash % BUCKETS) * 2
        seen[at + 1] = seen[at] ?? 0
        seen[at] = hash
      }
    },
  }
}
