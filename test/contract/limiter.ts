import { describe, expect, it } from 'vitest'
import type { Cost } from '../../src/core/decision.ts'
import { aCost, aDemand, admitted, only, refused } from '../support/a-demand.ts'
import { limiterForgets } from './limiter-forgets.ts'
import { limiterSchedules } from './limiter-schedules.ts'
import { limiterStand, type LimiterWorld } from './limiter-stand.ts'
import { limiterWindows } from './limiter-windows.ts'

const ALIGNS = ['first_use', 'utc', 'rolling'] as const
const MINUTE_MS = 60_000

/**
 * What every limiter promises, whatever keeps its counters. `world` is asked anew for each test.
 * `newSchedules` are tried beside those that are the same for every limiter.
 */
export const limiterContract = (
  name: string,
  world: () => LimiterWorld,
  options: { readonly newSchedules: number } = { newSchedules: 250 },
): void => {
  describe(name, () => {
    const stand = limiterStand(world)
    const { admit, settle, peek, advance, toBoundary, alone } = stand

    limiterWindows(stand)
    limiterForgets(stand)

    it('counts money in billionths of a dollar, reserved and settled like tokens', async () => {
      const money = aDemand({ counted: 'usd', quota: 5_000_000_000 })
      const cost = (nanoUsd: number): Cost => ({ inputTokens: 7, outputTokens: 7, nanoUsd })
      const { lease, states } = admitted(await admit([money], cost(3_000_000_000.4)))
      expect(only(states)).toMatchObject({ cost: 3_000_000_001, remaining: 1_999_999_999 })
      refused(await admit([money], cost(2_000_000_000)))
      settle(lease, cost(12_345))
      expect(await peek(money)).toMatchObject({ remaining: 4_999_987_655 })
      admitted(await admit([money], cost(2_000_000_000)))
    })

    it('says of every answer whether it was made alone, and then minds the posture', async () => {
      const demand = aDemand({ quota: 1 })
      const closed = aDemand({ limit: 'closed', posture: 'closed' })
      const open = aDemand({ limit: 'open', posture: 'open', quota: 1 })
      if (alone()) {
        expect(refused(await admit([demand, closed, open]))).toMatchObject({
          degraded: true,
          because: 'unavailable',
          refusedBy: { limit: 'closed' },
        })
        for (let call = 0; call < 3; call++) {
          expect(admitted(await admit([open])).degraded).toBe(true)
        }
        expect(admitted(await admit([demand])).degraded).toBe(true)
        expect(refused(await admit([demand]))).toMatchObject({
          degraded: true,
          because: 'exceeded',
        })
        return
      }
      expect(admitted(await admit([demand, closed, open])).degraded).toBe(false)
      expect(refused(await admit([demand, closed]))).toMatchObject({
        degraded: false,
        because: 'exceeded',
      })
      refused(await admit([open]))
    })

    it('counts input, output and all tokens apart, in whole tokens', async () => {
      const demands = (['input_tokens', 'output_tokens', 'tokens', 'requests'] as const).map(
        (counted) => aDemand({ limit: counted, counted, quota: 1_000 }),
      )
      const { states } = admitted(await admit(demands, aCost(10.2, 300)))
      expect(states.map((state) => state.cost)).toEqual([11, 300, 311, 1])
    })

    it('ends utc windows at the boundary, first-use windows a length after the first call', async () => {
      await toBoundary(MINUTE_MS)
      await advance(50_000)
      const { states } = admitted(
        await admit(ALIGNS.map((align) => aDemand({ limit: align, align }))),
      )
      expect(states.map((state) => state.resetMs)).toEqual([60_000, 10_000, 70_000])
    })

    it('lets a rolling window slide', async () => {
      const rolling = aDemand({ align: 'rolling', counted: 'tokens', quota: 1_000 })
      await toBoundary(MINUTE_MS)
      admitted(await admit([rolling], aCost(1_000)))
      await advance(MINUTE_MS + 15_000)
      expect(await peek(rolling)).toMatchObject({ remaining: 250, resetMs: 45_000 })
      await advance(15_000)
      expect(await peek(rolling)).toMatchObject({ remaining: 500 })
    })

    it('admits what has slid out of a rolling window beside what it holds by itself', async () => {
      const rolling = aDemand({ align: 'rolling', counted: 'tokens', quota: 1_000 })
      await toBoundary(MINUTE_MS)
      admitted(await admit([rolling], aCost(1_000)))
      await advance(MINUTE_MS + 15_000)
      admitted(await admit([rolling], aCost(200)))
      await advance(15_000)
      refused(await admit([rolling], aCost(301)))
      expect(admitted(await admit([rolling], aCost(300))).degraded).toBe(alone())
    })

    it('gives everything back where one of many limits of many keys refuses', async () => {
      const roomy = Array.from({ length: 20 }, (_, key) => aDemand({ key: `network ${key}` }))
      refused(await admit([...roomy, aDemand({ quota: 0 })]))
      for (const demand of roomy) expect(await peek(demand)).toMatchObject({ remaining: 10 })
    })

    it('settles a rolling charge in the window it was made in, even when that slides out', async () => {
      const rolling = aDemand({ align: 'rolling', counted: 'tokens', quota: 1_000 })
      await toBoundary(MINUTE_MS)
      const { lease } = admitted(await admit([rolling], aCost(1_000)))
      await advance(MINUTE_MS + 30_000)
      admitted(await admit([rolling], aCost(100)))
      settle(lease, aCost(400))
      expect(await peek(rolling)).toMatchObject({ remaining: 700 })
    })

    it('takes all limits or none and names the one with the longest wait', async () => {
      const minute = aDemand({ limit: 'minute', quota: 1 })
      const hour = aDemand({ limit: 'hour', quota: 1, windowMs: 3_600_000 })
      const roomy = aDemand({ limit: 'roomy' })
      admitted(await admit([minute, hour]))
      const refusal = refused(await admit([roomy, minute, hour]))
      expect(refusal.refusedBy.limit).toBe('hour')
      expect(refusal.retryAfterMs).toBe(3_600_000)
      expect(refusal.states.map((state) => state.exceeded)).toEqual([false, true, true])
      expect(refusal.states[0]).toMatchObject({ cost: 1, remaining: 10 })
      expect(await peek(roomy)).toMatchObject({ remaining: 10, resetMs: 0 })
    })

    it('keeps keys and limits apart', async () => {
      const first = aDemand({ quota: 1 })
      admitted(await admit([first]))
      admitted(await admit([{ ...first, key: 'acct_2' }]))
      admitted(await admit([{ ...first, limit: 'another' }]))
      refused(await admit([first]))
    })

    it('reads without touching', async () => {
      const demand = aDemand()
      expect(await peek(demand)).toMatchObject({ cost: 0, remaining: 10, resetMs: 0 })
      await advance(30_000)
      expect(only(admitted(await admit([demand])).states).resetMs).toBe(60_000)
      for (let look = 0; look < 3; look++) {
        expect(await peek(demand)).toMatchObject({ cost: 0, remaining: 9, exceeded: false })
      }
    })

    it('counts running calls until they end, however they end', async () => {
      const running = aDemand({ counted: 'concurrent', quota: 2, windowMs: 0 })
      const first = admitted(await admit([running]))
      const second = admitted(await admit([running]))
      expect(only(second.states)).toMatchObject({ remaining: 0, resetMs: 0, cost: 1 })
      await advance(30_000)
      expect(refused(await admit([running])).retryAfterMs).toBe(1_000)
      settle(first.lease, undefined)
      settle(first.lease, undefined)
      admitted(await admit([running]))
      refused(await admit([running]))
      settle(second.lease, aCost(5, 5))
      expect(await peek(running)).toMatchObject({ remaining: 1, exceeded: false })
    })

    it('gives no place among running calls to a call that another limit refuses', async () => {
      const running = aDemand({ limit: 'running', counted: 'concurrent', quota: 2, windowMs: 0 })
      for (let key = 0; key < 20; key++) {
        refused(await admit([running, aDemand({ quota: 0, key: `network ${key}` })]))
      }
      expect(await peek(running)).toMatchObject({ remaining: 2 })
    })

    it('counts a shadow limit as if it were enforced, and never refuses by it', async () => {
      const shadow = aDemand({ limit: 'shadow', quota: 2, enforced: false })
      const states = []
      for (let call = 0; call < 4; call++) states.push(only(admitted(await admit([shadow])).states))
      expect(states.map((state) => state.exceeded)).toEqual([false, false, true, true])
      expect(states.map((state) => state.remaining)).toEqual([1, 0, 0, 0])
      expect(states.every((state) => !state.enforced)).toBe(true)
    })

    it('charges a shadow limit nothing for a call that an enforced one refuses', async () => {
      const shadow = aDemand({ limit: 'shadow', enforced: false })
      refused(await admit([shadow, aDemand({ quota: 0 })]))
      expect(await peek(shadow)).toMatchObject({ remaining: 10 })
    })

    it('keeps shadow counters and enforced counters of a limit apart', async () => {
      const enforced = aDemand({ quota: 2 })
      const shadow = { ...enforced, enforced: false }
      admitted(await admit([shadow]))
      admitted(await admit([shadow]))
      expect(await peek(enforced)).toMatchObject({ remaining: 2 })
    })

    it('corrects a shadow limit only where it was charged', async () => {
      const shadow = aDemand({ counted: 'tokens', quota: 100, enforced: false })
      const fits = admitted(await admit([shadow], aCost(80)))
      const over = admitted(await admit([shadow], aCost(80)))
      settle(over.lease, aCost(0))
      expect(await peek(shadow)).toMatchObject({ remaining: 20 })
      settle(fits.lease, aCost(10))
      expect(await peek(shadow)).toMatchObject({ remaining: 90 })
    })

    it('admits a call without limits', async () => {
      const { lease, states } = admitted(await admit([]))
      expect(states).toEqual([])
      settle(lease, aCost(1, 1))
    })

    limiterSchedules(world, options.newSchedules)
  })
}
