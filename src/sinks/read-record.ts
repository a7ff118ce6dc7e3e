import type { Verdict } from '../core/decision.ts'
import {
  FACT_NAMES,
  FACTS,
  FACT_SLOT,
  Facts,
  UNKNOWN,
  type FactName,
  type FactValue,
  type UnknownWhy,
} from '../core/facts.ts'
import { canonicalAddress, networkOf } from '../core/ip.ts'
import {
  LOST_VALUE,
  type FactLoss,
  type RecordedCall,
  type RecordedLimit,
} from '../core/recorded-call.ts'
import { MAX_TEXT_CHARS } from './json-text.ts'
import { RECORD_FIELDS, RECORD_VERSION, type RecordField } from './record-fields.ts'

type Plain = { readonly [key: string]: unknown }

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const MAX_ITEMS = 64
const VERDICTS: readonly Verdict[] = ['allow', 'challenge', 'throttle', 'deny']
const WHYS: readonly UnknownWhy[] = ['no_source', 'absent', 'late', 'failed']

/** Facts with a field of their own, with its name. */
const OWN_FIELDS = Object.entries<RecordField>(RECORD_FIELDS).flatMap(([field, { fact }]) =>
  fact === undefined || fact.startsWith('trust.') || fact.startsWith('risk.')
    ? []
    : [{ field, fact }],
)

const nothingOf = (name: FactName): FactValue => {
  if (name === 'clearance.kind' || name === 'override.verdict') return 'none'
  const { type } = FACTS[name]
  return type === 'list' ? [] : type === 'boolean' ? false : 0
}

/** What a caller without a clearance, and one without an override, has no value of. */
const NOT_OF_NOBODY = new Set<FactName>(['clearance.age_s', 'override.id'])

/** What records leave out: nothing held, issued or passed, and nothing said by an operator. */
const NOTHING_CLEARED: readonly (readonly [FactName, FactValue])[] = FACT_NAMES.filter(
  (name) => /^(?:clearance|override)\./.test(name) && !NOT_OF_NOBODY.has(name),
).map((name) => [name, nothingOf(name)])

const isFact = (name: string): name is FactName => Object.hasOwn(FACTS, name)

const isCut = (text: string): boolean =>
  text.length >= MAX_TEXT_CHARS && (text.endsWith('…') || text.length > MAX_TEXT_CHARS)

/** Whether an address or network stands there as one, and not in the form of the mask. */
const isPlace = (fact: FactName, text: string): boolean => {
  if (fact === 'caller.ip') return canonicalAddress(text) === text
  if (fact !== 'caller.network') return true
  const address = canonicalAddress(text.slice(0, text.indexOf('/')))
  return address !== undefined && networkOf(address) === text
}

type Found = { readonly value: FactValue; readonly loss?: FactLoss }

const textFact = (name: FactName, value: string): Found | undefined => {
  const row: { readonly type: string; readonly values?: readonly string[] } = FACTS[name]
  if (row.values?.includes(value) === false) return undefined
  if (isCut(value)) return { value: LOST_VALUE, loss: 'cut' }
  return isPlace(name, value) ? { value } : { value: LOST_VALUE, loss: 'masked' }
}

/** A value as the fact can have it; `undefined` for anything else, which damage or a forger wrote. */
const factOf = (name: FactName, value: unknown): Found | undefined => {
  switch (FACTS[name].type) {
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) ? { value } : undefined
    case 'boolean':
      return typeof value === 'boolean' ? { value } : undefined
    case 'string':
      return typeof value === 'string' ? textFact(name, value) : undefined
    case 'list':
  }
  if (!Array.isArray(value)) return undefined
  const texts = value.filter((item): item is string => typeof item === 'string')
  if (texts.length !== value.length || texts.length > MAX_ITEMS) return undefined
  // A list of just that many may have had more.
  if (texts.length === MAX_ITEMS || texts.some(isCut)) return { value: LOST_VALUE, loss: 'cut' }
  return { value: texts }
}

const itemsIn = (object: Plain, key: string): readonly Plain[] => {
  const value = object[key]
  return Array.isArray(value) ? value.slice(0, MAX_ITEMS).filter(isPlain) : []
}

const textIn = (object: Plain, key: string): string | undefined => {
  const value = object[key]
  return typeof value === 'string' && value.length <= MAX_TEXT_CHARS ? value : undefined
}

const verdictIn = (object: Plain, key: string): Verdict | undefined =>
  VERDICTS.find((verdict) => verdict === object[key])

const amount = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined

const limitOf = (item: Plain): readonly RecordedLimit[] => {
  const limit = textIn(item, 'limit')
  const [quota, cost, remaining] = ['quota', 'cost', 'remaining'].map((key) => amount(item[key]))
  if (limit === undefined || quota === undefined || cost === undefined || remaining === undefined) {
    return []
  }
  const enforced = item['enforced'] !== false
  return [{ limit, enforced, quota, cost, remaining, exceeded: item['exceeded'] === true }]
}

const factsOf = (
  record: Plain,
): { readonly facts: Facts; readonly losses: Map<FactName, FactLoss> } => {
  const facts = new Facts()
  const losses = new Map<FactName, FactLoss>()
  const put = (name: FactName, value: unknown): void => {
    const found = factOf(name, value)
    if (found === undefined) return
    facts.values[FACT_SLOT[name]] = found.value
    if (found.loss !== undefined) losses.set(name, found.loss)
  }
  const inside = record['stillwatch.facts']
  const unknown = new Set<FactName>()
  for (const item of itemsIn(record, 'stillwatch.reasons')) {
    const fact = textIn(item, 'fact')
    const why = WHYS.find((word) => word === item['why'])
    if (fact === undefined || why === undefined || !isFact(fact)) continue
    unknown.add(fact)
    facts.values[FACT_SLOT[fact]] = UNKNOWN[why]
  }
  for (const [name, value] of NOTHING_CLEARED) {
    if (unknown.has(name) || (isPlain(inside) && Object.hasOwn(inside, name))) continue
    facts.values[FACT_SLOT[name]] = value
    losses.set(name, 'assumed')
  }
  for (const [name, value] of Object.entries(isPlain(inside) ? inside : {})) {
    if (isFact(name)) put(name, value)
  }
  for (const { field, fact } of OWN_FIELDS) put(fact, record[field])
  return { facts, losses }
}

/**
 * What a record's line says of a call, as a policy can judge it again. `undefined` for a line that is not
 * a whole record, and for one of a request that no policy has judged. Every value is checked: what a fact
 * cannot be is unknown.
 */
export const readRecord = (line: string): RecordedCall | undefined => {
  let record: unknown
  try {
    record = JSON.parse(line)
  } catch {
    return undefined
  }
  if (!isPlain(record) || record['v'] !== RECORD_VERSION) return undefined
  const id = textIn(record, 'stillwatch.decision.id')
  const atMs = Date.parse(textIn(record, 'time') ?? '')
  const verdict = verdictIn(record, 'stillwatch.verdict')
  const ruling = verdictIn(record, 'stillwatch.ruling')
  const revision = textIn(record, 'stillwatch.policy.revision')
  if (id === undefined || !Number.isFinite(atMs)) return undefined
  if (verdict === undefined || ruling === undefined || revision === undefined) return undefined
  return {
    id,
    atMs,
    ...factsOf(record),
    verdict,
    ruling,
    rule: textIn(record, 'stillwatch.rule.id'),
    refusedBy: textIn(record, 'stillwatch.refused_by'),
    revision,
    limits: itemsIn(record, 'stillwatch.limits').flatMap(limitOf),
  }
}
