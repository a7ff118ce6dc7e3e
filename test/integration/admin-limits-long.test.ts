import { describe, expect, it } from 'vitest'
import { DAY_MS } from '../../src/core/time.ts'
import { createEmbeddedLimiter } from '../../src/limits/embedded-limiter.ts'
import { demandsOf } from '../../src/policy/demands.ts'
import { aPolicy } from '../support/a-policy.ts'
import { adminParts, anAdmin } from '../support/an-admin.ts'
import { createFakeClock } from '../support/clock.ts'
import { someFacts } from '../support/some-facts.ts'
import { tempDir } from '../support/temp-dir.ts'

const FACTS = someFacts({ 'account.id': 'acct_1' })
const WINDOW_MS = 90 * DAY_MS

/** Midnight UTC, not on a boundary of 90 days: those lie on multiples since the epoch. */
const START_MS = Date.UTC(2026, 3, 22)

/** A limiter that is shut down and started again, as a process is, over a clock that a test moves. */
const restartable = (align: string) => {
  const clock = createFakeClock(START_MS)
  const dir = tempDir()
  const policy = aPolicy(
    `limits: [{ id: quarter, per: [account.id], count: usd, quota: 100, window: 90d, align: ${align} }]`,
    { prices: true },
  )
  const open = () => createEmbeddedLimiter({ clock, dir })
  let limiter = open()
  return {
    clock,
    spend: (usd: number): boolean => {
      const cost = { inputTokens: 0, outputTokens: 0, nanoUsd: usd * 1e9 }
      const admission = limiter.admit(demandsOf(policy, FACTS), cost, clock.now())
      return 'admitted' in admission && admission.admitted
    },
    restart: async (): Promise<void> => {
      await limiter.close()
      limiter = open()
    },
    /** As an operator sees it. */
    shown: async (): Promise<{ consumed: number; remaining: number; resets_at: string }> => {
      const ask = anAdmin({
        clock,
        limiter,
        demands: (facts) => demandsOf(policy, facts),
        accounts: { facts: () => undefined },
        policy: { ...adminParts().policy },
      })
      const body = (await (await ask('GET', '/api/v1/limits?account.id=acct_1')).json()) as {
        readonly limits: readonly { consumed: number; remaining: number; resets_at: string }[]
      }
      const [limit] = body.limits
      if (limit === undefined) throw new Error('no limit')
      return limit
    },
    close: () => limiter.close(),
  }
}

describe('a window of 90 days, over restarts', () => {
  it('from first use ends 90 days after it, to the millisecond', async () => {
    const { clock, spend, restart, shown, close } = restartable('first_use')
    clock.advance(12_345)
    expect(spend(60)).toBe(true)
    await restart()
    clock.advance(50 * DAY_MS)
    expect(spend(50)).toBe(false)
    expect(spend(40)).toBe(true)
    await restart()
    expect(await shown()).toMatchObject({
      consumed: 100,
      remaining: 0,
      resets_at: new Date(START_MS + 12_345 + WINDOW_MS).toISOString(),
    })
    clock.advance(40 * DAY_MS - 1)
    expect(spend(1)).toBe(false)
    await restart()
    clock.advance(1)
    expect(spend(100)).toBe(true)
    await close()
  })

  it('on UTC boundaries ends on a multiple of 90 days, whenever it was begun', async () => {
    const { clock, spend, restart, shown, close } = restartable('utc')
    const endMs = START_MS - (START_MS % WINDOW_MS) + WINDOW_MS
    expect(spend(100)).toBe(true)
    await restart()
    expect(spend(1)).toBe(false)
    expect(await shown()).toMatchObject({ consumed: 100, resets_at: new Date(endMs).toISOString() })
    clock.advance(endMs - START_MS - 1)
    await restart()
    expect(spend(1)).toBe(false)
    clock.advance(1)
    expect(await shown()).toMatchObject({ consumed: 0, remaining: 100 })
    expect(spend(100)).toBe(true)
    await close()
  })

  it('that slides gives back bit by bit over the following 90 days', async () => {
    const { clock, spend, restart, shown, close } = restartable('rolling')
    const endMs = START_MS - (START_MS % WINDOW_MS) + WINDOW_MS
    expect(spend(100)).toBe(true)
    clock.advance(endMs - START_MS)
    await restart()
    expect(spend(1)).toBe(false)
    clock.advance(45 * DAY_MS)
    expect(await shown()).toMatchObject({ consumed: 50, remaining: 50 })
    await restart()
    expect(spend(51)).toBe(false)
    expect(spend(50)).toBe(true)
    clock.advance(45 * DAY_MS)
    await restart()
    expect(spend(100)).toBe(false)
    clock.advance(90 * DAY_MS)
    expect(spend(100)).toBe(true)
    await close()
  })
})
