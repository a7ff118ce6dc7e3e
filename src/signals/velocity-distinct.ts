/** What a value in a chain is; a chain may hold several kinds. */
export const DISTINCT_KIND = { network: 0, asn: 1, country: 2, entity: 3 } as const

/** How many kinds there are. */
export const KINDS = 4

/** Number of a kind of value. */
export type DistinctKind = (typeof DISTINCT_KIND)[keyof typeof DISTINCT_KIND]

/** Distinct values of one kind are counted exactly up to here; of more, the latest are kept. */
export const DISTINCT_CAP = 128

/**
 * Small sets of values that were seen within a day. A set is a chain of blocks with three values each,
 * taken from one pool; 0 is the empty chain.
 */
export interface DistinctSets {
  readonly blocks: number
  readonly bytes: number
  /** Notes a value (30 bits) as seen and returns the head of the chain from now on. */
  note(head: number, kind: DistinctKind, value: number, nowS: number): number
  /** Writes to `out` how many values were seen within a day, by kind, and from 4 on within an hour. */
  count(head: number, nowS: number, out: Int32Array): void
  /** Gives all blocks of a chain back. */
  free(head: number): void
}

const HOUR_S = 3_600
const DAY_S = 86_400
const PAGE_BITS = 12
const PAGE_BLOCKS = 1 << PAGE_BITS
const VALUES = 3
/** Next block, then value and second by turns. */
const WORDS = 1 + VALUES * 2
const VALUE_MASK = 0x3fffffff

/** Where a block starts in its page. */
const atOf = (block: number): number => (block & (PAGE_BLOCKS - 1)) * WORDS

/**
 * A pool of at most `maxBlocks` blocks of 28 bytes. A value that has not been seen for a day makes room for
 * the next. A kind that has reached its cap, and any value once the pool is empty, takes the place of the
 * value of its kind that was seen longest ago: so the count of the hour stays right up to the cap, and the
 * count of the day stops there.
 */
export const createDistinctSets = (options: { readonly maxBlocks: number }): DistinctSets => {
  const pages: Uint32Array[] = []
  let used = 0
  let freeHead = 0
  let live = 0

  const pageOf = (block: number): Uint32Array => {
    const page = pages[block >>> PAGE_BITS]
    if (page === undefined) throw new RangeError('no such block')
    return page
  }

  /** An empty block, 0 where there is no more. Block 0 is never given out. */
  const allocate = (): number => {
    let block = freeHead
    if (block !== 0) {
      const page = pageOf(block)
      freeHead = page[atOf(block)] ?? 0
      page.fill(0, atOf(block), atOf(block) + WORDS)
    } else {
      if (used >= options.maxBlocks) return 0
      block = ++used
      if (block >>> PAGE_BITS >= pages.length) pages.push(new Uint32Array(PAGE_BLOCKS * WORDS))
    }
    live++
    return block
  }

  const put = (block: number, offset: number, tagged: number, nowS: number): void => {
    const page = pageOf(block)
    page[atOf(block) + offset] = tagged
    page[atOf(block) + offset + 1] = nowS
  }

  return {
    get blocks() {
      return live
    },
    get bytes() {
      return pages.length * PAGE_BLOCKS * WORDS * 4
    },
    note: (head, kind, value, nowS) => {
      const tagged = ((kind << 30) | (value & VALUE_MASK)) >>> 0
      let spare: { block: number; offset: number } | undefined
      let oldest: { block: number; offset: number; seenS: number } | undefined
      let sameKind = 0
      for (let block = head; block !== 0; block = pageOf(block)[atOf(block)] ?? 0) {
        const page = pageOf(block)
        const at = atOf(block)
        for (let offset = 1; offset < WORDS; offset += 2) {
          const seenS = page[at + offset + 1] ?? 0
          if (seenS === 0 || seenS + DAY_S <= nowS) {
            spare ??= { block, offset }
            continue
          }
          const held = page[at + offset] ?? 0
          if (held === tagged) {
            if (nowS > seenS) page[at + offset + 1] = nowS
            return head
          }
          if (held >>> 30 !== kind) continue
          sameKind++
          if (oldest === undefined || seenS < oldest.seenS) oldest = { block, offset, seenS }
        }
      }
      const target = sameKind >= DISTINCT_CAP ? oldest : spare
      if (target !== undefined) {
        put(target.block, target.offset, tagged, nowS)
        return head
      }
      const block = allocate()
      if (block === 0) {
        if (oldest !== undefined) put(oldest.block, oldest.offset, tagged, nowS)
        return head
      }
      pageOf(block)[atOf(block)] = head
      put(block, 1, tagged, nowS)
      return block
    },
    count: (head, nowS, out) => {
      out.fill(0)
      for (let block = head; block !== 0; block = pageOf(block)[atOf(block)] ?? 0) {
        const page = pageOf(block)
        const at = atOf(block)
        for (let offset = 1; offset < WORDS; offset += 2) {
          const seenS = page[at + offset + 1] ?? 0
          if (seenS === 0 || seenS + DAY_S <= nowS) continue
          const kind = (page[at + offset] ?? 0) >>> 30
          out[kind] = (out[kind] ?? 0) + 1
          if (seenS + HOUR_S > nowS) out[KINDS + kind] = (out[KINDS + kind] ?? 0) + 1
        }
      }
    },
    free: (head) => {
      for (let block = head; block !== 0;) {
        const page = pageOf(block)
        const at = atOf(block)
        const next = page[at] ?? 0
        page[at] = freeHead
        freeHead = block
        live--
        block = next
      }
    },
  }
}
