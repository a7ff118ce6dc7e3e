import type { Traits } from '../../core/traits.ts'
import { createConversationTable, ENTRY_WORDS } from './conversation-table.ts'
import { createHandOverCounts } from './hand-over-counts.ts'

/** Follows conversations from call to call, and notices when one goes on under another entity. */
export interface Conversations {
  readonly size: number
  readonly bytes: number
  /**
   * Takes one call that was answered (a call that failed leaves its conversation where it was, so that
   * whoever makes it again is the one who carries on). Gives the other entity whose conversation it
   * continues.
   */
  observe(entity: number, atMs: number, traits: Traits, proven: boolean): number | undefined
  /**
   * Calls by proven entities that continue a conversation, and those of them that continue another's, each
   * entity by its capped and fading weight.
   */
  reference(): { readonly continued: number; readonly handedOver: number }
  /** Forgets an entity, whose number may be given to another. */
  drop(entity: number): void
  save(): Uint8Array
}

/** Version and words of the table; then the table, then the counts. */
const VERSION = 0x434f_0002
const HEAD_WORDS = 2
const LIVE_S = 2 * 3_600
/** Long agents pause longer. */
const LONG_LIVE_S = 24 * 3_600
const LONG_TURNS = 20

const isLive = (seenS: number, turns: number, nowS: number): boolean =>
  nowS - seenS <= (turns >= LONG_TURNS ? LONG_LIVE_S : LIVE_S)

const savedWords = (
  saved: Uint8Array | undefined,
): { readonly table: Uint32Array; readonly counts: Uint32Array } | undefined => {
  if (saved === undefined || saved.byteLength % 4 !== 0) return undefined
  // Copied, because a view on foreign bytes may not start at a multiple of four.
  const words = new Uint32Array(saved.slice().buffer)
  const [version, tabled = 0] = words
  const countsAt = HEAD_WORDS + tabled
  if (version !== VERSION || countsAt > words.length || tabled % ENTRY_WORDS !== 0) return undefined
  return { table: words.subarray(HEAD_WORDS, countsAt), counts: words.subarray(countsAt) }
}

/**
 * Keeps at most `maxSlots` (a power of two, as shipped 2,097,152: 32 MB) conversations for two hours, long
 * ones for a day. A conversation that two entities stood at is nobody's: a common opening, a benchmark
 * prompt, a trajectory out of some documentation, or one call made twice. What proven entities begin or
 * continue makes no edge; it is the reference. `saved` is what {@link Conversations.save} gave; anything
 * else starts empty.
 */
export const createConversations = (
  options: { readonly saved?: Uint8Array | undefined; readonly maxSlots?: number } = {},
): Conversations => {
  const restored = savedWords(options.saved)
  const table = createConversationTable({
    maxSlots: options.maxSlots ?? 1 << 21,
    isLive,
    saved: restored?.table,
  })
  const counts = createHandOverCounts(restored?.counts)

  /** Entities to be forgotten, all at once before anything is added. */
  const gone = new Set<number>()
  const sweep = (): void => {
    if (gone.size === 0) return
    table.drop(gone)
    gone.clear()
  }

  return {
    get size() {
      return table.size
    },
    get bytes() {
      return table.bytes
    },
    observe: (entity, atMs, { before, after }, proven) => {
      sweep()
      const nowS = Math.floor(atMs / 1_000)
      const found = before === undefined ? undefined : table.get(before)
      const from = found && isLive(found.seenS, found.turns, nowS) ? found : undefined
      const stood = after === undefined || after === before ? undefined : table.get(after)
      const same = stood && isLive(stood.seenS, stood.turns, nowS) ? stood : undefined
      const again = same !== undefined && same.owner !== entity
      if (after !== undefined && after !== before) {
        table.set(after, {
          owner: again ? same.owner : entity,
          seenS: nowS,
          turns: (from?.turns ?? 0) + 1,
          shared: again || (same?.shared ?? false),
          proven: proven || (same?.proven ?? false),
        })
      }
      if (from === undefined) return undefined
      const other = from.owner !== entity && !from.shared && !again ? from.owner : undefined
      if (proven) {
        counts.add(entity, atMs, other !== undefined)
        return undefined
      }
      return from.proven ? undefined : other
    },
    reference: () => counts.sums(),
    drop: (entity) => {
      gone.add(entity)
      counts.drop(entity)
    },
    save: () => {
      sweep()
      const entries = table.words()
      const counted = counts.words()
      const words = new Uint32Array(HEAD_WORDS + entries.length + counted.length)
      words.set([VERSION, entries.length])
      words.set(entries, HEAD_WORDS)
      words.set(counted, HEAD_WORDS + entries.length)
      return new Uint8Array(words.buffer)
    },
  }
}
