import { CHALLENGE_KINDS, type Bound, type Issued } from '../core/challenge.ts'
import { isClearanceId, isSubject } from '../core/clearance-row.ts'
import { isCount, isText } from '../core/row-batch.ts'
import { DAY_MS } from '../core/time.ts'

/** First element: texts of another version are not read. */
const VERSION = 1
const FIELDS = 15

const HASH = /^[\w-]{1,64}$/
const NAME = /^[\w.-]{1,64}$/
const MAX_ASN = 2 ** 32 - 1
/** No clock of ours ever shows more. */
const MAX_MS = 1e14
/** Above what a policy can ask for: no challenge is answerable for longer, whatever it says. */
const MAX_VALID_MS = 31 * DAY_MS
const MAX_LIFETIME_MS = 100 * DAY_MS
const MAX_DIFFICULTY = 1_000

/** A challenge as a compact JSON array; what is absent is 0, an ASN -1, a stack ''. */
export const issuedText = (issued: Issued): string => {
  const { id, kind, subject, issuedMs, expiresMs, lifetimeMs, bound } = issued
  return JSON.stringify([
    VERSION,
    id,
    CHALLENGE_KINDS.indexOf(kind),
    subject,
    issuedMs,
    expiresMs,
    lifetimeMs,
    bound.network ?? 0,
    bound.asn ?? -1,
    bound.credential ?? 0,
    issued.difficulty,
    issued.decision,
    issued.rule,
    issued.network,
    issued.stack,
  ])
}

const isNumber = (value: unknown, least: number, most: number): value is number =>
  typeof value === 'number' && value >= least && value <= most

const isOptional = (value: unknown): value is 0 | string => value === 0 || isText(value, HASH)

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * What {@link issuedText} wrote; `undefined` where anything is not as it has to be. Only what was unsealed
 * comes here, so that a fault in it is another version's; it is read as carefully all the same.
 */
export const parseIssued = (text: string): Issued | undefined => {
  const row = parse(text)
  if (!Array.isArray(row) || row.length !== FIELDS || row[0] !== VERSION) return undefined
  // An array out of JSON holds whatever its writer wanted; each element is checked below.
  const fields: readonly unknown[] = row.slice(1)
  const [id, kindAt, subject, issuedMs, expiresMs, lifetimeMs, network, asn, credential] = fields
  const [difficulty, decision, rule, fromNetwork, stack] = fields.slice(9)
  if (!isClearanceId(id) || !isSubject(subject)) return undefined
  if (!isCount(kindAt, CHALLENGE_KINDS.length - 1)) return undefined
  const kind = CHALLENGE_KINDS[kindAt]
  if (kind === undefined || !isNumber(issuedMs, 0, MAX_MS)) return undefined
  if (!isNumber(expiresMs, issuedMs, issuedMs + MAX_VALID_MS)) return undefined
  if (!isNumber(lifetimeMs, 0, MAX_LIFETIME_MS)) return undefined
  if (!isOptional(network) || !isOptional(credential)) return undefined
  if (asn !== -1 && !isCount(asn, MAX_ASN)) return undefined
  if (!isNumber(difficulty, 0, MAX_DIFFICULTY)) return undefined
  if (!isText(decision, NAME) || !isText(rule, NAME) || !isText(fromNetwork, HASH)) return undefined
  if (stack !== '' && !isText(stack, HASH)) return undefined
  const bound: Bound = {
    ...(network !== 0 && { network }),
    ...(asn !== -1 && { asn }),
    ...(credential !== 0 && { credential }),
  }
  return {
    id,
    kind,
    subject,
    issuedMs,
    expiresMs,
    lifetimeMs,
    bound,
    difficulty,
    decision,
    rule,
    network: fromNetwork,
    stack,
  }
}
