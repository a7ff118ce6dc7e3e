/** Answer of {@link Slots.find} and {@link Slots.insert} where there is none. */
export const NO_SLOT = -1

const RECORD_BYTES = 32
const FREE = -1
/** A link keeps 24 bits of slot number, 0 for none, under 8 bits of the fingerprint. */
const SLOT_BITS = 0xff_ff_ff
const BUCKETS_AT_FIRST = 1024
const BUCKETS_PER_SLOT = 2

/**
 * A hash table of counters without keys, objects or timers. A record is 32 bytes: the fingerprint of
 * its key, what was used in the running window and in the one before it, and the time at which it says
 * nothing any more. Slot numbers are dense and stay the same until the slot is released.
 */
export type Slots = {
  /** Slots in use. */
  count(): number
  /** All slots ever used lie below this number. */
  highWater(): number
  find(hi: number, lo: number): number
  /** A zeroed slot for a fingerprint that is not in the table; `NO_SLOT` at the capacity. */
  insert(hi: number, lo: number): number
  release(slot: number): void
  isLive(slot: number): boolean
  hi(slot: number): number
  lo(slot: number): number
  used(slot: number): number
  previous(slot: number): number
  expiresMs(slot: number): number
  write(slot: number, used: number, previous: number, expiresMs: number): void
}

/**
 * Linear hashing (W. Litwin, VLDB 1980): two buckets are split for every slot that is added, so that
 * the table grows with its content and no operation ever waits for a rehash. Buckets are chained by
 * slot number; most look-ups read one link and one record, since a link carries 8 bits of the
 * fingerprint. All three arrays are allocated at full size, once, and filled from the front: the
 * operating system backs a page when it is first touched, so that a million keys take 44 bytes each and
 * an empty table next to nothing.
 */
export const createSlots = (capacity: number): Slots => {
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > SLOT_BITS) {
    throw new RangeError(`capacity must be a whole number from 1 to ${SLOT_BITS}`)
  }
  const maxBuckets = Math.max(BUCKETS_AT_FIRST, capacity * BUCKETS_PER_SLOT)
  // DataViews, since their bounds checks throw instead of answering `undefined`; as fast as arrays.
  const heads = new DataView(new ArrayBuffer(maxBuckets * 4))
  const links = new DataView(new ArrayBuffer(capacity * 4))
  const records = new DataView(new ArrayBuffer(capacity * RECORD_BYTES))
  let count = 0
  let highWater = 0
  let freed = NO_SLOT
  let buckets = BUCKETS_AT_FIRST
  let mask = BUCKETS_AT_FIRST - 1

  const loAt = (slot: number): number => records.getInt32(slot * RECORD_BYTES + 4, true)

  /** Offset of the head of a fingerprint's bucket; those not split yet still use one bit less. */
  const headOf = (lo: number): number => {
    const bucket = lo & ((mask << 1) | 1)
    return (bucket < buckets ? bucket : bucket & mask) * 4
  }

  const splitOne = (): void => {
    let link = heads.getInt32((buckets - mask - 1) * 4, true)
    let stay = 0
    let move = 0
    while (link !== 0) {
      const slot = (link & SLOT_BITS) - 1
      const next = links.getInt32(slot * 4, true)
      if ((loAt(slot) & ((mask << 1) | 1)) === buckets) {
        links.setInt32(slot * 4, move, true)
        move = link
      } else {
        links.setInt32(slot * 4, stay, true)
        stay = link
      }
      link = next
    }
    heads.setInt32((buckets - mask - 1) * 4, stay, true)
    heads.setInt32(buckets * 4, move, true)
    buckets++
    if (buckets > ((mask << 1) | 1)) mask = (mask << 1) | 1
  }

  return {
    count: () => count,
    highWater: () => highWater,
    find: (hi, lo) => {
      const tag = hi & 0xff
      let link = heads.getInt32(headOf(lo), true)
      while (link !== 0) {
        const slot = (link & SLOT_BITS) - 1
        if (
          link >>> 24 === tag &&
          records.getInt32(slot * RECORD_BYTES, true) === hi &&
          loAt(slot) === lo
        ) {
          return slot
        }
        link = links.getInt32(slot * 4, true)
      }
      return NO_SLOT
    },
    insert: (hi, lo) => {
      if (count === capacity) return NO_SLOT
      let slot = freed
      if (slot === NO_SLOT) slot = highWater++
      else freed = records.getInt32(slot * RECORD_BYTES, true)
      count++
      const wanted = Math.min(count * BUCKETS_PER_SLOT, maxBuckets)
      for (let more = wanted - buckets; more > 0; more--) splitOne()
      const offset = slot * RECORD_BYTES
      records.setInt32(offset, hi, true)
      records.setInt32(offset + 4, lo, true)
      records.setFloat64(offset + 8, 0, true)
      records.setFloat64(offset + 16, 0, true)
      records.setFloat64(offset + 24, 0, true)
      const head = headOf(lo)
      links.setInt32(slot * 4, heads.getInt32(head, true), true)
      heads.setInt32(head, ((hi & 0xff) << 24) | (slot + 1), true)
      return slot
    },
    release: (slot) => {
      const head = headOf(loAt(slot))
      const rest = links.getInt32(slot * 4, true)
      let before = (heads.getInt32(head, true) & SLOT_BITS) - 1
      if (before === slot) {
        heads.setInt32(head, rest, true)
      } else {
        for (;;) {
          const next = (links.getInt32(before * 4, true) & SLOT_BITS) - 1
          if (next === slot) break
          before = next
        }
        links.setInt32(before * 4, rest, true)
      }
      records.setInt32(slot * RECORD_BYTES, freed, true)
      records.setFloat64(slot * RECORD_BYTES + 24, FREE, true)
      freed = slot
      count--
    },
    isLive: (slot) =>
      slot < highWater && records.getFloat64(slot * RECORD_BYTES + 24, true) !== FREE,
    hi: (slot) => records.getInt32(slot * RECORD_BYTES, true),
    lo: loAt,
    used: (slot) => records.getFloat64(slot * RECORD_BYTES + 8, true),
    previous: (slot) => records.getFloat64(slot * RECORD_BYTES + 16, true),
    expiresMs: (slot) => records.getFloat64(slot * RECORD_BYTES + 24, true),
    write: (slot, used, previous, expiresMs) => {
      const offset = slot * RECORD_BYTES
      records.setFloat64(offset + 8, used, true)
      records.setFloat64(offset + 16, previous, true)
      records.setFloat64(offset + 24, expiresMs, true)
    },
  }
}
