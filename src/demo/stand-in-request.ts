import type { DialectName } from '../core/call.ts'

/** A JSON object whose members are not known yet. */
export type JsonObject = { readonly [key: string]: unknown }

/** A request as the stand-in answers it. */
export type StandInRequest = {
  readonly dialect: DialectName
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly body: JsonObject
  readonly bodyBytes: number
  /** Counts up; ids are made of it. */
  readonly number: number
  readonly atMs: number
}

/** Whether a value is an object with members. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A member that is an object, else an empty one. */
export const objectOf = (from: JsonObject, key: string): JsonObject => {
  const value = from[key]
  return isObject(value) ? value : {}
}

/** A member that is a text, else `undefined`. */
export const textOf = (from: JsonObject, key: string): string | undefined => {
  const value = from[key]
  return typeof value === 'string' ? value : undefined
}

/** A member that is a number, else `undefined`. */
export const numberOf = (from: JsonObject, key: string): number | undefined => {
  const value = from[key]
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** The objects of a member that is a list. */
export const objectsOf = (from: JsonObject, key: string): readonly JsonObject[] => {
  const value: unknown = from[key]
  return Array.isArray(value) ? value.filter(isObject) : []
}
