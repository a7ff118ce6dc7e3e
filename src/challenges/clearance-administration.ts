import { randomBytes } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type {
  ChallengeKind,
  Clearance,
  ClearanceLedger,
  Clearances,
  Corrections,
  Subject,
} from '../core/challenge.ts'
import type { Clock } from '../core/seams.ts'
import type { ClearancePage, ClearanceQuery } from './clearance-list.ts'
import type { ClearanceTable } from './clearance-table.ts'
import type { StepUpMessage, StepUpResult } from './step-up-message.ts'
import { settleStepUp, type Settled, type SettlingParts } from './step-up-settle.ts'

/** A page of clearances. */
export type ClearanceListing = ClearancePage & {
  /** The ledger was not asked, or did not answer: this is what this process has heard. */
  readonly isHearsay: boolean
}

/** What operators do with clearances. Rejects where the ledger cannot be reached. */
export interface ClearanceAdministration {
  /** Of one subject as the ledger has them; of all, what this process has heard. Does not reject. */
  list(query: ClearanceQuery): Promise<ClearanceListing>
  /** One of any state that has not run out. */
  find(id: string): Clearance | undefined
  /** A clearance without a challenge, bound to nothing but its subject, for `lifetimeMs` from now. */
  grant(wanted: {
    readonly subject: Subject
    readonly kind: ChallengeKind
    readonly lifetimeMs: number
  }): Promise<Clearance>
  /** Ends one; a refusal that is revoked is taken back. `undefined` where there is none of this id. */
  revoke(id: string): Promise<Clearance | undefined>
  /** An operator's word on a step-up. Never rejects. */
  settle(message: StepUpMessage): Promise<Settled>
  /** The same on one of which only the name is known, as a decision record tells it. Never rejects. */
  settleNamed(named: NamedStepUp): Promise<SettledNamed>
}

/** An operator's word on a step-up by the name of its challenge. */
export type NamedStepUp = {
  readonly id: string
  readonly subject: Subject
  readonly result: StepUpResult
  readonly facts?: Corrections | undefined
  /** From now on. */
  readonly lifetimeMs: number
}

/** What became of it, as in {@link Settled}. */
export type SettledNamed =
  | { readonly kind: 'settled'; readonly clearance: Clearance; readonly isNew: boolean }
  | { readonly kind: 'contradicts'; readonly standing: Clearance }
  | { readonly kind: 'unavailable' }

/** Bytes of an id: 22 characters of base64url. */
const ID_BYTES = 16

/**
 * Clearances in the hands of operators. What is changed stands in the ledger before it is told; a clearance
 * that was revoked also ends the token of it that somebody carries, since the table knows its id.
 */
export const createClearanceAdministration = (options: {
  readonly ledger: ClearanceLedger
  readonly table: Pick<ClearanceTable, 'get' | 'list'> & Pick<Clearances, 'take'>
  readonly answering: SettlingParts['answering']
  readonly clock: Clock
}): ClearanceAdministration => {
  const { ledger, table, answering, clock } = options
  const byHand: SettlingParts['answering'] = {
    open: (id) => answering.open(id),
    settle: (issued, state, facts) => answering.settle(issued, state, facts, true),
  }

  const keep = async (clearance: Clearance): Promise<Clearance> => {
    await ledger.put(clearance)
    table.take(clearance)
    return clearance
  }

  /** True where the table has heard all that the ledger has of a subject. */
  const learn = async (subject: Subject): Promise<boolean> => {
    try {
      for (const clearance of await ledger.of(subject)) table.take(clearance)
      return true
    } catch {
      return false
    }
  }

  return {
    list: async (query) => {
      const isKnown = query.subject !== undefined && (await learn(query.subject))
      return { ...table.list({ ...query, nowMs: clock.now() }), isHearsay: !isKnown }
    },
    find: (id) => table.get(id, clock.now()),
    grant: ({ subject, kind, lifetimeMs }) => {
      const atMs = clock.now()
      return keep({
        id: randomBytes(ID_BYTES).toString('base64url'),
        kind,
        subject,
        state: 'granted',
        atMs,
        expiresMs: atMs + lifetimeMs,
        bound: {},
      })
    },
    revoke: async (id) => {
      const clearance = table.get(id, clock.now())
      if (clearance === undefined) return undefined
      return keep({ ...clearance, state: 'revoked', atMs: clock.now() })
    },
    settle: (message) => settleStepUp({ answering: byHand, ledger }, message),
    settleNamed: async ({ id, subject, result, facts, lifetimeMs }) => {
      const atMs = clock.now()
      const clearance: Clearance = {
        id,
        kind: 'step_up',
        subject,
        state: result === 'verified' ? 'granted' : 'refused',
        atMs,
        expiresMs: atMs + lifetimeMs,
        // What the challenge was bound to only its sealed id tells: as one that an operator grants.
        bound: {},
        byHand: true,
        ...(facts !== undefined && { facts }),
      }
      try {
        if ((await ledger.claim(clearance, clearance.expiresMs)) === 'claimed') {
          table.take(clearance)
          return { kind: 'settled', clearance, isNew: true }
        }
        const standing = (await ledger.of(subject)).find((one) => one.id === id)
        if (standing === undefined) return { kind: 'unavailable' }
        table.take(standing)
        const isSame =
          standing.state === clearance.state && isDeepStrictEqual(standing.facts, facts)
        return isSame
          ? { kind: 'settled', clearance: standing, isNew: false }
          : { kind: 'contradicts', standing }
      } catch {
        return { kind: 'unavailable' }
      }
    },
  }
}
