import { z } from 'zod'
import type { Call } from '../core/call.ts'
import { UNKNOWN, Unknown, type FactName, type Findings } from '../core/facts.ts'
import type { SignalSource } from '../core/seams.ts'
import type { AccountTools } from './account.ts'
import { STATED_FACTS, statedText, type StatedFact } from './account-fact.ts'
import { ACCOUNT_FACTS, ACCOUNT_FAILED, NO_ACCOUNT } from './account-findings.ts'
import { accountOfStatement } from './account-stated.ts'
import { readAccount, type AccountReader } from './account-source.ts'

const EDGE_FACTS = ['caller.ja4', 'caller.rtt_gap_ms'] as const

const HEADER = z
  .string()
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)+$/, 'not a header name; write it in lower case with hyphens')

/**
 * Which header of the edge states which fact: `{ "account.id": x-edge-account, "caller.ja4": x-edge-ja4 }`.
 * `account.created_at` is a date in milliseconds and yields `account.age_days`.
 */
export const HEADER_MAP = z.partialRecord(
  z.enum([...STATED_FACTS, ...EDGE_FACTS, 'account.created_at']),
  HEADER,
)

/** A checked header map. */
export type HeaderMap = z.output<typeof HEADER_MAP>

/** What a header source is made of. */
export type AccountHeadersOptions = Omit<AccountTools, 'intern'> &
  AccountReader & {
    /** All names of the map begin with it; such headers must be taken off before forwarding. */
    readonly prefix: string
    readonly headers: HeaderMap
    /** Whether the peer on the socket is the edge; asked before any header is believed. */
    readonly trusted: (call: Call) => boolean
  }

// FoxIO JA4: protocol, version, SNI, two counts, ALPN; hash of ciphers; hash of extensions.
const JA4 = /^[tqd][0-9sd]{2}[di]\d{4}[0-9A-Za-z]{2}_[0-9a-f]{12}_[0-9a-f]{12}$/
const MILLISECONDS = /^-?\d{1,9}(?:\.\d{1,6})?$/
const DATE_MS = /^\d{12,13}$/
const YEAR_2000_MS = Date.UTC(2000, 0)

/** Stands for a header that came twice: which of the two the edge wrote nobody can tell. */
const TWICE = Symbol('twice')

type Sent = ReadonlyMap<string, string | typeof TWICE>

const sentOf = (
  rawHeaders: readonly string[],
  prefix: string,
  names: ReadonlySet<string>,
): Sent => {
  const sent = new Map<string, string | typeof TWICE>()
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const raw = rawHeaders[at] ?? ''
    // Most headers differ in the first letter, which spares the copy in lower case.
    if ((raw.charCodeAt(0) | 32) !== prefix.charCodeAt(0)) continue
    const name = raw.toLowerCase()
    if (!names.has(name)) continue
    sent.set(name, sent.has(name) ? TWICE : (rawHeaders[at + 1] ?? ''))
  }
  return sent
}

const matching = <T>(
  text: string | typeof TWICE | undefined,
  pattern: RegExp,
  value: (text: string) => T,
): T | Unknown => {
  if (text === undefined) return UNKNOWN.absent
  return text !== TWICE && pattern.test(text) ? value(text) : UNKNOWN.failed
}

/**
 * Facts from headers that a trusted edge sets. From any other peer nothing is believed and no account is
 * known. A header that is malformed, empty or doubled makes its fact unknown (`failed`); a bad
 * `account.id` leaves everything about the account unknown, also whether there is one. Throws on a map
 * that could not be meant.
 */
export const createAccountHeaders = (options: AccountHeadersOptions): SignalSource => {
  const { prefix, headers, trusted } = options
  const names = new Set(Object.values(headers))
  for (const name of names) {
    if (!/^[a-z]/.test(prefix) || !name.startsWith(prefix)) {
      throw new Error(`header ${name} does not begin with the prefix ${prefix}`)
    }
  }
  const statesAccount = headers['account.id'] !== undefined
  const { 'caller.ja4': ja4, 'caller.rtt_gap_ms': gap } = headers
  const edgeFacts: FactName[] = EDGE_FACTS.filter((name) => headers[name] !== undefined)
  if (!statesAccount && names.size > edgeFacts.length) {
    throw new Error('headers state facts of an account, but none states account.id')
  }

  const accountFindings = (call: Call, sent: Sent): Findings => {
    const text = (name: keyof HeaderMap): string | typeof TWICE | undefined =>
      sent.get(headers[name] ?? '')
    const stated = <N extends StatedFact>(name: N): ReturnType<typeof statedText<N>> => {
      const value = text(name)
      if (value === undefined) return UNKNOWN.absent
      return value === TWICE ? UNKNOWN.failed : statedText(name, value)
    }
    const id = stated('account.id')
    if (id === UNKNOWN.absent) return NO_ACCOUNT
    if (id instanceof Unknown) return ACCOUNT_FAILED
    const createdAtMs = matching(text('account.created_at'), DATE_MS, Number)
    const account = accountOfStatement(
      {
        id,
        reseller: false,
        createdAtMs:
          createdAtMs instanceof Unknown || createdAtMs >= YEAR_2000_MS
            ? createdAtMs
            : UNKNOWN.failed,
        fact: stated,
      },
      options,
    )
    return readAccount(account, call, call.atMs, options)
  }

  return {
    name: 'account_headers',
    provides: [...(statesAccount ? ACCOUNT_FACTS : []), ...edgeFacts],
    budgetMs: 5,
    wave: 0,
    read: (call) => {
      if (!trusted(call)) return statesAccount ? NO_ACCOUNT : {}
      const sent = sentOf(call.rawHeaders, prefix, names)
      const found = statesAccount ? accountFindings(call, sent) : {}
      if (edgeFacts.length === 0) return found
      return {
        ...found,
        ...(ja4 === undefined ? {} : { 'caller.ja4': matching(sent.get(ja4), JA4, String) }),
        ...(gap === undefined
          ? {}
          : { 'caller.rtt_gap_ms': matching(sent.get(gap), MILLISECONDS, Number) }),
      }
    },
  }
}
