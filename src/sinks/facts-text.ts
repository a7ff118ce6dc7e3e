import {
  FACT_NAMES,
  FACTS,
  FACT_SLOT,
  type FactName,
  type Facts,
  type FactValue,
  type Unknown,
} from '../core/facts.ts'
import type { AddressMask } from './address-mask.ts'
import { jsonText, jsonTexts } from './json-text.ts'
import { RECORD_FIELDS, type RecordField } from './record-fields.ts'

/** What is written for one slot. The texts of closed sets and of booleans are put together once. */
type Column = {
  readonly key: string
  readonly yes: string
  readonly no: string
  readonly words: ReadonlyMap<string, string> | undefined
}

const MAX_ITEMS = 64
const OWN_FIELD = new Set<FactName>(
  Object.values<RecordField>(RECORD_FIELDS).flatMap(({ fact }) => fact ?? []),
)

const columnOf = (name: FactName): Column | undefined => {
  if (OWN_FIELD.has(name)) return undefined
  const key = `,"${name}":`
  const row = FACTS[name]
  const words =
    'values' in row ? new Map(row.values.map((word) => [word, key + jsonText(word)])) : undefined
  return { key, yes: `${key}true`, no: `${key}false`, words }
}

/** By slot; `undefined` where the fact has a field of its own. */
const COLUMNS = FACT_NAMES.map(columnOf)
const NETWORK_SLOT = FACT_SLOT['caller.network']

/** One fact with its name, behind a comma; empty where it is not known. */
const factText = (column: Column, value: FactValue | Unknown | undefined): string => {
  if (typeof value === 'string') return column.words?.get(value) ?? column.key + jsonText(value)
  // JSON has no word for a number that is none; such a fact is left out.
  if (typeof value === 'number') return Number.isFinite(value) ? `${column.key}${value}` : ''
  if (typeof value === 'boolean') return value ? column.yes : column.no
  return Array.isArray(value) ? column.key + jsonTexts(value, MAX_ITEMS) : ''
}

/** The known facts as a field, without those that have one of their own; empty where there are none. */
export const factsText = (field: string, facts: Facts, mask: AddressMask): string => {
  const { values } = facts
  let json = ''
  for (let slot = 0; slot < values.length; slot++) {
    const column = COLUMNS[slot]
    if (column === undefined) continue
    const value = values[slot]
    const isNetwork = slot === NETWORK_SLOT && typeof value === 'string'
    const text = factText(column, isNetwork ? mask.network(value) : value)
    if (text === '') continue
    // The comma is cut off the first fact: off the whole text it would cost a copy of it.
    json = json === '' ? `${field}{${text.slice(1)}` : json + text
  }
  return json === '' ? '' : `${json}}`
}
