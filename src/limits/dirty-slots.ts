/** Slots that changed since they were last written down, oldest first, each at most once. */
export type DirtySlots = {
  count(): number
  has(slot: number): boolean
  mark(slot: number): void
  /** Takes the oldest out; `-1` where there is none. */
  take(): number
}

/** A ring over all slots; 5 bytes a slot, backed by memory only as far as it was used. */
export const createDirtySlots = (capacity: number): DirtySlots => {
  const ring = new DataView(new ArrayBuffer(capacity * 4))
  const flags = new DataView(new ArrayBuffer(capacity))
  let first = 0
  let count = 0
  return {
    count: () => count,
    has: (slot) => flags.getUint8(slot) === 1,
    mark: (slot) => {
      if (flags.getUint8(slot) === 1) return
      flags.setUint8(slot, 1)
      ring.setInt32(((first + count) % capacity) * 4, slot, true)
      count++
    },
    take: () => {
      if (count === 0) return -1
      const slot = ring.getInt32(first * 4, true)
      flags.setUint8(slot, 0)
      first = (first + 1) % capacity
      count--
      return slot
    },
  }
}
