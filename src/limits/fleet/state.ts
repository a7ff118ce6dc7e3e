import type { LedgerFailureKind } from '../../core/ledger.ts'

/** Why a ledger was last not trusted. The message is for the log. */
export type LedgerTrouble = {
  readonly kind: LedgerFailureKind
  readonly message: string
  readonly atMs: number
}

/** How one ledger of a fleet stands with this process. Counts are since the start. */
export type LedgerState = {
  /** `degraded`: this process judges by its share until the ledger was told everything. */
  readonly state: 'trusted' | 'degraded'
  /** When it came to stand so, by this process's clock. */
  readonly sinceMs: number
  readonly lastTrouble: LedgerTrouble | undefined
  /** Counters that must still be told to the ledger. */
  readonly pending: number
  /** Amounts that were never told, since memory set aside for them was full. */
  readonly dropped: number
  /** Calls that were judged by the share. */
  readonly localDecisions: number
  /** Counters of the ledger that held something else and were begun anew. */
  readonly repaired: number
}

/** How the limits of this process stand with the fleet, for metrics, readiness and operators. */
export type FleetState = {
  /** Whether any ledger is not trusted. */
  readonly degraded: boolean
  readonly ledgers: readonly LedgerState[]
  /** Processes last known to live, this one included. */
  readonly replicas: number
  /** Place of this process among them by id, from 0; the last where the others do not see it. */
  readonly index: number
  /** Keys with a counter in this process. */
  readonly keys: number
  /** Keys with running calls in this process. */
  readonly runningKeys: number
}

/** What an operator must know of the fleet's counters; limits go on in every case. */
export type FleetProblem =
  /** A ledger is not trusted from now on. */
  | ({ readonly kind: 'ledger_lost'; readonly ledger: number } & {
      readonly failure: LedgerFailureKind
      readonly message: string
    })
  /** It is again, and knows what was counted meanwhile. */
  | { readonly kind: 'ledger_back'; readonly ledger: number; readonly downMs: number }
  /** What was counted meanwhile is more than memory is set aside for; told once an outage. */
  | { readonly kind: 'backlog_full'; readonly ledger: number }
  /** Counters held something else than a counter and were begun anew. */
  | { readonly kind: 'counters_repaired'; readonly ledger: number; readonly counters: number }
