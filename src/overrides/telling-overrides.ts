import type { Gossip } from '../core/gossip.ts'
import type { Override, OverrideLedger } from '../core/override.ts'
import type { OverrideTable } from './override-table.ts'
import { OVERRIDES_TOPIC, overrideTexts, parseOverrides } from './override-text.ts'

/** Takes a text about overrides into a table; how many rows of it were not sound. */
export const takeOverrides = (
  table: Pick<OverrideTable, 'take'>,
  text: string,
): { readonly news: number; readonly refused: number } => {
  const { overrides, refused } = parseOverrides(text)
  return { news: overrides.filter((one) => table.take(one)).length, refused }
}

/** Takes what other processes tell of overrides; `onNews` after something was. */
export const hearOverrides = (
  gossip: Gossip,
  table: Pick<OverrideTable, 'take'>,
  on: { readonly news?: () => void; readonly refused?: (rows: number) => void } = {},
): void =>
  gossip.hear(OVERRIDES_TOPIC, (text) => {
    const { news, refused } = takeOverrides(table, text)
    if (news > 0) on.news?.()
    if (refused > 0) on.refused?.(refused)
  })

/** A ledger whose news reach the table of this process and, by gossip, those of the others, once they stand. */
export const createTellingOverrides = (options: {
  readonly ledger: OverrideLedger
  readonly table: Pick<OverrideTable, 'take'>
  readonly gossip?: Pick<Gossip, 'tell'> | undefined
}): OverrideLedger => {
  const { ledger, table, gossip } = options
  return {
    put: async (override: Override) => {
      await ledger.put(override)
      table.take(override)
      for (const text of overrideTexts([override])) gossip?.tell(OVERRIDES_TOPIC, text)
    },
    load: () => ledger.load(),
  }
}
