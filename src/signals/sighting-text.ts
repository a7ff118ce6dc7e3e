import { DAY_MS } from '../core/time.ts'
import { isCount, isText, parseRowBatch } from '../core/row-batch.ts'
import type { Sighting } from './sighting.ts'

/** First element of a batch: texts of another version are not read. */
const VERSION = 1
const FIELDS = 11
/** Sightings of one batch. */
export const MAX_BATCH = 1_000
/** Characters of one batch. */
export const MAX_BATCH_CHARS = 256 * 1024

/** What is older tells nothing about the day that is learned. */
const OLDEST_MS = DAY_MS
/** Clocks of replicas may differ by this much; what claims to come from later is not believed. */
const AHEAD_MS = 300_000
const LONGEST_CALL_MS = DAY_MS
const MAX_TOKENS = 1e9
const MAX_ASN = 2 ** 32 - 1

const IDENTIFIER = /^[\x21-\x7e]{1,256}$/
/** An account, or one of a reseller's end users as `account/hash`. */
const ENTITY = /^[\x21-\x7e]{1,280}$/
const HASH = /^[A-Za-z0-9_-]{22}$/
const COUNTRY = /^[A-Z]{2}$/

/**
 * A sighting as a compact JSON array; 0 stands for what is absent, and for an entity that is the account
 * itself. A batch of them is `[1,sighting,…]`.
 */
export const sightingText = (sighting: Sighting): string => {
  const { account, entity, atMs, endMs } = sighting
  return JSON.stringify([
    atMs,
    Math.min(endMs - atMs, LONGEST_CALL_MS),
    account ?? 0,
    entity === account ? 0 : (entity ?? 0),
    sighting.network ?? 0,
    sighting.asn ?? 0,
    sighting.country ?? 0,
    sighting.instrument ?? 0,
    Math.min(sighting.tokens, MAX_TOKENS),
    sighting.served ? 1 : 0,
    sighting.credential ?? 0,
  ])
}

/** The text of a batch from the texts of its sightings, joined by commas. */
export const batchText = (sightings: string): string => `[${VERSION},${sightings}]`

/** Whether a field is absent or has its form. */
const isOptional = (value: unknown, form: RegExp): boolean => value === 0 || isText(value, form)

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined

/** One sighting out of a batch; `undefined` where anything of it is not as it has to be. */
const sightingOfRow = (row: unknown, nowMs: number): Sighting | undefined => {
  if (!Array.isArray(row) || row.length !== FIELDS) return undefined
  // An array out of JSON holds whatever its writer wanted; each element is checked below.
  const fields: readonly unknown[] = row
  const [at, took, account, entity, network, asn, country, instrument, tokens, served, credential] =
    fields
  const sound =
    isCount(at, nowMs + AHEAD_MS) &&
    at > nowMs - OLDEST_MS &&
    isCount(took, LONGEST_CALL_MS) &&
    isOptional(account, IDENTIFIER) &&
    isOptional(entity, ENTITY) &&
    isOptional(network, HASH) &&
    isCount(asn, MAX_ASN) &&
    isOptional(country, COUNTRY) &&
    isOptional(instrument, HASH) &&
    isCount(tokens, MAX_TOKENS) &&
    (served === 0 || served === 1) &&
    isOptional(credential, HASH) &&
    (account !== 0 || (entity === 0 && credential !== 0))
  if (!sound) return undefined
  // A clock that is ahead must not empty the windows of those who are not.
  const atMs = Math.min(at, nowMs)
  return {
    atMs,
    endMs: Math.max(atMs, Math.min(at + took, nowMs)),
    account: textOf(account),
    entity: textOf(entity) ?? textOf(account),
    network: textOf(network),
    asn: asn === 0 ? undefined : asn,
    country: textOf(country),
    instrument: textOf(instrument),
    tokens,
    served: served === 1,
    credential: textOf(credential),
  }
}

/** What a batch came to: its sound sightings, and how many others were in it. */
export type ParsedBatch = { readonly sightings: readonly Sighting[]; readonly refused: number }

/**
 * Reads a batch as hostile: size, version, types, ranges and times are bounded, and a sighting that is
 * not sound is left out. Times up to five minutes ahead count as now, later ones and those older than a
 * day are refused. Never throws.
 */
export const parseBatch = (text: string, nowMs: number): ParsedBatch => {
  const { rows, refused } = parseRowBatch(text, {
    version: VERSION,
    maxRows: MAX_BATCH,
    maxChars: MAX_BATCH_CHARS,
    rowOf: (row) => sightingOfRow(row, nowMs),
  })
  return { sightings: rows, refused }
}
