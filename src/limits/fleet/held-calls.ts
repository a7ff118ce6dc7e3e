import { LedgerFailure, type CounterId } from '../../core/ledger.ts'
import { createSlots, NO_SLOT, type Slots } from '../slots.ts'

/** Running calls by process and key; a process that falls silent loses what it held. */
export type HeldCalls = {
  has(processId: string): boolean
  join(processId: string): void
  /** Everything the process held falls back at once. */
  leave(processId: string): void
  /** Calls of a key that run anywhere. */
  running(at: CounterId, nowMs: number): number
  /** Whether so many new keys of the process can be counted. */
  hasRoom(processId: string, keys: number): boolean
  /** Adds calls of one process, and renews its lease on the key where they are more. */
  add(processId: string, at: CounterId, calls: number, nowMs: number): void
  /** Sets what runs of a key in one process. */
  set(processId: string, at: CounterId, calls: number, nowMs: number): void
}

const SWEEP_SLOTS = 8

type Table = { readonly slots: Slots; hand: number }

/** Few processes, each with a table of its own; memory is used only for the keys that run. */
export const createHeldCalls = (options: {
  readonly leaseMs: number
  /** Keys with running calls of one process. */
  readonly maxKeys: number
}): HeldCalls => {
  const { leaseMs, maxKeys } = options
  const tables = new Map<string, Table>()

  const tableOf = (processId: string): Table => {
    const table = tables.get(processId)
    if (table === undefined) {
      throw new LedgerFailure('forgotten', 'the shared counters do not know the asking process')
    }
    return table
  }

  const callsAt = ({ slots }: Table, { hi, lo }: CounterId, nowMs: number): number => {
    const slot = slots.find(hi, lo)
    return slot === NO_SLOT || slots.expiresMs(slot) <= nowMs ? 0 : slots.used(slot)
  }

  const sweep = (table: Table, nowMs: number): void => {
    const { slots } = table
    for (let looked = 0; looked < SWEEP_SLOTS; looked++) {
      if (table.hand >= slots.highWater()) table.hand = 0
      if (slots.isLive(table.hand) && slots.expiresMs(table.hand) <= nowMs) {
        slots.release(table.hand)
      }
      table.hand++
    }
  }

  const put = (table: Table, { hi, lo }: CounterId, calls: number, expiresMs: number): void => {
    const { slots } = table
    let slot = slots.find(hi, lo)
    if (calls <= 0) {
      if (slot !== NO_SLOT) slots.release(slot)
      return
    }
    if (slot === NO_SLOT) slot = slots.insert(hi, lo)
    if (slot === NO_SLOT) throw new LedgerFailure('refused', 'too many keys with running calls')
    slots.write(slot, calls, 0, expiresMs)
  }

  return {
    has: (processId) => tables.has(processId),
    join: (processId) => {
      if (!tables.has(processId)) {
        tables.set(processId, { slots: createSlots(maxKeys), hand: 0 })
      }
    },
    leave: (processId) => void tables.delete(processId),
    running: (at, nowMs) => {
      let calls = 0
      for (const table of tables.values()) calls += callsAt(table, at, nowMs)
      return calls
    },
    hasRoom: (processId, keys) => tableOf(processId).slots.count() + keys <= maxKeys,
    add: (processId, at, calls, nowMs) => {
      const table = tableOf(processId)
      const before = callsAt(table, at, nowMs)
      // What has fallen back already, or was never told, is not given back twice.
      if (calls < 0 && before === 0) return
      put(table, at, before + calls, nowMs + leaseMs)
    },
    set: (processId, at, calls, nowMs) => {
      const table = tableOf(processId)
      sweep(table, nowMs)
      put(table, at, calls, nowMs + leaseMs)
    },
  }
}
