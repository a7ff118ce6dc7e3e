/** Rows of keys by their hash. */
export interface KeyTable {
  /** Row of a key; -1 where it is not there. */
  find(hash: number): number
  /** Row of a key, the next one where it is not there. */
  add(hash: number): number
}

/** Numbers keys in the order of first sight. */
export const createKeyTable = (): KeyTable => {
  let slots = new Uint32Array(1 << 12)
  let hashes = new Float64Array(1 << 11)
  let size = 0
  const slotOf = (hash: number): number => {
    const mask = slots.length - 1
    let at = hash & mask
    for (;;) {
      const row = slots[at] ?? 0
      if (row === 0 || hashes[row - 1] === hash) return at
      at = (at + 1) & mask
    }
  }
  return {
    find: (hash) => (slots[slotOf(hash)] ?? 0) - 1,
    add: (hash) => {
      const at = slotOf(hash)
      const found = (slots[at] ?? 0) - 1
      if (found >= 0) return found
      hashes[size] = hash
      slots[at] = ++size
      if (size === hashes.length) {
        const grown = new Float64Array(size * 2)
        grown.set(hashes)
        hashes = grown
        slots = new Uint32Array(size * 4)
        for (let row = 0; row < size; row++) slots[slotOf(hashes[row] ?? 0)] = row + 1
      }
      return size - 1
    },
  }
}
