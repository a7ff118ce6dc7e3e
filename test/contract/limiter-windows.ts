import { describe, expect, it } from 'vitest'
import { aCost, aDemand, admitted, only, refused } from '../support/a-demand.ts'
import type { LimiterStand } from './limiter-stand.ts'

const MINUTE_MS = 60_000

/** What holds for windows, however they are placed. */
export const limiterWindows = (stand: LimiterStand): void => {
  const { admit, settle, peek, advance, toBoundary } = stand

  describe.each(['first_use', 'utc', 'rolling'] as const)('with %s windows', (align) => {
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
      await advance(7_003)
      const { retryAfterMs } = refused(await admit([calls]))
      await advance(retryAfterMs - 1)
      refused(await admit([calls]))
      await advance(1)
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
      settle(lease, aCost(100, 50))
      expect(await peek(tokens)).toMatchObject({ remaining: 850 })
    })

    it('takes a reported zero for zero', async () => {
      const { lease } = admitted(await admit([tokens], aCost(400, 400)))
      settle(lease, aCost(0, 0))
      expect(await peek(tokens)).toMatchObject({ remaining: 1_000 })
    })

    it('keeps the reservation where nothing was reported', async () => {
      const { lease } = admitted(await admit([tokens], aCost(400, 400)))
      settle(lease, undefined)
      expect(await peek(tokens)).toMatchObject({ remaining: 200 })
    })

    it('keeps what was used beyond the quota as debt of its window', async () => {
      const { lease } = admitted(await admit([tokens], aCost(1)))
      settle(lease, aCost(0, 3_000))
      expect(await peek(tokens)).toMatchObject({ remaining: 0 })
      const { retryAfterMs } = refused(await admit([tokens], aCost(1)))
      await advance(retryAfterMs)
      admitted(await admit([tokens], aCost(1)))
    })

    it('settles a lease once', async () => {
      const { lease } = admitted(await admit([tokens], aCost(800)))
      for (const actual of [aCost(500), aCost(0), undefined]) {
        settle(lease, actual)
      }
      expect(await peek(tokens)).toMatchObject({ remaining: 500 })
    })

    it('never settles into a window that began after the charge had expired', async () => {
      await toBoundary(MINUTE_MS)
      const { lease } = admitted(await admit([tokens], aCost(800)))
      await advance(2 * MINUTE_MS)
      admitted(await admit([tokens], aCost(300)))
      settle(lease, aCost(0))
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

    it.each([Number.NaN, -5])('keeps the reservation where %d tokens are reported', async (odd) => {
      const { lease } = admitted(await admit([tokens], aCost(400)))
      settle(lease, aCost(odd))
      expect(await peek(tokens)).toMatchObject({ remaining: 600 })
    })

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
      await advance(89 * 86_400_000)
      admitted(await admit([long], aCost(7)))
      expect(await peek(long)).toMatchObject({ remaining: 2 ** 51 - 7 })
    })
  })
}
