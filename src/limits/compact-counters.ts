import type { Reading, Window } from '../core/ledger.ts'
import { createDirtySlots, type DirtySlots } from './dirty-slots.ts'
import { LEDGER_BITS, type Fingerprint, type Fingerprints } from './fingerprint.ts'
import type { Place } from './place.ts'
import { createSlots, NO_SLOT, type Slots } from './slots.ts'
import { addedIn, expiryAt, mergedAt, resetMsAt, usedAt } from './window.ts'

/** Counters of one limit: its window, and what sets its keys apart from those of other limits. */
export type Family = { readonly window: Window; readonly salt: Readonly<Fingerprint> }

/** Options of {@link createCompactCounters}. */
export type CompactCountersOptions = {
  /** Keys that get a counter of their own. */
  readonly maxKeys?: number
  /** Those the counters are found by; what was written down under another secret cannot be read. */
  readonly fingerprints: Fingerprints
  /** Whether changed slots are remembered for a journal. */
  readonly tracked?: boolean
  /** Called when keys begin to share counters, once until a tenth of the room is free again. */
  readonly onFull?: () => void
}

/** Counters of very many keys in very little memory. All synchronous; time is always an argument. */
export type CompactCounters = {
  readonly slots: Slots
  readonly dirty: DirtySlots | undefined
  /** Keys with a counter of their own, shared counters included; and look-ups that had to share one. */
  stats(): { readonly keys: number; readonly maxKeys: number; readonly shared: number }
  /** Sweeps as many slots as a call wants to use; 64 where so many are not free any more. */
  makeRoom(wanted: number, nowMs: number): void
  /** Looks at the next `slots` slots in turn and releases those that say nothing any more. */
  sweep(slots: number, nowMs: number): void
  /**
   * Finds the counter of a key. Without room for a new one, `missing` others of the same call counted,
   * the place is that of a counter shared with other keys of the limit. False where even that is
   * impossible; nothing may be charged then.
   */
  locate(family: Family, key: string, missing: number, out: Place): boolean
  /** Finds a counter by its fingerprint. False where there is no room for a new one. */
  locateAt(at: Readonly<Fingerprint>, missing: number, out: Place): boolean
  used(family: Family, place: Place, nowMs: number): number
  reading(place: Place): Reading
  /** Milliseconds until the counter is back at nothing. */
  resetMs(family: Family, place: Place, nowMs: number): number
  /** Adds to the counter, opening its window where none runs; answers when the charge expires. */
  charge(family: Family, place: Place, amount: number, nowMs: number): number
  /** Corrects a charge in the window it was made in, and in no other. */
  correct(family: Family, place: Place, chargeExpiresMs: number, delta: number): void
  /** Adds what was charged elsewhere, in the window it was charged in. False without room for it. */
  adopt(
    window: Window,
    place: Place,
    amount: number,
    chargeExpiresMs: number,
    nowMs: number,
  ): boolean
  /** Adds what was counted elsewhere of a counter; amounts may be negative. False without room. */
  merge(at: Readonly<Fingerprint>, reading: Reading, nowMs: number): boolean
  /** Sets a counter as it was written down. False where it no longer counts or has no room. */
  restore(at: Fingerprint, reading: Reading, nowMs: number): boolean
  /** Ends the window of a counter at once. */
  forget(place: Place): void
}

const DEFAULT_MAX_KEYS = 1_000_000
/** Room beyond the cap for shared counters: enough for 1,024 limits that overflow at once. */
const SHARED_SLOTS = 65_536
const SHARED_PER_LIMIT = 64
const ROOM_SLICE = 64
const UNUSED: Reading = { used: 0, previous: 0, expiresMs: 0 }

/**
 * The store. A counter is forgotten only after its window; the cap on keys is kept by looking for
 * expired ones first, a few slots at a time. When none is left, a key without a counter is counted in
 * one of 64 that all such keys of its limit share: stricter for them, but never uncounted, and their
 * own again as soon as there is room.
 */
export const createCompactCounters = (options: CompactCountersOptions): CompactCounters => {
  const { maxKeys = DEFAULT_MAX_KEYS, fingerprints, onFull } = options
  const slots = createSlots(maxKeys + SHARED_SLOTS)
  const dirty = options.tracked === true ? createDirtySlots(maxKeys + SHARED_SLOTS) : undefined
  let hand = 0
  let shared = 0
  let full = false

  const readingOf = (slot: number): Reading =>
    slot === NO_SLOT
      ? UNUSED
      : {
          used: slots.used(slot),
          previous: slots.previous(slot),
          expiresMs: slots.expiresMs(slot),
        }

  const write = (slot: number, used: number, previous: number, expiresMs: number): void => {
    slots.write(slot, Math.min(used, Number.MAX_SAFE_INTEGER), previous, expiresMs)
    dirty?.mark(slot)
  }

  const sweep: CompactCounters['sweep'] = (length, nowMs) => {
    const end = slots.highWater()
    for (let looked = Math.min(length, end); looked > 0; looked--) {
      if (hand >= end) hand = 0
      // A changed slot stays until it is written down: the journal must learn that it was emptied.
      if (slots.isLive(hand) && slots.expiresMs(hand) <= nowMs && dirty?.has(hand) !== true) {
        slots.release(hand)
      }
      hand++
    }
    if (full && slots.count() < maxKeys * 0.9) full = false
  }

  /** The slot of a fingerprint, a new one where it has none; `NO_SLOT` without room. */
  const slotFor = (hi: number, lo: number): number => {
    const slot = slots.find(hi, lo)
    return slot === NO_SLOT ? slots.insert(hi, lo) : slot
  }

  return {
    slots,
    dirty,
    stats: () => ({ keys: slots.count(), maxKeys, shared }),
    sweep,
    makeRoom: (wanted, nowMs) => {
      sweep(slots.count() + wanted > maxKeys ? ROOM_SLICE : wanted, nowMs)
    },
    locate: ({ salt }, key, missing, out) => {
      fingerprints.of(salt, key, out)
      out.slot = slots.find(out.hi, out.lo)
      if (out.slot !== NO_SLOT || slots.count() + missing < maxKeys) return true
      shared++
      if (!full) {
        full = true
        onFull?.()
      }
      // A salt is as good as random, so these are fingerprints no key is likely to have.
      out.hi = ~salt.hi
      const mixed = salt.lo ^ Math.imul(1 + (out.lo & (SHARED_PER_LIMIT - 1)), 0x9e3779b1)
      out.lo = (mixed & ~LEDGER_BITS) | (out.lo & LEDGER_BITS)
      out.slot = slots.find(out.hi, out.lo)
      return out.slot !== NO_SLOT || slots.count() + missing < maxKeys + SHARED_SLOTS
    },
    locateAt: ({ hi, lo }, missing, out) => {
      out.hi = hi
      out.lo = lo
      out.slot = slots.find(hi, lo)
      return out.slot !== NO_SLOT || slots.count() + missing < maxKeys + SHARED_SLOTS
    },
    used: ({ window }, { slot }, nowMs) =>
      slot === NO_SLOT
        ? 0
        : usedAt(window, slots.used(slot), slots.previous(slot), slots.expiresMs(slot), nowMs),
    resetMs: ({ window }, { slot }, nowMs) =>
      slot === NO_SLOT
        ? resetMsAt(window, 0, 0, 0, nowMs)
        : resetMsAt(window, slots.used(slot), slots.previous(slot), slots.expiresMs(slot), nowMs),
    reading: ({ slot }) => readingOf(slot),
    charge: ({ window }, place, amount, nowMs) => {
      if (place.slot === NO_SLOT) place.slot = slots.insert(place.hi, place.lo)
      const { slot } = place
      if (slot === NO_SLOT) throw new Error('charged a counter that could not be located')
      const freshMs = expiryAt(window, nowMs)
      const oldMs = slots.expiresMs(slot)
      const { align, lengthMs } = window
      if (align === 'rolling' && oldMs === freshMs - lengthMs) {
        write(slot, amount, slots.used(slot), freshMs)
      } else if (nowMs >= oldMs) {
        write(slot, amount, 0, freshMs)
      } else {
        // A window that ends later than one opened now was opened before the clock was set back: what
        // it counted stays, and it ends no later than a new one would.
        const expiresMs = Math.min(oldMs, freshMs)
        write(slot, slots.used(slot) + amount, slots.previous(slot), expiresMs)
        return expiresMs
      }
      return freshMs
    },
    correct: ({ window }, { slot, hi, lo }, chargeExpiresMs, delta) => {
      // A released slot may belong to another key by now; then the window of the charge is long over.
      if (slot === NO_SLOT || slots.hi(slot) !== hi || slots.lo(slot) !== lo) return
      const expiresMs = slots.expiresMs(slot)
      const used = slots.used(slot)
      const previous = slots.previous(slot)
      if (expiresMs === chargeExpiresMs) {
        write(slot, Math.max(0, used + delta), previous, expiresMs)
      } else if (window.align === 'rolling' && expiresMs === chargeExpiresMs + window.lengthMs) {
        write(slot, used, Math.max(0, previous + delta), expiresMs)
      }
    },
    adopt: (window, place, amount, chargeExpiresMs, nowMs) => {
      place.slot = slotFor(place.hi, place.lo)
      if (place.slot === NO_SLOT) return false
      const after = addedIn(window, readingOf(place.slot), amount, chargeExpiresMs, nowMs)
      write(place.slot, Math.max(0, after.used), Math.max(0, after.previous), after.expiresMs)
      return true
    },
    merge: ({ hi, lo }, reading, nowMs) => {
      if (reading.expiresMs <= nowMs) return true
      const slot = slotFor(hi, lo)
      if (slot === NO_SLOT) return false
      const after = mergedAt(readingOf(slot), reading, nowMs)
      write(slot, Math.max(0, after.used), Math.max(0, after.previous), after.expiresMs)
      return true
    },
    restore: (at, { used, previous, expiresMs }, nowMs) => {
      let slot = slots.find(at.hi, at.lo)
      if (slot === NO_SLOT) {
        if (expiresMs <= nowMs || slots.count() >= maxKeys + SHARED_SLOTS) return false
        slot = slots.insert(at.hi, at.lo)
      }
      slots.write(slot, used, previous, expiresMs)
      return expiresMs > nowMs
    },
    forget: ({ slot }) => {
      if (slot !== NO_SLOT) write(slot, 0, 0, 0)
    },
  }
}
