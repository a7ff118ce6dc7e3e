import type { Hash53 } from '../../core/traits.ts'

/** Words of an entry: low half of its key, high half with turns and flags, second last seen, owner. */
export const ENTRY_WORDS = 4

const SMALLEST_SLOTS = 1 << 12
const KEY_HIGH_BITS = 21
const KEY_HIGH_MASK = (1 << KEY_HIGH_BITS) - 1
const SHARED_BIT = 1 << 30
const PROVEN_BIT = 1 << 29
const TURNS_MAX = 255

/** A conversation as it stood at one call. */
export type ConversationEntry = {
  readonly owner: number
  readonly seenS: number
  /** Calls up to it, at most 255. */
  readonly turns: number
  /** Made by more than one entity, so nobody's. */
  readonly shared: boolean
  readonly proven: boolean
}

/** Conversations by the keyed hash of how they stood. */
export interface ConversationTable {
  readonly size: number
  readonly bytes: number
  get(key: Hash53): ConversationEntry | undefined
  set(key: Hash53, entry: ConversationEntry): void
  /** Removes what these entities own; looks at the whole table. */
  drop(owners: ReadonlySet<number>): void
  /** All entries as words, {@link ENTRY_WORDS} each. */
  words(): Uint32Array
}

/**
 * Open addressing with linear probing, 16 bytes an entry, at most 70 % full. A full table first drops what
 * `isLive` no longer holds, then doubles; at `maxSlots` (a power of two) it drops the older half. Nothing is
 * removed one by one.
 */
export const createConversationTable = (options: {
  readonly maxSlots: number
  /** Whether an entry is still of use at the second `nowS`. */
  readonly isLive: (seenS: number, turns: number, nowS: number) => boolean
  readonly saved?: Uint32Array | undefined
}): ConversationTable => {
  let slots = Math.min(SMALLEST_SLOTS, options.maxSlots)
  let words = new Uint32Array(slots * ENTRY_WORDS)
  let size = 0

  const word = (at: number): number => words[at] ?? 0
  const turnsOf = (high: number): number => (high >>> KEY_HIGH_BITS) & TURNS_MAX
  /** Place of the key, or the free one where it would go. The owner is stored plus one: 0 is free. */
  const placeOf = (low: number, high: number): number => {
    let slot = (Math.imul(low ^ (high << 7), 0x9e37_79b1) >>> 0) & (slots - 1)
    for (;;) {
      const at = slot * ENTRY_WORDS
      if (word(at + 3) === 0) return at
      if (word(at) === low && (word(at + 1) & KEY_HIGH_MASK) === high) return at
      slot = (slot + 1) & (slots - 1)
    }
  }
  const put = (low: number, highWord: number, seenS: number, owner: number): void => {
    const at = placeOf(low, highWord & KEY_HIGH_MASK)
    if (word(at + 3) === 0) size++
    words[at] = low
    words[at + 1] = highWord
    words[at + 2] = seenS
    words[at + 3] = owner
  }
  const isFull = (): boolean => size >= slots * 0.7

  const rebuild = (
    nextSlots: number,
    keep: (seenS: number, turns: number, owner: number) => boolean,
  ): void => {
    const old = words
    slots = nextSlots
    words = new Uint32Array(slots * ENTRY_WORDS)
    size = 0
    for (let at = 0; at < old.length; at += ENTRY_WORDS) {
      const high = old[at + 1] ?? 0
      const seenS = old[at + 2] ?? 0
      const owner = old[at + 3] ?? 0
      if (owner !== 0 && keep(seenS, turnsOf(high), owner - 1))
        put(old[at] ?? 0, high, seenS, owner)
    }
  }
  const medianSeenS = (): number => {
    const seen: number[] = []
    const step = Math.max(1, Math.floor(slots / 4_096))
    for (let slot = 0; slot < slots; slot += step) {
      if (word(slot * ENTRY_WORDS + 3) !== 0) seen.push(word(slot * ENTRY_WORDS + 2))
    }
    seen.sort((a, b) => a - b)
    return seen[seen.length >> 1] ?? 0
  }
  const makeRoom = (nowS: number): void => {
    rebuild(slots, (seenS, turns) => options.isLive(seenS, turns, nowS))
    if (size < slots / 2) return
    if (slots < options.maxSlots) return rebuild(slots * 2, () => true)
    const cutS = medianSeenS()
    rebuild(slots, (seenS) => seenS > cutS)
    // Where most entries are of one second, age does not tell them apart and all of them go.
    if (isFull()) rebuild(slots, () => false)
  }

  const saved = options.saved ?? new Uint32Array()
  for (let at = 0; at + ENTRY_WORDS <= saved.length; at += ENTRY_WORDS) {
    while (isFull() && slots < options.maxSlots) rebuild(slots * 2, () => true)
    if (isFull()) break
    const owner = saved[at + 3] ?? 0
    if (owner !== 0) put(saved[at] ?? 0, saved[at + 1] ?? 0, saved[at + 2] ?? 0, owner)
  }

  return {
    get size() {
      return size
    },
    get bytes() {
      return words.byteLength
    },
    get: (key) => {
      const at = placeOf(key >>> 0, Math.floor(key / 2 ** 32) & KEY_HIGH_MASK)
      const owner = word(at + 3)
      if (owner === 0) return undefined
      const high = word(at + 1)
      return {
        owner: owner - 1,
        seenS: word(at + 2),
        turns: turnsOf(high),
        shared: (high & SHARED_BIT) !== 0,
        proven: (high & PROVEN_BIT) !== 0,
      }
    },
    set: (key, { owner, seenS, turns, shared, proven }) => {
      if (isFull()) makeRoom(seenS)
      const high =
        (Math.floor(key / 2 ** 32) & KEY_HIGH_MASK) |
        (Math.min(TURNS_MAX, turns) << KEY_HIGH_BITS) |
        (shared ? SHARED_BIT : 0) |
        (proven ? PROVEN_BIT : 0)
      put(key >>> 0, high, seenS, owner + 1)
    },
    drop: (owners) => rebuild(slots, (_seenS, _turns, owner) => !owners.has(owner)),
    words: () => {
      const live = new Uint32Array(size * ENTRY_WORDS)
      let to = 0
      for (let at = 0; at < words.length; at += ENTRY_WORDS) {
        if (word(at + 3) === 0) continue
        live.set(words.subarray(at, at + ENTRY_WORDS), to)
        to += ENTRY_WORDS
      }
      return live
    },
  }
}
