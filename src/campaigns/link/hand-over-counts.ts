import { decayed } from './strong-edge.ts'

/** Words of an entity: its continued conversations, those of them handed over (both as floats), second of both. */
const WORDS = 3
/** What one entity weighs at most, and where there are many, which part of all they weigh together. */
const CALLS_EACH_MOST = 20
const SHARE_EACH_MOST = 0.01

/** How often conversations of proven entities go on under another entity. */
export interface HandOverCounts {
  /** Takes a call that continues a conversation. */
  add(entity: number, atMs: number, isHandedOver: boolean): void
  /** Sums over all entities, as they weigh at the latest call. */
  sums(): { readonly continued: number; readonly handedOver: number }
  /** Forgets an entity, whose number may be given to another. */
  drop(entity: number): void
  words(): Uint32Array
}

const isCount = (value: number): boolean => value >= 0 && value < 1e9

/**
 * Counts by entity, with a half-life of 14 days. An entity weighs at most 20 calls or a hundredth of what
 * all weigh, its hand-overs in proportion: no customer alone sets what is usual, however much it calls.
 * Twelve bytes an entity. `saved` is what {@link HandOverCounts.words} gave; what is no count in it is 0.
 */
export const createHandOverCounts = (saved: Uint32Array = new Uint32Array()): HandOverCounts => {
  let words = new Uint32Array(Math.max(1_024, Math.ceil(saved.length / WORDS)) * WORDS)
  words.set(saved)
  let floats = new Float32Array(words.buffer)
  let used = Math.ceil(saved.length / WORDS)
  let latestMs = 0
  for (let at = 0; at < used * WORDS; at += WORDS) {
    const [continued = 0, handedOver = 0] = floats.subarray(at, at + 2)
    if (!isCount(continued) || !isCount(handedOver) || handedOver > continued)
      words.fill(0, at, at + WORDS)
    latestMs = Math.max(latestMs, (words[at + 2] ?? 0) * 1_000)
  }

  const grow = (entity: number): void => {
    const larger = new Uint32Array(Math.ceil((entity + 1) * 1.5) * WORDS)
    larger.set(words)
    words = larger
    floats = new Float32Array(words.buffer)
  }
  const left = (at: number, word: number, nowMs: number): number =>
    decayed(floats[at + word] ?? 0, (words[at + 2] ?? 0) * 1_000, nowMs)

  return {
    add: (entity, atMs, isHandedOver) => {
      const at = entity * WORDS
      if (at >= words.length) grow(entity)
      used = Math.max(used, entity + 1)
      floats[at] = left(at, 0, atMs) + 1
      floats[at + 1] = left(at, 1, atMs) + (isHandedOver ? 1 : 0)
      words[at + 2] = Math.max(words[at + 2] ?? 0, Math.floor(atMs / 1_000))
      latestMs = Math.max(latestMs, Math.floor(atMs / 1_000) * 1_000)
    },
    sums: () => {
      const sum = (most: number): { continued: number; handedOver: number } => {
        let continued = 0
        let handedOver = 0
        for (let at = 0; at < used * WORDS; at += WORDS) {
          const calls = left(at, 0, latestMs)
          if (calls === 0) continue
          const weight = Math.min(1, most / calls)
          continued += calls * weight
          handedOver += left(at, 1, latestMs) * weight
        }
        return { continued, handedOver }
      }
      const few = sum(CALLS_EACH_MOST)
      const most = few.continued * SHARE_EACH_MOST
      return most > CALLS_EACH_MOST ? sum(most) : few
    },
    drop: (entity) => {
      if (entity < used) words.fill(0, entity * WORDS, (entity + 1) * WORDS)
    },
    words: () => words.slice(0, used * WORDS),
  }
}
