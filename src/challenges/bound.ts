import type { Call } from '../core/call.ts'
import type { AnswerFrom, Bound, ChallengeTerms, Issued } from '../core/challenge.ts'
import { Unknown, type Facts, type UnknownWhy } from '../core/facts.ts'
import type { KeyedHash } from '../core/keyed-hash.ts'

/**
 * What a challenge to this call is bound to. Why not, where something that the rule names is not known:
 * bound to less the clearance would hold in more places than the rule says, and never satisfy it.
 */
export const boundOf = (
  { bind }: Pick<ChallengeTerms, 'bind'>,
  call: Call,
  facts: Facts,
  hashNetwork: KeyedHash,
): Bound | UnknownWhy => {
  const asn = facts.get('ip.asn')
  const credential = facts.get('caller.credential')
  if (bind.includes('asn') && asn instanceof Unknown) return asn.why
  if (bind.includes('credential') && credential instanceof Unknown) return credential.why
  return {
    ...(bind.includes('network') && { network: hashNetwork(call.caller.network) }),
    ...(bind.includes('asn') && !(asn instanceof Unknown) && { asn }),
    ...(bind.includes('credential') && !(credential instanceof Unknown) && { credential }),
  }
}

/** A credential challenge of nobody's account names the credential itself. */
const credentialOf = ({ subject, bound }: Issued): string | undefined =>
  bound.credential ?? (subject.startsWith('c:') ? subject.slice(2) : undefined)

/**
 * Whether an answer may come from there: the network and the ASN that the challenge is bound to, and no
 * other credential. A person at a page sends none, and gains nothing: the clearance is the credential's.
 */
export const isAnswerable = (issued: Issued, from: AnswerFrom): boolean => {
  const { network, asn } = issued.bound
  const credential = credentialOf(issued)
  if (network !== undefined && network !== from.network) return false
  if (asn !== undefined && asn !== from.asn) return false
  return credential === undefined || from.credential === undefined || credential === from.credential
}
