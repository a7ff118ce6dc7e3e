import type { Clock } from '../../src/core/seams.ts'
import {
  EMPTY_SWITCH_SET,
  type SwitchBoard,
  type SwitchEntry,
  type SwitchSet,
} from '../../src/core/switches.ts'
import { LedgerFailure } from '../../src/core/ledger.ts'
import { createSwitchKeeper, type SwitchKeeper } from '../../src/policy/switch-keeper.ts'

/** A switch that is set to stay, unless told. */
export const aSwitch = (over: Partial<SwitchEntry> = {}): SwitchEntry => ({
  id: 'r-1',
  mode: 'off',
  version: 1,
  by: 'ops',
  why: 'it hits customers',
  atMs: 1_000,
  confirmed: over.untilMs === undefined,
  ...over,
})

/** A board in memory that a test can break. */
export type MemoryBoard = SwitchBoard & {
  /** `before`: nothing is reached. `after`: changes are made, and their answer is lost. */
  fail(how: 'never' | 'before' | 'after'): void
  changes(): number
}

/** Switches in memory. */
export const createMemoryBoard = (start: SwitchSet = EMPTY_SWITCH_SET): MemoryBoard => {
  let current = start
  let failing: 'never' | 'before' | 'after' = 'never'
  let changes = 0
  const lost = (): LedgerFailure => new LedgerFailure('timeout', 'no answer')
  return {
    fail: (how) => {
      failing = how
    },
    changes: () => changes,
    read: async () => {
      if (failing === 'before') throw lost()
      return current
    },
    change: async (expectedVersion, entries) => {
      if (failing === 'before') throw lost()
      if (expectedVersion !== current.version) return { kind: 'conflict', current }
      changes++
      current = { version: expectedVersion + 1, entries }
      if (failing === 'after') throw lost()
      return { kind: 'changed', set: current }
    },
  }
}

/** A keeper of such a board that looks only when it is asked. */
export const someSwitches = (board: SwitchBoard, clock: Clock): SwitchKeeper =>
  createSwitchKeeper({
    board,
    start: EMPTY_SWITCH_SET,
    clock,
    apply: () => undefined,
    lookMs: 2 ** 31 - 1,
  })
