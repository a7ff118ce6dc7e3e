import type { Fingerprint, Fingerprints } from './fingerprint.ts'
import type { Place } from './place.ts'
import { createSlots, NO_SLOT } from './slots.ts'

/** Calls that run at this moment, by limit and key. */
export type Concurrency = {
  /** Finds the counter of a key. False where there is no room for it, `missing` others counted. */
  locate(salt: Readonly<Fingerprint>, key: string, missing: number, out: Place): boolean
  running(place: Place): number
  take(place: Place): void
  giveBack(place: Place): void
  /** Keys with a running call. */
  keys(): number
  /** Tells every key with a running call. */
  each(tell: (hi: number, lo: number, running: number) => void): void
}

/** Far more calls than one process has sockets for; memory is used only for those that run. */
const MAX_RUNNING = 262_144
const NEVER = Number.MAX_SAFE_INTEGER

/**
 * A counter lives exactly as long as calls of its key do. Nothing is kept over a restart, since no
 * call survives one.
 */
export const createConcurrency = (
  fingerprints: Fingerprints,
  maxKeys: number = MAX_RUNNING,
): Concurrency => {
  const slots = createSlots(maxKeys)
  const add = (slot: number, calls: number): void => {
    slots.write(slot, slots.used(slot) + calls, 0, NEVER)
  }
  return {
    locate: (salt, key, missing, out) => {
      fingerprints.of(salt, key, out)
      out.slot = slots.find(out.hi, out.lo)
      return out.slot !== NO_SLOT || slots.count() + missing < maxKeys
    },
    running: ({ slot }) => (slot === NO_SLOT ? 0 : slots.used(slot)),
    take: (place) => {
      if (place.slot === NO_SLOT) place.slot = slots.insert(place.hi, place.lo)
      add(place.slot, 1)
    },
    giveBack: ({ slot }) => {
      if (slots.used(slot) > 1) add(slot, -1)
      else slots.release(slot)
    },
    keys: () => slots.count(),
    each: (tell) => {
      const end = slots.highWater()
      for (let slot = 0; slot < end; slot++) {
        if (slots.isLive(slot)) tell(slots.hi(slot), slots.lo(slot), slots.used(slot))
      }
    },
  }
}
