import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createStandings,
  partLetThrough,
  shareForAll,
} from '../../../../src/limits/pressure/shed-standing.ts'

const AT_MS = Date.UTC(2026, 3, 22)
const counts = fc.array(fc.nat({ max: 10_000 }), { minLength: 1, maxLength: 8 })
const share = fc.double({ min: 0, max: 1, noNaN: true })

/** The standings of classes with so many calls each, the best proven first. */
const standingsOf = (offered: readonly number[]) => {
  const total = offered.reduce((sum, count) => sum + count, 0)
  return offered.map((own, at) => ({
    own,
    above: offered.slice(0, at).reduce((sum, count) => sum + count, 0),
    total,
  }))
}

describe('what is let through', () => {
  it('is never less of a better standing than of a lesser one, for any calls and any share', () => {
    fc.assert(
      fc.property(counts, share, (offered, given) => {
        const parts = standingsOf(offered)
          .filter(({ own }) => own > 0)
          .map((standing) => partLetThrough(standing, given))
        for (const [at, part] of parts.entries()) {
          expect(part).toBeGreaterThanOrEqual(0)
          expect(part).toBeLessThanOrEqual(parts[at - 1] ?? 1)
        }
      }),
      { seed: 20261120 },
    )
  })

  it('makes the share in all, and touches one standing in part at most', () => {
    fc.assert(
      fc.property(counts, share, (offered, given) => {
        const standings = standingsOf(offered).filter(({ own }) => own > 0)
        let passed = 0
        let inPart = 0
        for (const standing of standings) {
          const part = partLetThrough(standing, given)
          passed += part * standing.own
          if (part > 0 && part < 1) inPart++
        }
        expect(inPart).toBeLessThanOrEqual(1)
        expect(passed).toBeCloseTo(given * (standings[0]?.total ?? 0), 5)
      }),
      { seed: 20261120 },
    )
  })

  it('is all of a standing from the share on that is told for it', () => {
    for (const standing of standingsOf([20, 30, 50])) {
      expect(partLetThrough(standing, shareForAll(standing))).toBe(1)
      expect(partLetThrough(standing, shareForAll(standing) - 0.01)).toBeLessThan(1)
    }
    expect(standingsOf([20, 30, 50]).map(shareForAll)).toEqual([0.2, 0.5, 1])
  })
})

describe('the standing of a call', () => {
  it('counts what was offered lately by its own class and by better ones', () => {
    const standings = createStandings()
    for (let call = 0; call < 20; call++) standings.offer(5, AT_MS)
    for (let call = 0; call < 30; call++) standings.offer(1, AT_MS)
    expect(standings.offer(0.2, AT_MS)).toEqual({ own: 1, above: 50, total: 51 })
    expect(standings.offer(1, AT_MS)).toEqual({ own: 31, above: 20, total: 52 })
    expect(standings.offer(5, AT_MS)).toEqual({ own: 21, above: 0, total: 53 })
  })

  it('forgets in ten seconds or so', () => {
    const standings = createStandings()
    for (let call = 0; call < 100; call++) standings.offer(5, AT_MS)
    const later = standings.offer(1, AT_MS + 10_000)
    expect(later.above).toBeCloseTo(100 * 0.9 ** 10)
    expect(standings.offer(1, AT_MS + 300_000)).toEqual({ own: 1, above: 0, total: 1 })
  })

  it('loses nothing to a clock that is set back', () => {
    const standings = createStandings()
    standings.offer(5, AT_MS)
    expect(standings.offer(1, AT_MS - 3_600_000)).toEqual({ own: 1, above: 1, total: 2 })
    expect(standings.offer(1, AT_MS)).toMatchObject({ above: expect.closeTo(0, 3) as number })
  })

  it('stays bounded under a policy of ever new factors', () => {
    const standings = createStandings()
    for (let factor = 1; factor <= 10_000; factor++) standings.offer(factor, AT_MS)
    const one = standings.offer(3, AT_MS)
    expect(one.total).toBe(10_001)
    expect(one.own).toBe(2)
  })
})
