import type { Clearance } from '../../core/challenge.ts'

const at = (ms: number): string => new Date(ms).toISOString()

/** A clearance as the API tells it. */
export const clearanceView = (clearance: Clearance): object => {
  const { id, kind, subject, state, atMs, expiresMs, bound, facts, decision, byHand } = clearance
  const name = subject.slice(2)
  const isAccount = subject.startsWith('a:')
  return {
    id,
    kind,
    state,
    // What is no account is a keyed hash of a credential.
    account: isAccount ? name : undefined,
    credential: isAccount ? undefined : name,
    at: at(atMs),
    expires_at: at(expiresMs),
    bound: Object.keys(bound),
    // What else it is bound to is a keyed hash: of use to nobody.
    bound_asn: bound.asn,
    facts,
    decision,
    by_hand: decision === undefined || byHand === true,
  }
}
