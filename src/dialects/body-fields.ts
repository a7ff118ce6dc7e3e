import { Fault } from '../core/fault.ts'
import { isJsonObject, type JsonObject } from './json-object.ts'

const MAX_MODEL_CHARS = 256
const MAX_USER_CHARS = 1_024
/** Upstreams read counts into 32 bits. */
const MAX_COUNT = 2_147_483_647

/** Control characters, and line and paragraph separators, which have no place in a name. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029]/u

const wrong = (detail: string): Fault => new Fault('invalid_body', { detail })

/** The body, or a part of it that must be there, as an object. Else throws fault `invalid_body`. */
export const requiredObject = (value: unknown, name = 'the body'): JsonObject => {
  if (!isJsonObject(value)) throw wrong(`${name} must be a JSON object`)
  return value
}

/** An object, or `undefined` for a missing or null field. */
export const optionalObject = (value: unknown, name: string): JsonObject | undefined => {
  if (value === undefined || value === null) return undefined
  if (!isJsonObject(value)) throw wrong(`${name} must be an object`)
  return value
}

/** An array, or `undefined` for a missing or null field. */
export const optionalArray = (value: unknown, name: string): readonly unknown[] | undefined => {
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value)) throw wrong(`${name} must be an array`)
  // Array.isArray leaves the items untyped; unknown is what they are.
  return value as readonly unknown[]
}

/** True or false; a missing or null field is false. */
export const flag = (value: unknown, name: string): boolean => {
  if (value === undefined || value === null) return false
  if (typeof value !== 'boolean') throw wrong(`${name} must be true or false`)
  return value
}

/** A whole number of at least `least`, or `undefined` for a missing or null field. */
export const optionalCount = (value: unknown, name: string, least: number): number | undefined => {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least) {
    throw wrong(`${name} must be a whole number of at least ${least}`)
  }
  if (value > MAX_COUNT) throw wrong(`${name} must be at most ${MAX_COUNT}`)
  return value
}

/**
 * The name of a model, exactly as sent: policies compare it as it is, so nothing that an upstream might
 * trim or drop may stand in it.
 */
export const optionalModel = (value: unknown, name = 'model'): string | undefined => {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string' || value === '') throw wrong(`${name} must be a non-empty string`)
  if (value.length > MAX_MODEL_CHARS) {
    throw wrong(`${name} must be at most ${MAX_MODEL_CHARS} characters long`)
  }
  if (UNPRINTABLE.test(value) || value.trim() !== value) {
    throw wrong(`${name} must not hold control characters, nor begin or end with white space`)
  }
  return value
}

/** The name of a model where the API requires one: an upstream's default must not escape a policy. */
export const requiredModel = (value: unknown): string => {
  const model = optionalModel(value)
  if (model === undefined) throw wrong('model is required')
  return model
}

/** An end user's identifier; an empty one names nobody. */
export const optionalUser = (value: unknown, name: string): string | undefined => {
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value !== 'string') throw wrong(`${name} must be a string`)
  if (value.length > MAX_USER_CHARS || UNPRINTABLE.test(value)) {
    throw wrong(`${name} must be at most ${MAX_USER_CHARS} characters without control characters`)
  }
  return value
}

/** A field that may be spelled in two ways, as Google's JSON allows. Both at once are ambiguous. */
export const eitherOf = (object: JsonObject, camel: string, snake: string): unknown => {
  const other = object[snake]
  if (other === undefined) return object[camel]
  if (object[camel] !== undefined) throw wrong(`${camel} and ${snake} are the same field: send one`)
  return other
}

/**
 * The one model of all requests of a batch; a policy judges the batch as a whole, so one restricted
 * model must not hide among others. Throws fault `invalid_body` where they differ.
 */
export const oneModel = (models: readonly (string | undefined)[]): string | undefined => {
  const [first] = models
  if (models.some((model) => model !== first)) {
    throw wrong('all requests of a batch must name the same model; send one batch for each model')
  }
  return first
}
