import { describe, expect, it } from 'vitest'
import { createIssueLimits, type Asker } from '../../../src/challenges/issue-limits.ts'
import { createFakeClock } from '../../support/clock.ts'

const HERE = '203.0.113.0/24'

const madeUp = (n: number, site = HERE): Asker => ({ subject: `c:${n}`, isKnown: false, site })
const account = (n: number, site = HERE): Asker => ({ subject: `a:${n}`, isKnown: true, site })

describe('limits of challenges that are issued', () => {
  it('count callers without an account by where they come from, whatever keys they make up', () => {
    const limits = createIssueLimits({ clock: createFakeClock() })
    for (let n = 0; n < 60; n++) expect(limits.take(madeUp(n))).toBe(0)
    expect(limits.take(madeUp(60))).toBe(1_000)
    expect(limits.take(madeUp(61, '198.51.100.0/24'))).toBe(0)
  })

  it('count a known account for itself, whatever its neighbours do', () => {
    const clock = createFakeClock()
    const limits = createIssueLimits({ clock })
    for (let n = 0; n < 10_000; n++) limits.take(madeUp(n))
    for (let n = 0; n < 20; n++) expect(limits.take(account(1))).toBe(0)
    expect(limits.take(account(1, 'elsewhere'))).toBe(3_000)
    expect(limits.take(account(2))).toBe(0)
    clock.advance(3_000)
    expect(limits.take(account(1))).toBe(0)
  })

  it('leave known accounts their challenges while a flood of others comes from everywhere', () => {
    const limits = createIssueLimits({ clock: createFakeClock() })
    let given = 0
    for (let n = 0; n < 20_000; n++) if (limits.take(madeUp(n, `site ${n}`)) === 0) given++
    expect(given).toBe(1_000)
    for (let n = 0; n < 1_000; n++) expect(limits.take(account(n))).toBe(0)
    expect(limits.take(account(1_000))).toBeGreaterThan(0)
  })

  it('take nothing of what somebody has left where all together have used up theirs', () => {
    const clock = createFakeClock()
    const limits = createIssueLimits({ clock, perAccountMinute: 1, perSecond: 1 })
    expect(limits.take(account(1))).toBe(0)
    for (let n = 0; n < 5; n++) expect(limits.take(account(2))).toBe(1_000)
    clock.advance(1_000)
    expect(limits.take(account(2))).toBe(0)
  })
})
