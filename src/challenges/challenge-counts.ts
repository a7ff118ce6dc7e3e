import type { Issued, Subject } from '../core/challenge.ts'
import type { Gossip } from '../core/gossip.ts'
import type { Clock } from '../core/seams.ts'
import { createChallengeCountTable, type CountedEvent } from './challenge-count-table.ts'
import {
  CHALLENGE_COUNTS_TOPIC,
  challengeCountsText,
  MAX_COUNTS_OF_BATCH,
  parseChallengeCounts,
  type CountedChallenges,
} from './challenge-counts-text.ts'

/** Whom counts are about; what is not known has none. */
export type CountedOf = {
  readonly subject: Subject | undefined
  /** Keyed hash, as in `Issued.network`. */
  readonly network: string | undefined
  /** Keyed hash, as in `Issued.stack`. */
  readonly stack: string | undefined
}

/** Challenges issued and solved in the last hour and day. */
export type Counted = {
  readonly issued1h: number
  readonly issued1d: number
  readonly solved1d: number
  readonly networkIssued1d: number
  readonly networkSolved1d: number
  readonly stackIssued1d: number
  readonly stackSolved1d: number
}

/** How many challenges were issued and solved, by subject, network and stack. */
export interface ChallengeCounts {
  issued(issued: Issued): void
  solved(issued: Issued): void
  of(whom: CountedOf, nowMs: number): Counted
  /** For metrics: keys in memory, and rows of others that were not sound. */
  stats(): { readonly keys: number; readonly refused: number }
  /** Tells what is left. */
  close(): Promise<void>
}

const MAX_KEYS = 100_000
const BATCH_MS = 200

/**
 * Counts what this process issues and sees solved at once and tells the others in batches every `batchMs`
 * (200); what they tell is counted alike. At most `maxKeys` (100,000) of each kind, those that were counted
 * longest ago give way: some 150 MB at most. Figures start from nothing with the process, or from what the
 * others still tell of the last day: lower bounds until then, and no quota.
 */
export const createChallengeCounts = (options: {
  readonly clock: Clock
  /** The other processes of the installation; absent where there are none. */
  readonly gossip?: Gossip | undefined
  readonly maxKeys?: number
  readonly batchMs?: number
}): ChallengeCounts => {
  const { clock, gossip, maxKeys = MAX_KEYS, batchMs = BATCH_MS } = options
  const subjects = createChallengeCountTable(maxKeys)
  const networks = createChallengeCountTable(maxKeys)
  const stacks = createChallengeCountTable(maxKeys)
  const waiting = new Map<string, CountedChallenges>()
  let timer: NodeJS.Timeout | undefined
  let refused = 0

  const learn = ({ subject, network, stack, event, atMs, count }: CountedChallenges): void => {
    subjects.add(subject, event, atMs, count)
    networks.add(network, event, atMs, count)
    stacks.add(stack, event, atMs, count)
  }
  const tell = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (waiting.size > 0) {
      gossip?.tell(CHALLENGE_COUNTS_TOPIC, challengeCountsText([...waiting.values()]))
    }
    waiting.clear()
  }
  const count = ({ subject, network, stack }: Issued, event: CountedEvent): void => {
    const row = { atMs: clock.now(), event, subject, network, stack, count: 1 }
    learn(row)
    if (gossip === undefined) return
    const key = JSON.stringify([event, subject, network, stack])
    const before = waiting.get(key)
    waiting.set(key, before === undefined ? row : { ...before, count: before.count + 1 })
    if (waiting.size >= MAX_COUNTS_OF_BATCH) tell()
    else timer ??= setTimeout(tell, batchMs).unref()
  }

  gossip?.hear(CHALLENGE_COUNTS_TOPIC, (text) => {
    const batch = parseChallengeCounts(text, clock.now())
    batch.rows.forEach(learn)
    refused += batch.refused
  })

  return {
    issued: (issued) => count(issued, 'issued'),
    solved: (issued) => count(issued, 'solved'),
    of: ({ subject, network, stack }, nowMs) => {
      const own = subjects.of(subject, nowMs)
      const near = networks.of(network, nowMs)
      const alike = stacks.of(stack, nowMs)
      return {
        ...own,
        networkIssued1d: near.issued1d,
        networkSolved1d: near.solved1d,
        stackIssued1d: alike.issued1d,
        stackSolved1d: alike.solved1d,
      }
    },
    stats: () => ({ keys: subjects.size + networks.size + stacks.size, refused }),
    close: () => {
      tell()
      return Promise.resolve()
    },
  }
}
