import { describe, expect, it } from 'vitest'
import { createCarried } from '../../../src/challenges/sealed-clearance.ts'
import { createSeals } from '../../../src/challenges/seal.ts'
import { aClearance } from '../../support/a-clearance.ts'
import { createFakeClock } from '../../support/clock.ts'

const rigOf = () => {
  const clock = createFakeClock()
  const seals = createSeals({ rootKey: Buffer.alloc(32) })
  const carriedOf = () => createCarried({ seals, clock })
  const clearance = aClearance({ atMs: clock.now(), bound: { credential: 'c' } })
  return { clock, seals, carriedOf, clearance }
}

describe('a carried clearance', () => {
  it('is what was sealed, wherever it is opened', () => {
    const { carriedOf, clearance } = rigOf()
    const token = carriedOf().seal(clearance)
    expect(carriedOf().open(token)).toEqual(clearance)
    const carried = carriedOf()
    expect(carried.open(token)).toEqual(carried.open(token))
  })

  it('opens no more from the millisecond on in which it runs out, remembered or not', () => {
    const { carriedOf, clearance, clock } = rigOf()
    const carried = carriedOf()
    const token = carried.seal(clearance)
    clock.advance(clearance.expiresMs - clock.now() - 1)
    expect(carried.open(token)).toBeDefined()
    clock.advance(1)
    expect(carried.open(token)).toBeUndefined()
    expect(carriedOf().open(token)).toBeUndefined()
  })

  it('is never one that was refused or revoked', () => {
    const { carriedOf, clearance } = rigOf()
    for (const state of ['refused', 'revoked'] as const) {
      const carried = carriedOf()
      expect(carried.open(carried.seal({ ...clearance, state }))).toBeUndefined()
    }
  })

  it('is not opened from anything else that we sealed, nor from anything at all', () => {
    const { carriedOf, seals, clearance } = rigOf()
    const carried = carriedOf()
    const token = carried.seal(clearance)
    expect(carried.open(seals.of('challenge').seal('x'))).toBeUndefined()
    expect(carried.open(seals.of('clearance').seal('no row'))).toBeUndefined()
    for (const junk of ['', 'x', `${token}A`, token.slice(1), '🦔', 'A'.repeat(100_000)]) {
      expect(carried.open(junk)).toBeUndefined()
    }
  })
})
