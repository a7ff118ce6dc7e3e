import { isJsonObject, type JsonObject } from './json-object.ts'

/** A decoding field: its name for traits, and where a body may have it; the first that is set counts. */
export type DecodeField = readonly [name: string, ...paths: readonly (readonly string[])[]]

/** Decoding fields as every call reads them. */
export type DecodeFields = readonly {
  readonly name: string
  readonly paths: readonly (readonly string[])[]
}[]

/** Takes the fields apart once. */
export const decodeFields = (fields: readonly DecodeField[]): DecodeFields =>
  fields.map(([name, ...paths]) => ({ name, paths }))

const MAX_CHARS = 64
const MAX_ITEMS = 8

const at = (body: JsonObject, path: readonly string[]): unknown => {
  let value: unknown = body
  for (const name of path) {
    if (!isJsonObject(value)) return undefined
    value = value[name]
  }
  return value
}

const shown = (value: unknown): string => {
  if (typeof value === 'string') return value.slice(0, MAX_CHARS)
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  // Stop sequences; of an object only its type.
  if (Array.isArray(value)) {
    const texts = value
      .slice(0, MAX_ITEMS)
      .map((item: unknown) => (typeof item === 'string' ? item.slice(0, MAX_CHARS) : typeof item))
    return `${value.length}: ${texts.join(' ')}`
  }
  return isJsonObject(value) && typeof value['type'] === 'string'
    ? value['type'].slice(0, MAX_CHARS)
    : 'object'
}

/** Fields whose value differs from call to call by purpose: only that they are set is told. */
const PRESENCE: ReadonlySet<string> = new Set(['seed'])

/** `name=value` of every field that is set, in the order of the table. */
export const decodeOf = (body: JsonObject, fields: DecodeFields): readonly string[] => {
  const set: string[] = []
  for (const { name, paths } of fields) {
    for (const path of paths) {
      const value = at(body, path)
      if (value === undefined || value === null) continue
      set.push(PRESENCE.has(name) ? name : `${name}=${shown(value)}`)
      break
    }
  }
  return set
}
