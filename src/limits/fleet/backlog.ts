import type { Brought, CounterId, Window } from '../../core/ledger.ts'
import type { CompactCounters } from '../compact-counters.ts'
import { LEDGER_BITS } from '../fingerprint.ts'
import { createSlots, NO_SLOT } from '../slots.ts'
import { addedIn, mergedAt } from '../window.ts'

/** Counters to be brought at once, and where they were read. */
export type Batch = {
  readonly counters: readonly Brought[]
  /** First slot of this process's counters they were read from; `undefined` for what was noted. */
  readonly fromSlot: number | undefined
}

/** What a ledger must still be told of what this process counted. */
export type Backlog = {
  /** Counters noted; where everything must be told, at least one more. */
  pending(): number
  dropped(): number
  /** Notes an amount that the ledger has not heard of, in the window it belongs to. */
  note(at: CounterId, window: Window, amount: number, expiresMs: number, nowMs: number): void
  /** The ledger has lost its memory: everything this process counts for it must be told. */
  startOver(): void
  /** The next counters to bring; `undefined` where all were taken. An empty batch is a pause. */
  next(nowMs: number): Batch | undefined
  /** Takes back a batch that was not brought. `certain` is false where it may have been after all. */
  failed(batch: Batch, certain: boolean, nowMs: number): void
}

const BATCH_COUNTERS = 256
/** Slots looked at for a batch: about a tenth of a millisecond. */
const BATCH_LOOKS = 8_192
const NOTHING = { used: 0, previous: 0, expiresMs: 0 }

/**
 * A bounded table of amounts, and a hand that goes over this process's own counters where the ledger
 * lost everything. What is counted while the hand goes round is noted only behind it: before it, the
 * counter itself will be read.
 */
export const createBacklog = (options: {
  readonly counters: CompactCounters
  /** Number of the ledger, and one less than the number of ledgers. */
  readonly ledger: number
  readonly mask: number
  readonly maxNoted: number
  readonly onFull: () => void
}): Backlog => {
  const { counters, ledger, mask, maxNoted, onFull } = options
  let noted = createSlots(maxNoted)
  let takeHand = 0
  /** Slots from here on were not read yet; past all of them where nothing has to be. */
  let hand = Infinity
  let dropped = 0

  const readingOf = (slot: number) =>
    slot === NO_SLOT
      ? NOTHING
      : {
          used: noted.used(slot),
          previous: noted.previous(slot),
          expiresMs: noted.expiresMs(slot),
        }

  const slotFor = (hi: number, lo: number): number => {
    const slot = noted.find(hi, lo)
    if (slot !== NO_SLOT) return slot
    const fresh = noted.insert(hi, lo)
    if (fresh === NO_SLOT) {
      if (dropped === 0) onFull()
      dropped++
    }
    return fresh
  }

  const readOwn = (nowMs: number): Batch => {
    const { slots } = counters
    const fromSlot = hand
    const batch: Brought[] = []
    const end = Math.min(slots.highWater(), fromSlot + BATCH_LOOKS)
    let slot = fromSlot
    for (; slot < end && batch.length < BATCH_COUNTERS; slot++) {
      if (!slots.isLive(slot) || slots.expiresMs(slot) <= nowMs) continue
      if ((slots.lo(slot) & mask & LEDGER_BITS) !== ledger) continue
      batch.push({
        hi: slots.hi(slot),
        lo: slots.lo(slot),
        used: slots.used(slot),
        previous: slots.previous(slot),
        expiresMs: slots.expiresMs(slot),
      })
    }
    hand = slot >= slots.highWater() ? Infinity : slot
    return { counters: batch, fromSlot }
  }

  const takeNoted = (nowMs: number): Batch | undefined => {
    if (noted.count() === 0) return undefined
    const batch: Brought[] = []
    let left = Math.min(noted.highWater(), BATCH_LOOKS)
    for (; left > 0 && batch.length < BATCH_COUNTERS; left--) {
      if (takeHand >= noted.highWater()) takeHand = 0
      const slot = takeHand++
      if (!noted.isLive(slot)) continue
      const reading = readingOf(slot)
      if (reading.expiresMs > nowMs && (reading.used !== 0 || reading.previous !== 0)) {
        batch.push({ hi: noted.hi(slot), lo: noted.lo(slot), ...reading })
      }
      noted.release(slot)
    }
    if (batch.length === 0 && noted.count() === 0) return undefined
    return { counters: batch, fromSlot: undefined }
  }

  return {
    pending: () => noted.count() + (hand === Infinity ? 0 : 1),
    dropped: () => dropped,
    note: ({ hi, lo }, window, amount, expiresMs, nowMs) => {
      if (amount === 0 || counters.slots.find(hi, lo) >= hand) return
      const slot = slotFor(hi, lo)
      if (slot === NO_SLOT) return
      const after = addedIn(window, readingOf(slot), amount, expiresMs, nowMs)
      noted.write(slot, after.used, after.previous, after.expiresMs)
    },
    startOver: () => {
      // A new table costs nothing; to empty one of a long outage would hold up everything else.
      noted = createSlots(maxNoted)
      takeHand = 0
      hand = counters.slots.highWater() > 0 ? 0 : Infinity
    },
    next: (nowMs) => (hand === Infinity ? takeNoted(nowMs) : readOwn(nowMs)),
    failed: (batch, certain, nowMs) => {
      const { fromSlot } = batch
      if (fromSlot !== undefined) {
        hand = Math.min(hand, fromSlot)
        for (const { hi, lo } of batch.counters) {
          const slot = noted.find(hi, lo)
          if (slot !== NO_SLOT) noted.release(slot)
        }
        return
      }
      for (const each of batch.counters) {
        const used = certain ? each.used : Math.max(0, each.used)
        const previous = certain ? each.previous : Math.max(0, each.previous)
        const slot = slotFor(each.hi, each.lo)
        if (slot === NO_SLOT) continue
        const after = mergedAt(
          { used, previous, expiresMs: each.expiresMs },
          readingOf(slot),
          nowMs,
        )
        noted.write(slot, after.used, after.previous, after.expiresMs)
      }
    },
  }
}
