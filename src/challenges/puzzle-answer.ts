import type { Answer } from '../core/challenge.ts'

/** Parameters of a puzzle in the form in which we issue them, by their types and sizes; not yet believed. */
export type PuzzleParameters = {
  readonly algorithm: string
  readonly cost: number
  readonly data: { readonly challenge: string }
  /** Seconds since the epoch. */
  readonly expiresAt: number
  readonly keyLength: number
  readonly keyPrefix: string
  readonly keySignature: string
  readonly nonce: string
  readonly salt: string
}

/** What a caller sent back, sound in form alone. */
export type PuzzleAnswer = {
  readonly puzzle: { readonly parameters: PuzzleParameters; readonly signature: string }
  readonly solution: { readonly counter: number; readonly derivedKey: string }
}

type Fields = { readonly [name: string]: unknown }

const PARAMETERS = 9
const HEX_16_BYTES = /^[0-9a-f]{32}$/
const HEX_32_BYTES = /^[0-9a-f]{64}$/
const CHALLENGE = /^[\w-]{22}$/
const MAX_ALGORITHM_CHARS = 32
const MAX_UINT32 = 2 ** 32 - 1
/** The widget's payload; ours have some 800. */
const MAX_PAYLOAD_CHARS = 4_096
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

const fieldsOf = (value: unknown): Fields | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? // An object that is neither null nor an array has unknown fields and nothing else.
      (value as Fields)
    : undefined

const isHex = (value: unknown, form: RegExp): value is string =>
  typeof value === 'string' && form.test(value)

const isWhole = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

const parametersOf = (value: unknown): PuzzleParameters | undefined => {
  const fields = fieldsOf(value)
  if (fields === undefined || Object.keys(fields).length !== PARAMETERS) return undefined
  const { algorithm, cost, expiresAt, keyLength } = fields
  const { keyPrefix, keySignature, nonce, salt } = fields
  const data = fieldsOf(fields['data'])
  if (data === undefined || Object.keys(data).length !== 1) return undefined
  const { challenge } = data
  if (typeof challenge !== 'string' || !CHALLENGE.test(challenge)) return undefined
  if (typeof algorithm !== 'string' || algorithm.length > MAX_ALGORITHM_CHARS) return undefined
  if (!isWhole(cost) || !isWhole(expiresAt) || !isWhole(keyLength)) return undefined
  if (!isHex(keyPrefix, HEX_16_BYTES) || !isHex(nonce, HEX_16_BYTES)) return undefined
  // Without a signed key the library would derive one for whoever asks.
  if (!isHex(salt, HEX_16_BYTES) || !isHex(keySignature, HEX_32_BYTES)) return undefined
  return {
    algorithm,
    cost,
    data: { challenge },
    expiresAt,
    keyLength,
    keyPrefix,
    keySignature,
    nonce,
    salt,
  }
}

/** The widget of ALTCHA 3 hands out base64 of `{challenge, solution}`. */
const payloadOf = (text: unknown): Fields | undefined => {
  if (typeof text !== 'string' || text.length > MAX_PAYLOAD_CHARS || !BASE64.test(text)) {
    return undefined
  }
  try {
    const payload = fieldsOf(JSON.parse(Buffer.from(text, 'base64').toString('utf8')))
    return payload && { puzzle: payload['challenge'], solution: payload['solution'] }
  } catch {
    return undefined
  }
}

/**
 * Reads `{puzzle: {parameters, signature}, solution: {counter, derivedKey}}` or `{altcha: payload}`.
 * `undefined` for anything that cannot be a puzzle of ours with a solution: other or further parameters,
 * other types, sizes or cases. What else stands in the solution, such as its time, is left out.
 */
export const readPuzzleAnswer = (answer: Answer): PuzzleAnswer | undefined => {
  const payload = answer['altcha']
  if (payload !== undefined && (answer['puzzle'] ?? answer['solution']) !== undefined) {
    return undefined
  }
  const given = payload === undefined ? answer : payloadOf(payload)
  const puzzle = fieldsOf(given?.['puzzle'])
  const solution = fieldsOf(given?.['solution'])
  if (puzzle === undefined || solution === undefined) return undefined
  const { signature } = puzzle
  const { counter, derivedKey } = solution
  if (!isWhole(counter) || counter > MAX_UINT32 || !isHex(derivedKey, HEX_32_BYTES)) {
    return undefined
  }
  if (!isHex(signature, HEX_32_BYTES)) return undefined
  const parameters = parametersOf(puzzle['parameters'])
  if (parameters === undefined) return undefined
  return { puzzle: { parameters, signature }, solution: { counter, derivedKey } }
}
