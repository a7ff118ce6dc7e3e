import type { Clearance, ClearanceLedger } from '../core/challenge.ts'
import { LedgerFailure } from '../core/ledger.ts'
import type { Clock } from '../core/seams.ts'
import { SubjectFull } from '../core/subject-full.ts'
import type { ClearanceTable } from './clearance-table.ts'
import { decideHere } from './decide-here.ts'

/** What becomes of claims while the ledger cannot be reached. */
export type LedgerPosture = 'closed' | 'insured'

/** A ledger that says what it still owes to the one behind it. */
export type PosturedLedger = ClearanceLedger & {
  /** Clearances granted here that the ledger has not heard of. */
  owed(): number
  close(): void
}

const MAX_OWED = 10_000
const RETRY_MS = 1_000

const isUnreached = (error: unknown): boolean =>
  error instanceof LedgerFailure && !(error instanceof SubjectFull)

/**
 * A ledger and what holds without it. `closed` grants nothing then: the claim rejects. `insured` decides
 * by the table of this process: whoever else grants the same proof grants the same clearance, so that an
 * outage can make a clearance be granted twice, but not two of one proof. What was granted so is brought
 * to the ledger once that answers, at most 10,000 of them, the oldest given up first. Only claims are
 * insured: who revokes must know whether it counts.
 */
export const createPosturedLedger = (options: {
  readonly ledger: ClearanceLedger
  readonly posture: LedgerPosture
  readonly table: ClearanceTable
  readonly clock: Clock
  readonly retryMs?: number
}): PosturedLedger => {
  const { ledger, posture, table, clock, retryMs = RETRY_MS } = options
  const owed = new Map<string, Clearance>()
  let timer: NodeJS.Timeout | undefined
  let isBringing = false
  let isClosed = false

  const bringOne = async (clearance: Clearance): Promise<void> => {
    const now = table.get(clearance.id, clock.now()) ?? clearance
    if (now.state === 'revoked') return ledger.put(now)
    // A claim, not a put: what stands there may have been revoked by now, and then that is the truth.
    const claimed = await ledger.claim(now, now.expiresMs).catch((error: unknown) => {
      if (isUnreached(error)) throw error
    })
    if (claimed === 'claimed') return
    for (const standing of await ledger.of(now.subject)) table.take(standing)
  }
  const bring = async (): Promise<void> => {
    if (isBringing) return
    isBringing = true
    try {
      for (const [id, clearance] of owed) {
        await bringOne(clearance)
        owed.delete(id)
      }
    } catch {
      bringLater()
    } finally {
      isBringing = false
    }
  }
  const bringLater = (): void => {
    if (isClosed || timer !== undefined || owed.size === 0) return
    timer = setTimeout(() => {
      timer = undefined
      void bring()
    }, retryMs).unref()
  }
  const owe = (clearance: Clearance): void => {
    table.take(clearance)
    owed.set(clearance.id, clearance)
    const [eldest] = owed.keys()
    if (owed.size > MAX_OWED && eldest !== undefined) owed.delete(eldest)
    bringLater()
  }
  const claim: ClearanceLedger['claim'] = async (clearance, answerableUntilMs) => {
    // The ledger does not know of it yet.
    if (owed.has(clearance.id)) return 'spent'
    try {
      return await ledger.claim(clearance, answerableUntilMs)
    } catch (error) {
      if (!isUnreached(error)) throw error
      return decideHere({ table, clearance, answerableUntilMs, nowMs: clock.now(), write: owe })
    }
  }

  return {
    claim: posture === 'closed' ? (...one) => ledger.claim(...one) : claim,
    of: (subject) => ledger.of(subject),
    put: (clearance) => ledger.put(clearance),
    owed: () => owed.size,
    close: () => {
      isClosed = true
      clearTimeout(timer)
    },
  }
}
