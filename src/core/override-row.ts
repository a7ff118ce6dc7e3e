import { canonicalAddress, networkOf } from './ip.ts'
import {
  MAX_OVERRIDE_MS,
  MAX_OVERRIDE_WHY_CHARS,
  OVERRIDE_KINDS,
  OVERRIDE_VERDICTS,
  type Override,
  type OverrideKind,
} from './override.ts'
import { isCount, isText } from './row-batch.ts'

const FIELDS = 11
/** Characters of a row at most: two reasons, each character escaped, and what else there is. */
export const MAX_OVERRIDE_CHARS = 8_192

const ID = /^[\w-]{22}$/
/** As account ids are everywhere. */
const NAME = /^[\x21-\x7e]{1,256}$/
const CREDENTIAL = /^[\w-]{22}$/
const BY = /^[\w.-]{1,64}$/
/** No clock of ours ever shows more. */
const MAX_MS = 1e14
const MAX_ASN = 2 ** 32 - 1

/** Whether a text can be the id of an override. */
export const isOverrideId = (value: unknown): value is string => isText(value, ID)

const isNetwork = (name: string): boolean => {
  const canonical = canonicalAddress(name.slice(0, Math.max(0, name.indexOf('/'))))
  return canonical !== undefined && networkOf(canonical) === name
}

/** Whether a text can name a subject of this kind, in the one spelling that facts have. */
export const isOverrideName = (of: OverrideKind, name: unknown): name is string => {
  if (!isText(name, NAME)) return false
  if (of === 'credential') return CREDENTIAL.test(name)
  if (of === 'network') return isNetwork(name)
  if (of !== 'asn') return true
  return /^[1-9]\d{0,9}$/.test(name) && Number(name) <= MAX_ASN
}

/** An override as a compact JSON array; 0 stands for what is absent. */
export const overrideRow = (override: Override): string => {
  const { id, of, name, verdict, atMs, expiresMs, by, why, ended } = override
  return JSON.stringify([
    id,
    OVERRIDE_KINDS.indexOf(of),
    name,
    OVERRIDE_VERDICTS.indexOf(verdict),
    atMs,
    expiresMs,
    by,
    why,
    ended?.atMs ?? 0,
    ended?.by ?? 0,
    ended?.why ?? 0,
  ])
}

const isMs = (value: unknown): value is number =>
  typeof value === 'number' && value > 0 && value <= MAX_MS

const isWhy = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= MAX_OVERRIDE_WHY_CHARS

/**
 * An override out of an element of JSON that somebody else wrote; `undefined` where anything of it is not
 * as it has to be. Never throws.
 */
export const overrideOfRow = (row: unknown): Override | undefined => {
  if (!Array.isArray(row) || row.length !== FIELDS) return undefined
  // An array out of JSON holds whatever its writer wanted; each element is checked below.
  const fields: readonly unknown[] = row
  const [id, kindAt, name, verdictAt, atMs, expiresMs, by, why] = fields
  const [endedMs, endedBy, endedWhy] = fields.slice(8)
  if (!isOverrideId(id) || !isCount(kindAt, OVERRIDE_KINDS.length - 1)) return undefined
  if (!isCount(verdictAt, OVERRIDE_VERDICTS.length - 1)) return undefined
  const of = OVERRIDE_KINDS[kindAt]
  const verdict = OVERRIDE_VERDICTS[verdictAt]
  if (of === undefined || verdict === undefined || !isOverrideName(of, name)) return undefined
  if (!isMs(atMs) || !isMs(expiresMs)) return undefined
  if (expiresMs <= atMs || expiresMs > atMs + MAX_OVERRIDE_MS) return undefined
  if (!isText(by, BY) || !isWhy(why)) return undefined
  const override: Override = { id, of, name, verdict, atMs, expiresMs, by, why }
  if (endedMs === 0) return endedBy === 0 && endedWhy === 0 ? override : undefined
  if (!isMs(endedMs) || !isText(endedBy, BY) || !isWhy(endedWhy)) return undefined
  return { ...override, ended: { atMs: endedMs, by: endedBy, why: endedWhy } }
}

/** The same of its text. */
export const parseOverrideRow = (text: string): Override | undefined => {
  if (text.length > MAX_OVERRIDE_CHARS) return undefined
  try {
    return overrideOfRow(JSON.parse(text))
  } catch {
    return undefined
  }
}
