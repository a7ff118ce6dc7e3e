import { describe, expect, it } from 'vitest'
import { createDirtySlots } from '../../../src/limits/dirty-slots.ts'

describe('dirty slots', () => {
  it('come out oldest first, each once, for ever around the ring', () => {
    const dirty = createDirtySlots(3)
    for (let round = 0; round < 5; round++) {
      for (const slot of [2, 0, 2, 1, 0]) dirty.mark(slot)
      expect(dirty.count()).toBe(3)
      expect([dirty.take(), dirty.take()]).toEqual([2, 0])
      expect([dirty.has(0), dirty.has(1)]).toEqual([false, true])
      dirty.mark(0)
      expect([dirty.take(), dirty.take(), dirty.take()]).toEqual([1, 0, -1])
    }
  })
})
