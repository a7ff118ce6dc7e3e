import type { CounterId, SharedLedger } from '../../src/core/ledger.ts'

/** A place where shared ledgers live, as a suite needs it. */
export type LedgerWorld = {
  /** The ledger as the process of this name asks it, opened; the same one for the same name. */
  as(processName: string): Promise<SharedLedger>
  /** Lets so many milliseconds pass by the ledger's own time. */
  pass(ms: number): Promise<void>
  /** Makes the ledger forget all it holds, as a restart would. */
  forget(): Promise<void>
  /** Milliseconds a running call counts without being held again. */
  readonly leaseMs: number
  close(): Promise<void>
}

let ids = 0

/** A counter nobody used before, of either sign in both halves. */
export const aCounterId = (): CounterId => {
  ids++
  return { hi: ids % 2 === 0 ? ids : ~ids, lo: Math.imul(ids, 0x9e3779b1) & ~15 }
}
