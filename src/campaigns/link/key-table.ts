/** Rows of keys by their two words of 32 bits. */
export interface KeyTable {
  /** Row of a key; -1 where it is not there. */
  find(low: number, high: number): number
  /** Row of a key, the next one where it is not there. */
  add(low: number, high: number): number
  /** First word of the key of a row. */
  lowOf(row: number): number
}

/** Numbers keys in the order of first sight. */
export const createKeyTable = (): KeyTable => {
  let slots = new Uint32Array(1 << 12)
  /** Two cells a key. */
  let words = new Uint32Array(1 << 12)
  let size = 0
  const slotOf = (low: number, high: number): number => {
    const mask = slots.length - 1
    let at = low & mask
    for (;;) {
      const row = slots[at] ?? 0
      if (row === 0 || (words[row * 2 - 2] === low && words[row * 2 - 1] === high)) return at
      at = (at + 1) & mask
    }
  }
  const grow = (): void => {
    const grown = new Uint32Array(words.length * 2)
    grown.set(words)
    words = grown
    slots = new Uint32Array(size * 4)
    for (let row = 0; row < size; row++)
      slots[slotOf(words[row * 2] ?? 0, words[row * 2 + 1] ?? 0)] = row + 1
  }
  return {
    find: (low, high) => (slots[slotOf(low, high)] ?? 0) - 1,
    lowOf: (row) => words[row * 2] ?? 0,
    add: (low, high) => {
      const at = slotOf(low, high)
      const found = (slots[at] ?? 0) - 1
      if (found >= 0) return found
      words[size * 2] = low
      words[size * 2 + 1] = high
      slots[at] = ++size
      if (size * 2 === words.length) grow()
      return size - 1
    },
  }
}
