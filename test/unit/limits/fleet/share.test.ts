import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shareOf } from '../../../../src/limits/fleet/share.ts'

describe('shares of a quota', () => {
  it('add up to it exactly, and differ by one at most', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
        fc.integer({ min: 1, max: 200 }),
        (quota, replicas) => {
          const shares = Array.from({ length: replicas }, (_, index) =>
            shareOf(quota, { replicas, index }),
          )
          expect(shares.reduce((total, share) => total + BigInt(share), 0n)).toBe(BigInt(quota))
          expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1)
        },
      ),
    )
  })
})
