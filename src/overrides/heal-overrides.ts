import type { Override } from '../core/override.ts'
import type { OverrideTable } from './override-table.ts'

/** Where the overrides of a fleet stand, as a process reads and mends it. */
export type SharedOverrides = {
  read(since: string): Promise<{
    readonly revision: string
    readonly overrides?: readonly Override[]
    readonly junk: readonly string[]
  }>
  restore(override: Override): Promise<void>
  tidy(ids: readonly string[]): Promise<void>
}

/** What one look came to. */
export type Healed = {
  /** Words that this process had not heard. */
  readonly news: number
  /** Words that were missing there and were put back. */
  readonly restored: number
  /** Fields that were none of ours, and were removed. */
  readonly junk: number
}

/** Looks at everything, changed or not, every so many looks: a revision can be forged, a field cannot. */
const WHOLE_EVERY = 30
const MAX_RESTORED = 500

/**
 * Brings a table and what the fleet shares together, again and again: takes what is news, puts back what a
 * wiped or older store does not have, an end in any case, and removes what has run out. What a process knows
 * is never given up for what the store does not say. Rejects where the store does not answer.
 */
export const createHealing = (options: {
  readonly shared: SharedOverrides
  readonly table: Pick<OverrideTable, 'take' | 'all'>
  readonly now: () => number
}): (() => Promise<Healed>) => {
  const { shared, table, now } = options
  let revision = ''
  let looks = 0

  return async () => {
    const since = looks++ % WHOLE_EVERY === 0 ? '' : revision
    const found = await shared.read(since)
    if (found.overrides === undefined) return { news: 0, restored: 0, junk: 0 }
    const nowMs = now()
    const there = new Map(found.overrides.map((one) => [one.id, one]))
    const over = found.overrides.filter(({ expiresMs }) => expiresMs <= nowMs).map(({ id }) => id)
    const news = found.overrides.filter((one) => one.expiresMs > nowMs && table.take(one)).length
    const missing = table.all(nowMs).filter(({ id, ended }) => {
      const standing = there.get(id)
      return standing === undefined || (ended !== undefined && standing.ended === undefined)
    })
    await shared.tidy([...found.junk, ...over])
    for (const one of missing.slice(0, MAX_RESTORED)) await shared.restore(one)
    // What was put back is a change; the next look sees it whole and finds nothing missing.
    revision = found.revision
    return { news, restored: Math.min(missing.length, MAX_RESTORED), junk: found.junk.length }
  }
}
