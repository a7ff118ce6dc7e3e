import { randomBytes } from 'node:crypto'
import type {
  ChallengeKind,
  Clearance,
  ClearanceLedger,
  Clearances,
  Subject,
} from '../core/challenge.ts'
import type { Clock } from '../core/seams.ts'
import type { ClearancePage, ClearanceQuery } from './clearance-list.ts'
import type { ClearanceTable } from './clearance-table.ts'
import type { StepUpMessage } from './step-up-message.ts'
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
}

/** Bytes of an id: 22 characters of base64url. */
const ID_BYTES = 16

/**
 * Clearances in the hands of operators. What is changed stands in the ledger before it is told; a clearance
 * that was revoked also ends the token of it that somebody carries, since the table knows its id.
 */
export const createClearanceAdministration = (options: {
  readonly ledger: Pick<ClearanceLedger, 'of' | 'put'>
  readonly table: Pick<ClearanceTable, 'get' | 'list'> & Pick<Clearances, 'take'>
  /** Opens and ends challenges. */
  readonly answering: SettlingParts['answering']
  readonly clock: Clock
  /** Told of what was granted and revoked, once it stands: for those who judge calls elsewhere. */
  readonly tell?: ((clearance: Clearance) => void) | undefined
}): ClearanceAdministration => {
  const { ledger, table, answering, clock, tell = () => undefined } = options

  const keep = async (clearance: Clearance): Promise<Clearance> => {
    await ledger.put(clearance)
    table.take(clearance)
    tell(clearance)
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
    settle: (message) => settleStepUp({ answering, ledger }, message),
  }
}
