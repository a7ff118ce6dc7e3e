import { LedgerFailure } from '../core/ledger.ts'
import type { SwitchBoard, SwitchSet } from '../core/switches.ts'

/**
 * The truth about switches of a guard that is alone. A change that it has confirmed is written down; one that
 * cannot be is not made.
 */
export const createOwnSwitches = (options: {
  /** What was written down last. */
  readonly start: SwitchSet
  /** Writes a set down in place of the last, for good once it returns. Throws where it cannot. */
  readonly write: (set: SwitchSet) => void
  /** Told whether the last change could be written down, with the system's code where it could not. */
  readonly onWritten?: (failed: string | undefined) => void
}): SwitchBoard => {
  const { start, write, onWritten } = options
  let current = start
  return {
    read: () => Promise.resolve(current),
    // Nothing in here waits, so that of two changes one is made before the other begins.
    change: async (expectedVersion, entries) => {
      if (expectedVersion !== current.version) return { kind: 'conflict', current }
      const set = { version: expectedVersion + 1, entries }
      try {
        write(set)
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
        onWritten?.(code)
        throw new LedgerFailure('unreachable', `switches cannot be kept: ${code}`, { cause: error })
      }
      onWritten?.(undefined)
      current = set
      return { kind: 'changed', set }
    },
  }
}
