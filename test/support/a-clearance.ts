import { randomBytes } from 'node:crypto'
import type { Clearance } from '../../src/core/challenge.ts'

const HOUR_MS = 3_600_000

/** An id that no other clearance has. */
export const aClearanceId = (): string => randomBytes(17).toString('base64url').slice(0, 22)

/** A granted proof of work of account `acct_1` for an hour from `atMs` (now), unless told. */
export const aClearance = (over: Partial<Clearance> = {}): Clearance => {
  const atMs = over.atMs ?? Date.now()
  return {
    id: aClearanceId(),
    kind: 'proof_of_work',
    subject: 'a:acct_1',
    state: 'granted',
    expiresMs: atMs + HOUR_MS,
    bound: {},
    decision: '01k0000000000000000000',
    ...over,
    atMs,
  }
}
