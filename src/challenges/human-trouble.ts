import type { Clock } from '../core/seams.ts'

/** What an operator must know of who verifies the challenge `human`. */
export type HumanProblem =
  /** It does not answer; told once. `isOpen`: answers are taken unverified meanwhile. */
  | { readonly kind: 'human_vendor_failing'; readonly cause: string; readonly isOpen: boolean }
  /** It answers again, after so many failures; `taken` answers were taken unverified. */
  | { readonly kind: 'human_vendor_recovered'; readonly failures: number; readonly taken: number }
  /** It refuses to verify for us: a key is wrong. Told once a minute at most. */
  | { readonly kind: 'human_vendor_refusing'; readonly cause: string }
  /** Tokens were good but for where or for what they were solved. Told once a minute at most. */
  | { readonly kind: 'human_answers_foreign' }

const QUIET_MS = 60_000

/** Tells of a vendor in few words, however many answers it is asked about. What `tell` throws is dropped. */
export interface VendorWatch {
  failed(cause: string, taken: boolean): void
  answered(): void
  refused(cause: string): void
  foreign(): void
}

/** See {@link VendorWatch}. */
export const createVendorWatch = (options: {
  readonly clock: Clock
  readonly isOpen: boolean
  readonly tell: (problem: HumanProblem) => void
}): VendorWatch => {
  const { clock, isOpen } = options
  let failures = 0
  let taken = 0
  const toldMs = new Map<HumanProblem['kind'], number>()
  const tell = (problem: HumanProblem): void => {
    try {
      options.tell(problem)
    } catch {
      // A log that fails must not fail an answer.
    }
  }
  const tellSeldom = (problem: HumanProblem): void => {
    const nowMs = clock.now()
    if (Math.abs(nowMs - (toldMs.get(problem.kind) ?? -Infinity)) < QUIET_MS) return
    toldMs.set(problem.kind, nowMs)
    tell(problem)
  }
  return {
    failed: (cause, wasTaken) => {
      if (wasTaken) taken++
      if (failures++ === 0) tell({ kind: 'human_vendor_failing', cause, isOpen })
    },
    answered: () => {
      if (failures === 0) return
      tell({ kind: 'human_vendor_recovered', failures, taken })
      failures = 0
      taken = 0
    },
    refused: (cause) => tellSeldom({ kind: 'human_vendor_refusing', cause }),
    foreign: () => tellSeldom({ kind: 'human_answers_foreign' }),
  }
}
