import { randomBytes } from 'node:crypto'
import type { Override } from '../../src/core/override.ts'

const AT_MS = Date.UTC(2026, 3, 22)

/** A refusal of account `acct_1` for an hour from the beginning of the fake clock. */
export const anOverride = (over: Partial<Override> = {}): Override => {
  const atMs = over.atMs ?? AT_MS
  return {
    id: randomBytes(16).toString('base64url'),
    of: 'account',
    name: 'acct_1',
    verdict: 'deny',
    atMs,
    expiresMs: atMs + 3_600_000,
    by: 'ops',
    why: 'ticket 4711',
    ...over,
  }
}

/** The same, ended a second after it was set. */
export const ended = (override: Override): Override => ({
  ...override,
  ended: { atMs: override.atMs + 1_000, by: 'ops', why: 'over' },
})
