import { randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Call } from '../core/call.ts'
import type {
  Bound,
  Challenge,
  ChallengeKind,
  ChallengeTerms,
  Clearances,
  Issued,
  Offered,
  Puzzle,
  Subject,
} from '../core/challenge.ts'
import type { Decision } from '../core/decision.ts'
import { Unknown, type Facts, type UnknownWhy } from '../core/facts.ts'
import type { KeyedHash } from '../core/keyed-hash.ts'
import { siteOf } from '../core/ip.ts'
import type { Clock } from '../core/seams.ts'
import { boundOf } from './bound.ts'
import { createChallengeUrl, hostIn, type ChallengeUrl } from './challenge-url.ts'
import { createIssueLimits, type IssueLimits } from './issue-limits.ts'
import { issuedText } from './issued-text.ts'
import type { Seals } from './seal.ts'
import { subjectOf } from './subject.ts'

/** What {@link createIssuing} issues with. */
export type IssuingParts = {
  readonly seals: Seals
  readonly clock: Clock
  readonly challenges: ReadonlyMap<ChallengeKind, Challenge>
  /** Tells which open challenges were spent since. */
  readonly clearances: Pick<Clearances, 'of'>
  readonly publicUrl: string | undefined
  readonly hashNetwork: KeyedHash
  /** Told of every fresh challenge, not of one that is given again. */
  readonly onIssued: (issued: Issued) => void
  readonly onLimited?: ((kind: ChallengeKind) => void) | undefined
  readonly limits?: IssueLimits | undefined
  /** Open challenges that are remembered, to be given again. */
  readonly maxOpen?: number | undefined
  /** Names the challenge of a call; random unless told. 22 characters, base64url. */
  readonly newId?: ((call: Call) => string) | undefined
}

/** Issues challenges. */
export interface Issuing {
  /**
   * The challenge that a decision asks for; `undefined` where none can be given, since nobody can be told
   * apart to give it to, or what it is to be bound to is not known. Never rejects.
   */
  offer(call: Call, facts: Facts, decision: Decision): Promise<Offered | undefined>
  /** Address of a challenge, by its sealed id and the host the caller used. */
  readonly urlOf: ChallengeUrl
}

/** A challenge that its caller has not answered yet, as far as this process knows. */
type Open = {
  readonly issued: Issued
  readonly token: string
  readonly puzzle: Puzzle | undefined
}

/** Some 40 MB of sealed ids and puzzles. */
const MAX_OPEN = 20_000
/** A source that was late or has failed may be there again soon. */
const SOURCE_RETRY_MS = 5_000
const FAILED_RETRY_MS = 1_000
const ID_BYTES = 16
const SECOND_MS = 1_000

const randomId = (): string => randomBytes(ID_BYTES).toString('base64url')

/** What open challenges are told apart by: another lifetime or time to answer in is another challenge. */
const keyOf = (subject: Subject, { kind, validMs, lifetimeMs }: ChallengeTerms, bound: Bound) =>
  JSON.stringify([subject, kind, validMs, lifetimeMs, bound])

/** A credential that became an account of its own at its first good answer is known, and no account yet. */
const isKnown = (subject: Subject, facts: Facts): boolean =>
  subject.startsWith('a:') || facts.known('account.known') === true

const nothingFor = (why: UnknownWhy): Offered | undefined =>
  why === 'late' || why === 'failed'
    ? { kind: 'limited', retryAfterMs: SOURCE_RETRY_MS }
    : undefined

/**
 * Stateless: all that a challenge is stands in its sealed id. What is remembered only saves work: a caller
 * that asks again is given the same one while more than half of its time is left, so that hammering costs
 * one look-up, and a stock of challenges to solve beforehand cannot be laid up. Fresh ones are limited.
 */
export const createIssuing = (parts: IssuingParts): Issuing => {
  const { clock, challenges, clearances, hashNetwork, onIssued, onLimited } = parts
  const { limits = createIssueLimits({ clock }), maxOpen = MAX_OPEN, newId = randomId } = parts
  const seal = parts.seals.of('challenge')
  const urlOf = createChallengeUrl(parts.publicUrl)
  // Promises, so that a hundred calls at once make one challenge.
  const open = new LRUCache<string, { readonly issued: Issued; readonly made: Promise<Open> }>({
    max: maxOpen,
  })

  const make = async (issued: Issued): Promise<Open> => ({
    issued,
    token: seal.seal(issuedText(issued)),
    puzzle: await challenges.get(issued.kind)?.puzzle?.(issued),
  })

  const openOf = (key: string, terms: ChallengeTerms): Promise<Open> | undefined => {
    const found = open.get(key)
    if (found === undefined) return undefined
    const { issued, made } = found
    const nowMs = clock.now()
    // A clock that was set back must not make a challenge last.
    const isFresh = issued.expiresMs - nowMs > terms.validMs / 2 && issued.issuedMs <= nowMs
    if (!isFresh || issued.difficulty < terms.difficulty) return undefined
    const isSpent = clearances.of(issued.subject, nowMs).some(({ id }) => id === issued.id)
    return isSpent ? undefined : made
  }

  const issuedFor = (
    { call, facts, decision }: { call: Call; facts: Facts; decision: Decision },
    { kind, validMs, lifetimeMs, difficulty }: ChallengeTerms,
    subject: Subject,
    bound: Bound,
  ): Issued => {
    const issuedMs = clock.now()
    return {
      id: newId(call),
      kind,
      subject,
      issuedMs,
      // Whole seconds, since puzzles know no smaller unit: it runs out everywhere at the same moment.
      expiresMs: Math.ceil((issuedMs + validMs) / SECOND_MS) * SECOND_MS,
      lifetimeMs,
      bound,
      difficulty,
      decision: call.id,
      rule: decision.rule ?? '-',
      network: hashNetwork(call.caller.network),
      stack: facts.known('caller.stack') ?? '',
    }
  }

  const offerOf = ({ issued, token, puzzle }: Open, call: Call): Offered => ({
    kind: 'offer',
    offer: {
      id: token,
      name: issued.id,
      kind: issued.kind,
      url: urlOf(token, hostIn(call.rawHeaders)),
      expiresMs: issued.expiresMs,
      ...(puzzle && { puzzle }),
    },
  })

  const find = async (
    call: Call,
    facts: Facts,
    decision: Decision,
  ): Promise<Offered | undefined> => {
    const terms = decision.challenge
    if (terms === undefined) return undefined
    const subject = subjectOf(facts)
    if (subject instanceof Unknown) return nothingFor(subject.why)
    const bound = boundOf(terms, call, facts, hashNetwork)
    if (typeof bound === 'string') return nothingFor(bound)

    const key = keyOf(subject, terms, bound)
    const again = openOf(key, terms)
    if (again !== undefined) return offerOf(await again, call)
    const issued = issuedFor({ call, facts, decision }, terms, subject, bound)
    const retryAfterMs = limits.take({
      subject,
      isKnown: isKnown(subject, facts),
      site: siteOf(call.caller.address),
    })
    if (retryAfterMs > 0) {
      onLimited?.(terms.kind)
      return { kind: 'limited', retryAfterMs }
    }
    const made = make(issued)
    open.set(key, { issued, made })
    try {
      const fresh = await made
      onIssued(issued)
      return offerOf(fresh, call)
    } catch (error) {
      open.delete(key)
      throw error
    }
  }

  return {
    urlOf,
    offer: async (call, facts, decision) => {
      try {
        return await find(call, facts, decision)
      } catch {
        // Nothing foreseen: no challenge, and no call let through for it.
        return { kind: 'limited', retryAfterMs: FAILED_RETRY_MS }
      }
    },
  }
}
