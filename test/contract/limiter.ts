import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Cost, Demand } from '../../src/core/decision.ts'
import type { Limiter } from '../../src/core/seams.ts'
import { aCost, aDemand, admitted, only, refused } from '../support/a-demand.ts'
import { limiterSchedules } from './limiter-schedules.ts'

/** What a limiter under test stands in: its time, which only the suite moves. */
export type LimiterWorld = {
  /** A limiter without any counters. */
  create(): Limiter | Promise<Limiter>
  now(): number
  advance(ms: number): void | Promise<void>
}

const ALIGNS = ['first_use', 'utc', 'rolling'] as const
const MINUTE_MS = 60_000

/** What every limiter promises, whatever keeps its counters. `world` is asked anew for each test. */
export const limiterContract = (name: string, world: () => LimiterWorld): void => {
  describe(name, () => {
    let place: LimiterWorld
    let limiter: Limiter
    const admit = async (demands: readonly Demand[], cost: Cost = aCost()) =>
      limiter.admit(demands, cost, place.now())
    const peek = async (demand: Demand) => only(await limiter.peek([demand], place.now()))
    /** Moves to the start of an aligned window. */
    const toBoundary = async (windowMs: number) =>
      place.advance(windowMs - (place.now() % windowMs))

    beforeEach(async () => {
      place = world()
      limiter = await place.create()
    })
    afterEach(() => limiter.close())

    describe.each(ALIGNS)('with %s windows', (align) => {
      const calls = aDemand({ align })
      const tokens = aDemand({ align, counted: 'tokens', quota: 1_000 })

      it('admits as many calls as the quota says and refuses the next', async () => {
        for (let call = 1; call <= 10; call++) {
          const state = only(admitted(await admit([calls])).states)
          expect(state).toMatchObject({ cost: 1, remaining: 10 - call, exceeded: false })
        }
        const { refusedBy } = refused(await admit([calls]))
        expect(refusedBy).toMatchObject({ cost: 1, remaining: 0, exceeded: true, quota: 10 })
      })

      it('admits a refused call after exactly the wait it was told', async () => {
        for (let call = 0; call < 10; call++) admitted(await admit([calls]))
        await place.advance(7_003)
        const { retryAfterMs } = refused(await admit([calls]))
        await place.advance(retryAfterMs - 1)
        refused(await admit([calls]))
        await place.advance(1)
        admitted(await admit([calls]))
      })

      it('charges nothing for a refusal', async () => {
        admitted(await admit([tokens], aCost(600)))
        for (let call = 0; call < 5; call++) refused(await admit([tokens], aCost(500)))
        expect(await peek(tokens)).toMatchObject({ remaining: 400 })
        admitted(await admit([tokens], aCost(400)))
      })

      it('gives back what was reserved too much', async () => {
        const { lease } = admitted(await admit([tokens], aCost(400, 400)))
        limiter.settle(lease, aCost(100, 50), place.now())
        expect(await peek(tokens)).toMatchObject({ remaining: 850 })
      })

      it('takes a reported zero for zero', async () => {
        const { lease } = admitted(await admit([tokens], aCost(400, 400)))
        limiter.settle(lease, aCost(0, 0), place.now())
        expect(await peek(tokens)).toMatchObject({ remaining: 1_000 })
      })

      it('keeps the reservation where nothing was reported', async () => {
        const { lease } = admitted(await admit([tokens], aCost(400, 400)))
        limiter.settle(lease, undefined, place.now())
        expect(await peek(tokens)).toMatchObject({ remaining: 200 })
      })

      it('keeps what was used beyond the quota as debt of its window', async () => {
        const { lease } = admitted(await admit([tokens], aCost(1)))
        limiter.settle(lease, aCost(0, 3_000), place.now())
        expect(await peek(tokens)).toMatchObject({ remaining: 0 })
        const { retryAfterMs } = refused(await admit([tokens], aCost(1)))
        await place.advance(retryAfterMs)
        admitted(await admit([tokens], aCost(1)))
      })

      it('settles a lease once', async () => {
        const { lease } = admitted(await admit([tokens], aCost(800)))
        for (const actual of [aCost(500), aCost(0), undefined]) {
          limiter.settle(lease, actual, place.now())
        }
        expect(await peek(tokens)).toMatchObject({ remaining: 500 })
      })

      it('never settles into a window that began after the charge had expired', async () => {
        await toBoundary(MINUTE_MS)
        const { lease } = admitted(await admit([tokens], aCost(800)))
        await place.advance(2 * MINUTE_MS)
        admitted(await admit([tokens], aCost(300)))
        limiter.settle(lease, aCost(0), place.now())
        expect(await peek(tokens)).toMatchObject({ remaining: 700 })
      })

      it('reserves the whole quota and no more for a call that could use more', async () => {
        const state = only(admitted(await admit([tokens], aCost(50_000, 4_000))).states)
        expect(state).toMatchObject({ cost: 1_000, remaining: 0, exceeded: false })
        refused(await admit([tokens], aCost(1)))
      })

      it.each([Number.NaN, -1, Infinity])('reserves the whole quota for %d tokens', async (odd) => {
        const state = only(admitted(await admit([tokens], aCost(odd))).states)
        expect(state).toMatchObject({ cost: 1_000, remaining: 0 })
      })

      it.each([Number.NaN, -5])(
        'keeps the reservation where %d tokens are reported',
        async (odd) => {
          const { lease } = admitted(await admit([tokens], aCost(400)))
          limiter.settle(lease, aCost(odd), place.now())
          expect(await peek(tokens)).toMatchObject({ remaining: 600 })
        },
      )

      it('refuses everything under a quota of 0, with a wait', async () => {
        const { retryAfterMs, refusedBy } = refused(await admit([aDemand({ align, quota: 0 })]))
        expect(refusedBy).toMatchObject({ remaining: 0, exceeded: true })
        expect(retryAfterMs).toBeGreaterThan(0)
      })

      it('never reserves more than the quota for a burst that arrives at once', async () => {
        const burst = Array.from({ length: 500 }, () => admit([tokens], aCost(60, 40)))
        const admissions = await Promise.all(burst)
        expect(admissions.filter((each) => each.admitted)).toHaveLength(10)
      })

      it('applies a new quota to what was used already', async () => {
        admitted(await admit([tokens], aCost(600)))
        const tighter = { ...tokens, quota: 500 }
        expect(await peek(tighter)).toMatchObject({ remaining: 0, exceeded: true })
        refused(await admit([tighter], aCost(1)))
        admitted(await admit([{ ...tokens, quota: 700 }], aCost(100)))
      })

      it('counts 90 days without losing or resetting anything', async () => {
        const windowMs = 90 * 86_400_000
        await toBoundary(windowMs)
        const long = { ...tokens, windowMs, quota: 2 ** 52 }
        admitted(await admit([long], aCost(2 ** 51)))
        await place.advance(89 * 86_400_000)
        admitted(await admit([long], aCost(7)))
        expect(await peek(long)).toMatchObject({ remaining: 2 ** 51 - 7 })
      })
    })

    it('counts money in billionths of a dollar, reserved and settled like tokens', async () => {
      const money = aDemand({ counted: 'usd', quota: 5_000_000_000 })
      const cost = (nanoUsd: number): Cost => ({ inputTokens: 7, outputTokens: 7, nanoUsd })
      const { lease, states } = admitted(await admit([money], cost(3_000_000_000.4)))
      expect(only(states)).toMatchObject({ cost: 3_000_000_001, remaining: 1_999_999_999 })
      refused(await admit([money], cost(2_000_000_000)))
      limiter.settle(lease, cost(12_345), place.now())
      expect(await peek(money)).toMatchObject({ remaining: 4_999_987_655 })
      admitted(await admit([money], cost(2_000_000_000)))
    })

    it('says of no answer that it was made alone as long as its counters can be asked', async () => {
      const demand = aDemand({ quota: 1 })
      const closed = aDemand({ limit: 'closed', posture: 'closed' })
      const open = aDemand({ limit: 'open', posture: 'open', quota: 1 })
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
      await place.advance(50_000)
      const { states } = admitted(
        await admit(ALIGNS.map((align) => aDemand({ limit: align, align }))),
      )
      expect(states.map((state) => state.resetMs)).toEqual([60_000, 10_000, 70_000])
    })

    it('lets a rolling window slide', async () => {
      const rolling = aDemand({ align: 'rolling', counted: 'tokens', quota: 1_000 })
      await toBoundary(MINUTE_MS)
      admitted(await admit([rolling], aCost(1_000)))
      await place.advance(MINUTE_MS + 15_000)
      expect(await peek(rolling)).toMatchObject({ remaining: 250, resetMs: 45_000 })
      await place.advance(15_000)
      expect(await peek(rolling)).toMatchObject({ remaining: 500 })
    })

    it('settles a rolling charge in the window it was made in, even when that slides out', async () => {
      const rolling = aDemand({ align: 'rolling', counted: 'tokens', quota: 1_000 })
      await toBoundary(MINUTE_MS)
      const { lease } = admitted(await admit([rolling], aCost(1_000)))
      await place.advance(MINUTE_MS + 30_000)
      admitted(await admit([rolling], aCost(100)))
      limiter.settle(lease, aCost(400), place.now())
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
      await place.advance(30_000)
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
      await place.advance(30_000)
      expect(refused(await admit([running])).retryAfterMs).toBe(1_000)
      limiter.settle(first.lease, undefined, place.now())
      limiter.settle(first.lease, undefined, place.now())
      admitted(await admit([running]))
      refused(await admit([running]))
      limiter.settle(second.lease, aCost(5, 5), place.now())
      expect(await peek(running)).toMatchObject({ remaining: 1, exceeded: false })
    })

    it('gives no place among running calls to a call that another limit refuses', async () => {
      const running = aDemand({ limit: 'running', counted: 'concurrent', quota: 2, windowMs: 0 })
      const none = aDemand({ quota: 0 })
      for (let call = 0; call < 5; call++) refused(await admit([running, none]))
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
      limiter.settle(over.lease, aCost(0), place.now())
      expect(await peek(shadow)).toMatchObject({ remaining: 20 })
      limiter.settle(fits.lease, aCost(10), place.now())
      expect(await peek(shadow)).toMatchObject({ remaining: 90 })
    })

    it('admits a call without limits', async () => {
      const { lease, states } = admitted(await admit([]))
      expect(states).toEqual([])
      limiter.settle(lease, aCost(1, 1), place.now())
    })

    limiterSchedules(world)
  })
}
