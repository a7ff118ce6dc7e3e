import { FACT_NAMES, FACTS, FACT_SLOT, type FactName, type Facts } from '../core/facts.ts'
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
/** A dozen of these stand in every sheet and say nothing in nearly all: then they are left out. */
const SILENT = FACT_NAMES.map((name) => /^(?:clearance|override)\./.test(name))
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

/** Nothing issued, nothing passed, nothing refused. */
const saysNothing = (value: unknown): boolean =>
  value === 0 || value === false || value === 'none' || (Array.isArray(value) && value.length === 0)

/** The known facts as a field, without those that have one of their own; empty where there are none. */
export const factsText = (field: string, facts: Facts, mask: AddressMask): string => {
  const { values } = facts
  let json = ''
  for (let slot = 0; slot < values.length; slot++) {
    const column = COLUMNS[slot]
    if (column === undefined) continue
    const value = values[slot]
    if (SILENT[slot] === true && saysNothing(value)) continue
    if (typeof value === 'string') {
      const shown = slot === NETWORK_SLOT ? mask.network(value) : value
      json += column.words?.get(shown) ?? column.key + jsonText(shown)
    } else if (typeof value === 'number') {
      // JSON has no word for a number that is none; such a fact is left out.
      if (Number.isFinite(value)) json += `${column.key}${value}`
    } else if (typeof value === 'boolean') {
      json += value ? column.yes : column.no
    } else if (Array.isArray(value)) {
      json += column.key + jsonTexts(value, MAX_ITEMS)
    }
  }
  return json === '' ? '' : `${field}{${json.slice(1)}}`
}
