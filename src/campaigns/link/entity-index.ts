import { textValue } from './value-hash.ts'

/**
 * Rows of entities by name: an open-addressing table of row numbers beside the names, about 50 B an entity
 * with its name. Rows that were removed are used again.
 */
export type EntityIndex = {
  /** `undefined` where it is not there. */
  find(name: string): number | undefined
  /** Its row, a new one where it is not there. */
  add(name: string): number
  remove(row: number): void
  nameOf(row: number): string
  /** Rows in use, and rows up to the highest one. */
  size(): number
  rows(): number
  names(): readonly string[]
}

const NO_NAME = ''

export const createEntityIndex = (saved: readonly string[] = []): EntityIndex => {
  const names: string[] = []
  const free: number[] = []
  let slots = new Uint32Array(1024)
  let size = 0

  const slotOf = (name: string): number => {
    const mask = slots.length - 1
    let at = textValue(name) & mask
    for (;;) {
      const row = slots[at] ?? 0
      if (row === 0 || names[row - 1] === name) return at
      at = (at + 1) & mask
    }
  }
  const grow = (): void => {
    slots = new Uint32Array(slots.length * 2)
    for (const [row, name] of names.entries()) {
      if (name !== NO_NAME) slots[slotOf(name)] = row + 1
    }
  }
  const add = (name: string): number => {
    const at = slotOf(name)
    const found = slots[at] ?? 0
    if (found !== 0) return found - 1
    const row = free.pop() ?? names.length
    names[row] = name
    slots[at] = row + 1
    size++
    if (size * 10 > slots.length * 7) grow()
    return row
  }
  const remove = (row: number): void => {
    const name = names[row]
    if (name === undefined || name === NO_NAME) return
    const mask = slots.length - 1
    let hole = slotOf(name)
    slots[hole] = 0
    names[row] = NO_NAME
    free.push(row)
    size--
    // Linear probing without tombstones (Knuth, TAOCP 3, 6.4, algorithm R): later ones move into the hole.
    for (let at = (hole + 1) & mask; slots[at] !== 0; at = (at + 1) & mask) {
      const other = slots[at] ?? 0
      const home = textValue(names[other - 1] ?? NO_NAME) & mask
      const reachable = hole <= at ? home <= hole || home > at : home <= hole && home > at
      if (!reachable) continue
      slots[hole] = other
      slots[at] = 0
      hole = at
    }
  }
  for (const [row, name] of saved.entries()) {
    names[row] = name
    if (name === NO_NAME) continue
    slots[slotOf(name)] = row + 1
    size++
    if (size * 10 > slots.length * 7) grow()
  }
  for (let row = saved.length - 1; row >= 0; row--) if (saved[row] === NO_NAME) free.push(row)
  return {
    find: (name) => {
      const row = slots[slotOf(name)] ?? 0
      return row === 0 ? undefined : row - 1
    },
    add,
    remove,
    nameOf: (row) => names[row] ?? NO_NAME,
    size: () => size,
    rows: () => names.length,
    names: () => names,
  }
}
