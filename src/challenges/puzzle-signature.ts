import { createHmac } from 'node:crypto'
import type { Puzzle } from '../core/challenge.ts'

/** Secrets of one generation. */
export type PuzzleSecrets = {
  /** Signs the parameters. */
  readonly parameters: string
  /** Signs the key that solves the puzzle. */
  readonly key: string
}

const hmac = (secret: string, data: string | Uint8Array): string =>
  createHmac('sha256', secret).update(data).digest('hex')

/** Recursively by key, without what is undefined. */
const sorted = (value: unknown): unknown =>
  typeof value !== 'object' || value === null || Array.isArray(value)
    ? value
    : Object.fromEntries(
        Object.entries(value)
          .filter(([, member]) => member !== undefined)
          .toSorted(([one], [other]) => (one < other ? -1 : 1))
          .map(([name, member]) => [name, sorted(member)]),
      )

/**
 * Signs the parameters of a puzzle byte for byte as altcha-lib 2.8.0 does (`signChallenge` of its pow.js):
 * HMAC-SHA-256 of the solving key as `keySignature`, then of the JSON of the parameters with sorted names.
 * The library's own does it by WebCrypto, whose way through the thread pool costs as much again as the
 * puzzle itself. Verification is the library's.
 */
export const signPuzzle = (
  parameters: { readonly [name: string]: unknown },
  solvingKey: Uint8Array,
  secrets: PuzzleSecrets,
): Puzzle => {
  const keySignature = hmac(secrets.key, solvingKey)
  // `sorted` of an object is an object.
  const signed = sorted({ ...parameters, keySignature }) as { readonly [name: string]: unknown }
  return { parameters: signed, signature: hmac(secrets.parameters, JSON.stringify(signed)) }
}
