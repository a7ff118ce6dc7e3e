/** Names of labels that were taken, as they are saved: name and when it was said. */
export type SavedLabels = readonly (readonly [name: string, saidAtMs: number])[]

/** Knows the labels that were taken, so that one put into the store again is not taken again. */
export type HeardLabels = {
  /** True for one that was not taken and is not too old to be known; it is taken from then on. */
  take(name: string, saidAtMs: number, nowMs: number): boolean
  save(): SavedLabels
}

/** A label is known again for as long as it may stand in the store. */
export const LABEL_LIFE_MS = 14 * 86_400_000
const MAX_NAMES = 4_096

/** The last 4,096 labels of the last 14 days; an older one counts as taken. */
export const createHeardLabels = (saved: SavedLabels = []): HeardLabels => {
  const names = new Map<string, number>(saved)
  return {
    take: (name, saidAtMs, nowMs) => {
      const beginMs = nowMs - LABEL_LIFE_MS
      if (saidAtMs < beginMs || names.has(name)) return false
      names.set(name, saidAtMs)
      for (const [one, atMs] of names) {
        if (atMs < beginMs || names.size > MAX_NAMES) names.delete(one)
      }
      return true
    },
    save: () => [...names],
  }
}
