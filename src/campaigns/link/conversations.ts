import type { Traits } from '../../core/traits.ts'
import { createConversationTable, ENTRY_WORDS } from './conversation-table.ts'

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
  /** Calls by proven entities that continue a conversation, and those of them that continue another's. */
  reference(): { readonly continued: number; readonly handedOver: number }
  /** Forgets an entity, whose number may be given to another. */
  drop(entity: number): void
  save(): Uint8Array
}

const VERSION = 0x434f_0001
const HEAD_WORDS = 3
const LIVE_S = 2 * 3_600
/** Long agents pause longer. */
const LONG_LIVE_S = 24 * 3_600
const LONG_TURNS = 20

const isLive = (seenS: number, turns: number, nowS: number): boolean =>
  nowS - seenS <= (turns >= LONG_TURNS ? LONG_LIVE_S : LIVE_S)

const savedWords = (saved: Uint8Array | undefined): Uint32Array | undefined => {
  if (saved === undefined || saved.byteLength % 4 !== 0) return undefined
  // Copied, because a view on foreign bytes may not start at a multiple of four.
  const words = new Uint32Array(saved.slice().buffer)
  if (words[0] !== VERSION || (words.length - HEAD_WORDS) % ENTRY_WORDS !== 0) return undefined
  return words
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
    saved: restored?.subarray(HEAD_WORDS),
  })
  let continued = restored?.[1] ?? 0
  let handedOver = restored?.[2] ?? 0

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
        continued++
        if (other !== undefined) handedOver++
        return undefined
      }
      return from.proven ? undefined : other
    },
    reference: () => ({ continued, handedOver }),
    drop: (entity) => {
      gone.add(entity)
    },
    save: () => {
      sweep()
      const entries = table.words()
      const words = new Uint32Array(HEAD_WORDS + entries.length)
      words.set([VERSION, continued, handedOver])
      words.set(entries, HEAD_WORDS)
      return new Uint8Array(words.buffer)
    },
  }
}
