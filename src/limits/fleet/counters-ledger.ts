import { randomUUID } from 'node:crypto'
import {
  LedgerFailure,
  type Brought,
  type Claim,
  type Correction,
  type Holding,
  type LedgerMemory,
  type Reading,
  type SharedLedger,
  type Taken,
} from '../../core/ledger.ts'
import type { Clock } from '../../core/seams.ts'
import type { CompactCounters, Family } from '../compact-counters.ts'
import { createHeldCalls } from './held-calls.ts'
import type { Place } from '../place.ts'
import { NO_SLOT } from '../slots.ts'
import { createSteadyTime } from '../steady-time.ts'
import { usedAt } from '../window.ts'

/** Options of {@link createCountersLedger}. */
export type CountersLedgerOptions = {
  /** Those of the process that answers; with a journal they survive a restart. */
  readonly counters: CompactCounters
  /** The time of the ledger. */
  readonly clock: Clock
  /** How long a running call counts after it was last told; 6 s unless told. */
  readonly leaseMs?: number
  /** Keys with running calls of one process; 262,144 unless told, far more than it has sockets for. */
  readonly maxRunningKeys?: number
}

/**
 * The operations of a {@link SharedLedger} for processes that are told apart by an id. All synchronous,
 * so that nothing comes between check and charge. They throw {@link LedgerFailure}: `forgotten` where
 * the process did not open, `refused` where there is no room; nothing was carried out then.
 */
export type CountersLedger = {
  open(processId: string): LedgerMemory
  take(processId: string, claims: readonly Claim[]): Taken
  read(processId: string, claims: readonly Claim[]): Taken
  correct(processId: string, corrections: readonly Correction[]): void
  hold(processId: string, holdings: readonly Holding[]): void
  bring(processId: string, counters: readonly Brought[]): void
  /** A process has ended: its running calls fall back at once. */
  forget(processId: string): void
  /** The ledger as one process asks it. */
  of(processId: string): SharedLedger
  /** The same without the waiting. */
  at(processId: string): LedgerOperations
}

/** What one process asks of the ledger, each answered or thrown at once. */
type LedgerOperations = {
  open(): LedgerMemory
  take(claims: readonly Claim[]): Taken
  read(claims: readonly Claim[]): Taken
  correct(corrections: readonly Correction[]): void
  hold(holdings: readonly Holding[]): void
  bring(counters: readonly Brought[]): void
}

const LEASE_MS = 6_000
const MAX_RUNNING_KEYS = 262_144
/** A fingerprint that was made elsewhere is not made again. */
const NO_SALT = { hi: 0, lo: 0 }

type Looked = { readonly claim: Claim; readonly place: Place; reading: Reading; fits: boolean }

/** A ledger over counters of this process, which other processes ask. */
export const createCountersLedger = (options: CountersLedgerOptions): CountersLedger => {
  const { counters, clock, leaseMs = LEASE_MS, maxRunningKeys = MAX_RUNNING_KEYS } = options
  const held = createHeldCalls({ leaseMs, maxKeys: maxRunningKeys })
  const time = createSteadyTime()
  // Its askers end with the process that it lives in.
  const memory: LedgerMemory = { word: randomUUID(), ageMs: Infinity }

  const known = (processId: string): void => {
    if (held.has(processId)) return
    throw new LedgerFailure('forgotten', 'the shared counters do not know the asking process')
  }

  const look = (claim: Claim, missing: number, nowMs: number): Looked => {
    const place = { hi: claim.hi, lo: claim.lo, slot: NO_SLOT }
    if (!claim.concurrent && !counters.locateAt(claim, missing, place)) {
      throw new LedgerFailure('refused', 'the shared counters are full')
    }
    const { window, amount, quota } = claim
    const reading = claim.concurrent
      ? { used: held.running(claim, nowMs), previous: 0, expiresMs: 0 }
      : counters.reading(place)
    const used = claim.concurrent
      ? reading.used
      : usedAt(window, reading.used, reading.previous, reading.expiresMs, nowMs)
    // Written so that what is no number does not fit.
    const fits = quota > 0 && amount >= 0 && used <= quota - amount
    return { claim, place, reading, fits }
  }

  const lookAll = (claims: readonly Claim[], nowMs: number): Looked[] => {
    const looked: Looked[] = []
    let missing = 0
    for (const claim of claims) {
      const each = look(claim, missing, nowMs)
      if (each.place.slot === NO_SLOT && !claim.concurrent) missing++
      looked.push(each)
    }
    return looked
  }

  const taken = (looked: readonly Looked[], admitted: boolean, nowMs: number): Taken => ({
    nowMs,
    admitted,
    readings: looked.map(({ reading }) => reading),
    repaired: 0,
  })

  const fitsAll = (looked: readonly Looked[]): boolean =>
    looked.every(({ claim, fits }) => fits || !claim.enforced)

  const ledger: Omit<CountersLedger, 'of' | 'at'> = {
    open: (processId) => {
      held.join(processId)
      return memory
    },
    take: (processId, claims) => {
      known(processId)
      const nowMs = time.at(clock.now())
      counters.makeRoom(claims.length, nowMs)
      const looked = lookAll(claims, nowMs)
      if (!fitsAll(looked)) return taken(looked, false, nowMs)
      if (!held.hasRoom(processId, claims.length)) {
        throw new LedgerFailure('refused', 'too many keys with running calls')
      }
      for (const { claim, place, fits } of looked) {
        if (!fits) continue
        if (claim.concurrent) {
          held.add(processId, claim, claim.amount, nowMs)
        } else {
          // A counter that stands there twice was made by the first of the two.
          counters.locateAt(claim, 0, place)
          const family: Family = { window: claim.window, salt: NO_SALT }
          counters.charge(family, place, claim.amount, nowMs)
        }
      }
      return taken(looked, true, nowMs)
    },
    read: (processId, claims) => {
      known(processId)
      const nowMs = time.at(clock.now())
      const looked = lookAll(claims, nowMs)
      return taken(looked, fitsAll(looked), nowMs)
    },
    correct: (processId, corrections) => {
      known(processId)
      const nowMs = time.at(clock.now())
      for (const correction of corrections) {
        const { concurrent, window, expiresMs, delta } = correction
        if (concurrent) {
          held.add(processId, correction, delta, nowMs)
        } else {
          const place = { hi: 0, lo: 0, slot: NO_SLOT }
          counters.locateAt(correction, 0, place)
          counters.correct({ window, salt: NO_SALT }, place, expiresMs, delta)
        }
      }
    },
    hold: (processId, holdings) => {
      known(processId)
      const nowMs = time.at(clock.now())
      for (const holding of holdings) held.set(processId, holding, holding.running, nowMs)
    },
    bring: (processId, brought) => {
      known(processId)
      const nowMs = time.at(clock.now())
      for (const each of brought) {
        counters.makeRoom(1, nowMs)
        if (!counters.merge(each, each, nowMs)) {
          throw new LedgerFailure('refused', 'the shared counters are full')
        }
      }
    },
    forget: (processId) => held.leave(processId),
  }

  return {
    ...ledger,
    at: (processId) => ({
      open: () => ledger.open(processId),
      take: (claims) => ledger.take(processId, claims),
      read: (claims) => ledger.read(processId, claims),
      correct: (corrections) => ledger.correct(processId, corrections),
      hold: (holdings) => ledger.hold(processId, holdings),
      bring: (brought) => ledger.bring(processId, brought),
    }),
    // Async, so that what is thrown rejects.
    of: (processId) => ({
      open: async () => ledger.open(processId),
      take: async (claims) => ledger.take(processId, claims),
      read: async (claims) => ledger.read(processId, claims),
      correct: async (corrections) => ledger.correct(processId, corrections),
      hold: async (holdings) => ledger.hold(processId, holdings),
      bring: async (brought) => ledger.bring(processId, brought),
    }),
  }
}
