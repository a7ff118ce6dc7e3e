import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSlots, NO_SLOT } from '../../../src/limits/slots.ts'

const hash = (at: number) => [Math.imul(at + 1, 0x9e3779b1), Math.imul(at + 1, 0x85ebca6b)] as const

describe('slots', () => {
  it('finds what was inserted and nothing else', () => {
    const slots = createSlots(4)
    const slot = slots.insert(7, -9)
    slots.write(slot, 2 ** 53 - 1, 5, 1_776_816_000_000)
    expect(slots.find(7, -9)).toBe(slot)
    expect([slots.find(7, 9), slots.find(8, -9)]).toEqual([NO_SLOT, NO_SLOT])
    expect([slots.used(slot), slots.previous(slot), slots.expiresMs(slot)]).toEqual([
      2 ** 53 - 1,
      5,
      1_776_816_000_000,
    ])
  })

  it('has no slot beyond its capacity until one is released', () => {
    const slots = createSlots(3)
    const taken = [1, 2, 3].map((lo) => slots.insert(0, lo))
    expect(slots.insert(0, 4)).toBe(NO_SLOT)
    slots.release(taken[1] ?? NO_SLOT)
    expect(slots.insert(0, 4)).toBe(taken[1])
    expect(slots.highWater()).toBe(3)
  })

  it('hands out a released slot zeroed', () => {
    const slots = createSlots(1)
    const slot = slots.insert(1, 1)
    slots.write(slot, 5, 6, 7)
    slots.release(slot)
    expect(slots.isLive(slot)).toBe(false)
    slots.insert(2, 2)
    expect([slots.used(slot), slots.previous(slot), slots.expiresMs(slot)]).toEqual([0, 0, 0])
  })

  it.each([0, -1, 1.5, 2 ** 24])('refuses a capacity of %d', (capacity) => {
    expect(() => createSlots(capacity)).toThrow(RangeError)
  })

  it('behaves as a map under any sequence, with fingerprints that crowd one bucket', () => {
    // Few distinct low halves force long chains; a shared tag forces comparisons of whole records.
    const pair = fc.tuple(fc.constantFrom(0, 256, 512, 1, -1), fc.nat(40))
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ do: fc.constant('insert' as const), pair }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('release' as const), pair }) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const slots = createSlots(100)
        const model = new Map<string, number>()
        for (const {
          do: what,
          pair: [hi, lo],
        } of steps) {
          // Spread over buckets that are split and buckets that are not.
          const low = lo * 1024 * (lo % 3)
          const id = `${hi}:${low}`
          const slot = slots.find(hi, low)
          expect(slot).toBe(model.get(id) ?? NO_SLOT)
          if (what === 'insert' && slot === NO_SLOT) {
            const inserted = slots.insert(hi, low)
            if (inserted !== NO_SLOT) model.set(id, inserted)
          } else if (what === 'release' && slot !== NO_SLOT) {
            slots.release(slot)
            model.delete(id)
          }
          expect(slots.count()).toBe(model.size)
        }
        for (const [id, slot] of model) {
          const [hi = 0, lo = 0] = id.split(':').map(Number)
          expect(slots.find(hi, lo)).toBe(slot)
        }
      }),
      { numRuns: 200 },
    )
  })

  it('finds all of 200,000 while it grows, and again after every second one is gone', () => {
    const slots = createSlots(200_000)
    for (let at = 0; at < 200_000; at++) slots.insert(...hash(at))
    let found = 0
    for (let at = 0; at < 200_000; at++) if (slots.find(...hash(at)) === at) found++
    expect(found).toBe(200_000)
    for (let at = 0; at < 200_000; at += 2) slots.release(at)
    found = 0
    for (let at = 0; at < 200_000; at++)
      if (slots.find(...hash(at)) === (at % 2 === 1 ? at : NO_SLOT)) found++
    expect(found).toBe(200_000)
  })
})
