/** What was looked up lately, by key. */
export type Recent<K, V> = {
  get(key: K): V | undefined
  set(key: K, value: V): void
  clear(): void
}

/**
 * A bounded memory for the path of a call: two plain maps, the older of which is dropped whole when the
 * newer one is full (the second-chance idea of CLOCK, by generations). It holds between `max` and twice
 * `max` entries, and a hit costs one look-up: an exact LRU moves a list entry on every hit, for an order
 * that nobody here needs.
 */
export const createRecent = <K, V>(max: number): Recent<K, V> => {
  let newer = new Map<K, V>()
  let older = new Map<K, V>()
  const set = (key: K, value: V): void => {
    if (newer.size >= max) {
      older = newer
      newer = new Map()
    }
    newer.set(key, value)
  }
  return {
    get: (key) => {
      const value = newer.get(key)
      if (value !== undefined) return value
      const before = older.get(key)
      if (before !== undefined) set(key, before)
      return before
    },
    set,
    clear: () => {
      newer = new Map()
      older = new Map()
    },
  }
}
