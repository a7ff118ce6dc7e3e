import type { Observation } from '../../core/campaign.ts'
import { isCount, isText, parseRowBatch } from '../../core/row-batch.ts'
import { DAY_MS } from '../../core/time.ts'
import { traitsCells, traitsOfCells } from '../traits/traits-text.ts'

/** First element of a batch: texts of another version are not read. */
const VERSION = 1
const FIELDS = 17
/** Observations of one batch. */
export const MAX_BATCH = 1_000
/** Characters of one batch; what a stream of a store takes at once. */
export const MAX_BATCH_CHARS = 256 * 1024

/** What is older tells a detector nothing that it still remembers. */
const OLDEST_MS = 30 * DAY_MS
/** Clocks of replicas may differ by this much; what claims to come from later is not believed. */
const AHEAD_MS = 300_000
const MAX_TOKENS = 1e9
// Bits of the flags.
const PROVEN = 1
const PREPAID = 2
const FORWARDED = 4
/** Nobody knows just now whether it is proven; never together with {@link PROVEN}. */
const PROVEN_UNKNOWN = 8
const MOST_FLAGS = 15
const MAX_ASN = 2 ** 32 - 1
const VERDICTS = ['allow', 'challenge', 'throttle', 'deny'] as const

const ID = /^[\x21-\x7e]{1,64}$/
const ENTITY = /^[\x21-\x7e]{1,280}$/
const COUNTRY = /^[A-Z]{2}$/
const SHORT_HASH = /^[\x21-\x7e]{1,64}$/
const MAX_TEXT = 160

const isFlags = (value: unknown): value is number =>
  isCount(value, MOST_FLAGS) && (value & (PROVEN | PROVEN_UNKNOWN)) !== (PROVEN | PROVEN_UNKNOWN)

const clipped = (text: string | undefined): string | 0 =>
  text === undefined || text === '' ? 0 : text.slice(0, MAX_TEXT)

/** Whether an observation can be told at all: what names it must have its form. */
const isTold = ({ id, entity }: Observation): boolean => ID.test(id) && ENTITY.test(entity)

/**
 * An observation as a compact JSON array, `undefined` where its id or entity is nothing that can be told.
 * 0 stands for what is absent; longer texts are cut at 160 characters. A batch of them is
 * `[1,observation,…]`.
 */
export const observationText = (observation: Observation): string | undefined => {
  if (!isTold(observation)) return undefined
  const { id, atMs, entity, proven, createdAtMs, network, asn, country, verdict } = observation
  const flags =
    (proven === undefined ? PROVEN_UNKNOWN : proven ? PROVEN : 0) |
    (observation.prepaid ? PREPAID : 0) |
    (observation.forwarded ? FORWARDED : 0)
  return JSON.stringify([
    id,
    Math.floor(atMs),
    entity,
    flags,
    createdAtMs ?? 0,
    network,
    isCount(asn, MAX_ASN) ? asn : 0,
    isText(country, COUNTRY) ? country : 0,
    clipped(observation.client),
    clipped(observation.stack),
    clipped(observation.instrument),
    clipped(observation.funding),
    clipped(observation.emailPattern),
    clipped(observation.model),
    VERDICTS.indexOf(verdict),
    Math.max(0, Math.min(Math.round(observation.tokens) || 0, MAX_TOKENS)),
    observation.traits === undefined ? 0 : traitsCells(observation.traits),
  ])
}

/** The text of a batch from the texts of its observations, joined by commas. */
export const batchText = (observations: string): string => `[${VERSION},${observations}]`

/** A text of bounded length or 0 for none. */
const isMaybeText = (value: unknown): value is string | 0 =>
  value === 0 || (typeof value === 'string' && value.length > 0 && value.length <= MAX_TEXT)

const known = (value: string | 0): string | undefined => (value === 0 ? undefined : value)

/** One observation out of a batch; `undefined` where anything of it is not as it has to be. */
const observationOfRow = (row: unknown, nowMs: number): Observation | undefined => {
  if (!Array.isArray(row) || row.length !== FIELDS) return undefined
  // An array out of JSON holds whatever its writer wanted; each element is checked below.
  const fields: readonly unknown[] = row
  const [id, at, entity, flags, createdAt, network, asn, country] = fields
  const [client, stack, instrument, funding, emailPattern, model] = fields.slice(8)
  const [place, tokens, cells] = fields.slice(14)
  if (!isText(id, ID) || !isText(entity, ENTITY) || !isText(network, SHORT_HASH)) return undefined
  if (!isCount(at, nowMs + AHEAD_MS) || at < nowMs - OLDEST_MS) return undefined
  if (!isFlags(flags) || !isCount(createdAt, nowMs + AHEAD_MS)) return undefined
  if (!isCount(asn, MAX_ASN) || !isCount(tokens, MAX_TOKENS)) return undefined
  if (country !== 0 && !isText(country, COUNTRY)) return undefined
  if (!isMaybeText(client) || !isMaybeText(stack) || !isMaybeText(instrument)) return undefined
  if (!isMaybeText(funding) || !isMaybeText(emailPattern) || !isMaybeText(model)) return undefined
  const verdict = typeof place === 'number' ? VERDICTS[place] : undefined
  if (verdict === undefined) return undefined
  const traits = cells === 0 ? undefined : traitsOfCells(cells)
  if (cells !== 0 && traits === undefined) return undefined
  return {
    id,
    // A clock that is ahead must not age what the others tell.
    atMs: Math.min(at, nowMs),
    entity,
    proven: (flags & PROVEN_UNKNOWN) !== 0 ? undefined : (flags & PROVEN) !== 0,
    createdAtMs: createdAt === 0 ? undefined : createdAt,
    network,
    asn: asn === 0 ? undefined : asn,
    country: known(country),
    client: known(client),
    stack: known(stack),
    instrument: known(instrument),
    funding: known(funding),
    prepaid: (flags & PREPAID) !== 0,
    emailPattern: known(emailPattern),
    model: known(model),
    traits,
    verdict,
    forwarded: (flags & FORWARDED) !== 0,
    tokens,
  }
}

/** What a batch came to: its sound observations, and how many others were in it. */
export type ParsedObservations = {
  readonly observations: readonly Observation[]
  readonly refused: number
}

/**
 * Reads a batch as hostile: size, version, types, ranges and times are bounded, and an observation that is
 * not sound is left out. Times up to five minutes ahead count as now, later ones and those older than 30
 * days are refused. Never throws.
 */
export const parseObservations = (text: string, nowMs: number): ParsedObservations => {
  const { rows, refused } = parseRowBatch(text, {
    version: VERSION,
    maxRows: MAX_BATCH,
    maxChars: MAX_BATCH_CHARS,
    rowOf: (row) => observationOfRow(row, nowMs),
  })
  return { observations: rows, refused }
}
