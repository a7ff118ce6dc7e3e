import { overlapOf } from './campaign-match.ts'
import type { Campaign } from './campaign.ts'
import type { Component } from './link/edge-components.ts'
import type { Link } from './link/link.ts'

/** A dismissal does not cover what has become so many times as large. */
const QUADRUPLED = 4
const OVERLAP = 0.5

const dismissed = (campaigns: Iterable<Campaign>): readonly Campaign[] =>
  [...campaigns].filter(({ levels }) => levels.operator === 'dismissed')

/** Links that an operator called harmless, unless four times as many show one now. */
export const silencedBy = (campaigns: Iterable<Campaign>): ((link: Link) => boolean) => {
  const silenced = new Map<number, number>()
  for (const { linkCounts } of dismissed(campaigns)) {
    for (const [hash, n] of linkCounts) silenced.set(hash, Math.max(n, silenced.get(hash) ?? 0))
  }
  return ({ hash, n }) => n < QUADRUPLED * (silenced.get(hash) ?? 0)
}

/**
 * Components without those that an operator called harmless: half of either is in common with a dismissed
 * campaign, and it is less than four times as large. O(rows) for each dismissed campaign.
 */
export const withoutDismissed = (
  components: readonly Component[],
  campaigns: Iterable<Campaign>,
): readonly Component[] => {
  const harmless = dismissed(campaigns).filter(({ rows }) => rows.size > 0)
  if (harmless.length === 0) return components
  return components.filter(({ entities }) => {
    const tied = new Set(entities)
    return !harmless.some(
      ({ rows }) =>
        tied.size < QUADRUPLED * rows.size &&
        overlapOf(tied, rows) >= OVERLAP * Math.min(tied.size, rows.size),
    )
  })
}
