import type { LimitState } from '../../src/core/decision.ts'

/** A limit of ten calls a minute of the caller's own, seven left, with whatever a test wants different. */
export const aLimitState = (changes: Partial<LimitState> = {}): LimitState => ({
  limit: 'secret-rule-id',
  key: 'acct_secret',
  counted: 'requests',
  quota: 10,
  cost: 1,
  remaining: 7,
  resetMs: 30_000,
  windowMs: 60_000,
  enforced: true,
  own: true,
  exceeded: false,
  ...changes,
})

/** Headers by name of a raw list in which none stands twice. */
export const byName = (rawHeaders: readonly string[]): { readonly [name: string]: string } => {
  const headers: { [name: string]: string } = {}
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    if (name in headers) throw new Error(`${name} stands twice`)
    headers[name] = rawHeaders[at + 1] ?? ''
  }
  return headers
}
