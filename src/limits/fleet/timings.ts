/** How often a process of a fleet does what, in milliseconds. */
export type FleetTimings = {
  /** Every ledger is tried so often. */
  readonly probeEveryMs: number
  /** A ledger must have answered for so long before it is trusted again. */
  readonly coolDownMs: number
  /**
   * The same where it has lost its memory, and how old the memory must be that a process finds when it
   * begins. The others connect again, find out and bring theirs meanwhile:
   * well above {@link probeEveryMs} and the longest pause between two attempts to connect together.
   */
  readonly retellMs: number
  /** Running calls are told so often; well below the ledger's lease for them. */
  readonly holdEveryMs: number
  readonly beatEveryMs: number
  /** How long closing waits for what was not told yet. */
  readonly closeWithinMs: number
}

/** Running calls of a crashed process fall back within a lease of 6 s, which survives two lost tellings. */
export const FLEET_TIMINGS: FleetTimings = {
  probeEveryMs: 500,
  coolDownMs: 1_000,
  retellMs: 2_000,
  holdEveryMs: 2_000,
  beatEveryMs: 1_000,
  closeWithinMs: 250,
}
