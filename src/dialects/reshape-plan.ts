import type { FieldChange, ReshapeKey } from '../core/reshape.ts'
import type { JsonEdit, JsonPath, JsonValue } from './json-edit.ts'
import type { JsonObject } from './json-object.ts'

/** Collects what a reshape changes in one body. */
export type ReshapePlan = {
  readonly edits: readonly JsonEdit[]
  readonly changed: readonly FieldChange[]
  readonly unsupported: readonly ReshapeKey[]
  /** Sets a member to a value. */
  set(path: JsonPath, from: unknown, to: JsonValue): void
  /** Takes a member of an object out where it says something; null says nothing. */
  drop(at: JsonPath, object: JsonObject, name: string): void
  /** Lowers a number that is above a ceiling; whether the member is there at all. */
  lower(at: JsonPath, object: JsonObject, name: string, ceiling: number): boolean
  /** The API has no field for it. */
  lacks(key: ReshapeKey): void
}

const shown = (value: unknown): number | boolean | undefined =>
  typeof value === 'number' || typeof value === 'boolean' ? value : undefined

const fieldOf = (path: JsonPath): string =>
  path.reduce<string>((field, step) => {
    if (typeof step === 'number') return `${field}[]`
    return field === '' ? step : `${field}.${step}`
  }, '')

/** An empty plan. */
export const createReshapePlan = (): ReshapePlan => {
  const edits: JsonEdit[] = []
  const changed = new Map<string, FieldChange>()
  const unsupported = new Set<ReshapeKey>()
  const change = (path: JsonPath, from: unknown, to: JsonValue | undefined): void => {
    edits.push({ path, value: to })
    const field = fieldOf(path)
    if (changed.has(field)) return
    const before = shown(from)
    const after = shown(to)
    changed.set(field, {
      field,
      ...(before === undefined ? {} : { from: before }),
      ...(after === undefined ? {} : { to: after }),
    })
  }
  return {
    edits,
    get changed() {
      return [...changed.values()]
    },
    get unsupported() {
      return [...unsupported]
    },
    set: change,
    drop: (at, object, name) => {
      const value = object[name]
      if (value !== undefined && value !== null) change([...at, name], value, undefined)
    },
    lower: (at, object, name, ceiling) => {
      const value = object[name]
      if (typeof value !== 'number') return false
      if (value > ceiling) change([...at, name], value, ceiling)
      return true
    },
    lacks: (key) => {
      unsupported.add(key)
    },
  }
}
