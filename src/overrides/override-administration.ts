import { randomBytes } from 'node:crypto'
import type {
  Override,
  OverrideLedger,
  OverrideSubject,
  OverrideVerdict,
} from '../core/override.ts'
import type { Clock } from '../core/seams.ts'
import type { OverridePage, OverrideQuery } from './override-list.ts'
import type { OverrideTable } from './override-table.ts'

/** As many overrides as are kept stand already; ended ones count until they would have run out. */
export class OverridesFull extends Error {
  constructor() {
    super('as many overrides as are kept')
  }
}

/** What operators do with overrides. Rejects where the ledger cannot be reached. */
export interface OverrideAdministration {
  /** As this process knows them. */
  list(query: OverrideQuery): OverridePage
  /** One that has not run out, ended or not. */
  find(id: string): Override | undefined
  /** Sets one for `lifetimeMs` from now. Rejects with {@link OverridesFull}. */
  set(
    wanted: OverrideSubject & {
      readonly verdict: OverrideVerdict
      readonly lifetimeMs: number
      readonly by: string
      readonly why: string
    },
  ): Promise<Override>
  /** Ends one; `undefined` where none of this id stands. One that was ended before is answered as it is. */
  end(id: string, by: { readonly by: string; readonly why: string }): Promise<Override | undefined>
}

/** Bytes of an id: 22 characters of base64url. */
const ID_BYTES = 16
/** Below what tables take, so that ends are always heard. */
const MAX_SET = 10_000

/** Overrides in the hands of operators. What is changed stands in the ledger before it is told. */
export const createOverrideAdministration = (options: {
  /** One that takes what it has put into the table. */
  readonly ledger: Pick<OverrideLedger, 'put'>
  readonly table: Pick<OverrideTable, 'get' | 'list' | 'all'>
  readonly clock: Clock
}): OverrideAdministration => {
  const { ledger, table, clock } = options
  return {
    list: (query) => table.list({ ...query, nowMs: clock.now() }),
    find: (id) => table.get(id, clock.now()),
    set: async ({ of, name, verdict, lifetimeMs, by, why }) => {
      const atMs = clock.now()
      if (table.all(atMs).length >= MAX_SET) throw new OverridesFull()
      const id = randomBytes(ID_BYTES).toString('base64url')
      const override = { id, of, name, verdict, atMs, expiresMs: atMs + lifetimeMs, by, why }
      await ledger.put(override)
      return override
    },
    end: async (id, { by, why }) => {
      const atMs = clock.now()
      const standing = table.get(id, atMs)
      if (standing === undefined || standing.ended !== undefined) return standing
      const ended = { ...standing, ended: { atMs, by, why } }
      await ledger.put(ended)
      return ended
    },
  }
}
