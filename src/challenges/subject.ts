import type { Subject } from '../core/challenge.ts'
import { UNKNOWN, type Facts, type Unknown } from '../core/facts.ts'

/**
 * Whom a challenge to this call is for: its account, or its credential where no account stands behind it.
 * Unknown where neither is there, and where the source of accounts is late or has failed: an outage must
 * not make another subject of a caller. Never the address.
 */
export const subjectOf = (facts: Facts): Subject | Unknown => {
  const account = facts.get('account.id')
  // An account that was made of its credential, at its first good answer, is the subject it was before.
  const isNobodys =
    facts.get('account.known') === false || account === facts.known('caller.credential')
  if (typeof account === 'string' && !isNobodys) return `a:${account}`
  if (account === UNKNOWN.late || account === UNKNOWN.failed) return account
  const credential = facts.known('caller.credential')
  return credential === undefined ? UNKNOWN.absent : `c:${credential}`
}
