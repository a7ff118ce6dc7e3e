import type { Campaign } from '../campaign.ts'
import type { Columns } from './entity-columns.ts'
import { SLOTS, VALUES_PER_ENTITY } from './families.ts'
import { tellingValues } from './membership.ts'
import { keyHash53 } from './value-hash.ts'

const WATCHED = ['template', 'client', 'decode', 'asn', 'funding'] as const
const CAMPAIGNS_A_VALUE = 8

/** Values that campaigns are known by. */
export interface WatchedValues {
  /** Learns the values anew. */
  rebuild(campaigns: Iterable<Campaign>): void
  /** Campaigns that are known by one of the newest values of a row. */
  of(columns: Columns, row: number): readonly Campaign[]
}

/** Values that campaigns which are acted on are known by, so that a newcomer is weighed at its first call. */
export const createWatchedValues = (): WatchedValues => {
  let byValue = new Map<number, Campaign[]>()
  const keyOf = (family: (typeof WATCHED)[number], value: number): number =>
    keyHash53(WATCHED.indexOf(family), value, 0, 0)
  return {
    rebuild: (campaigns) => {
      byValue = new Map()
      for (const campaign of campaigns) {
        const { levels, profile, endedAtMs } = campaign
        if (levels.level === 0 || profile === undefined || endedAtMs !== undefined) continue
        for (const { family, value } of tellingValues(profile)) {
          const known = byValue.get(keyOf(family, value))
          if (known === undefined) byValue.set(keyOf(family, value), [campaign])
          else if (known.length < CAMPAIGNS_A_VALUE) known.push(campaign)
        }
      }
    },
    of: (columns, row) => {
      if (byValue.size === 0) return []
      const found: Campaign[] = []
      for (const family of WATCHED) {
        const value = columns.values[row * VALUES_PER_ENTITY + SLOTS[family].from] ?? 0
        if (value === 0) continue
        for (const campaign of byValue.get(keyOf(family, value)) ?? [])
          if (!found.includes(campaign)) found.push(campaign)
      }
      return found
    },
  }
}
