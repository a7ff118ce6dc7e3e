import type { ClearanceLedger, Clearances } from '../core/challenge.ts'
import type { Gossip } from '../core/gossip.ts'
import { CLEARANCES_TOPIC, clearanceTexts, parseClearances } from './clearance-text.ts'

/** Takes what other processes tell of clearances. */
export const hearClearances = (
  gossip: Gossip,
  table: Clearances,
  onRefused: (rows: number) => void = () => undefined,
): void =>
  gossip.hear(CLEARANCES_TOPIC, (text) => {
    const { clearances, refused } = parseClearances(text)
    for (const clearance of clearances) table.take(clearance)
    if (refused > 0) onRefused(refused)
  })

/**
 * A ledger whose news reach the table of this process and, by gossip, those of the others: what was
 * claimed or put, once it stands in the ledger. Who asks for what stands there takes it himself, and so
 * learns whether it is news.
 */
export const createTellingLedger = (options: {
  readonly ledger: ClearanceLedger
  readonly table: Clearances
  readonly gossip?: Pick<Gossip, 'tell'> | undefined
}): ClearanceLedger => {
  const { ledger, table, gossip } = options
  return {
    claim: async (clearance, answerableUntilMs) => {
      const outcome = await ledger.claim(clearance, answerableUntilMs)
      if (outcome !== 'claimed') return outcome
      table.take(clearance)
      for (const text of clearanceTexts([clearance])) gossip?.tell(CLEARANCES_TOPIC, text)
      return outcome
    },
    of: (subject) => ledger.of(subject),
    put: async (clearance) => {
      await ledger.put(clearance)
      table.take(clearance)
      for (const text of clearanceTexts([clearance])) gossip?.tell(CLEARANCES_TOPIC, text)
    },
  }
}
