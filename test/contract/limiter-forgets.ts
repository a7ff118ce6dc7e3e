import { expect, it } from 'vitest'
import { LedgerFailure } from '../../src/core/ledger.ts'
import { aCost, aDemand, admitted, only, refused } from '../support/a-demand.ts'
import type { LimiterStand } from './limiter-stand.ts'

const ALIGNS = ['first_use', 'utc', 'rolling'] as const
const MINUTE_MS = 60_000

/** What an operator who resets counters may rely on. */
export const limiterForgets = (stand: LimiterStand): void => {
  const { admit, settle, peek, forget, advance, toBoundary, alone } = stand

  it.each(ALIGNS)(
    'forgets what was used in a window of %s, and counts anew from then',
    async (align) => {
      const demand = aDemand({ align, counted: 'tokens', quota: 1_000 })
      const other = aDemand({ align, counted: 'tokens', quota: 1_000, key: 'other' })
      await toBoundary(MINUTE_MS)
      admitted(await admit([demand, other], aCost(900)))
      // What slid out of a rolling window still counts in part.
      if (align === 'rolling') await advance(MINUTE_MS + 1_000)
      admitted(await admit([demand], aCost(50)))
      if (alone()) {
        await expect(forget([demand])).rejects.toBeInstanceOf(LedgerFailure)
        return
      }
      const before = await peek(other)
      expect(only(await forget([demand]))).toMatchObject({ remaining: 1_000 })
      expect(await peek(other)).toEqual(before)
      admitted(await admit([demand], aCost(1_000)))
      refused(await admit([demand], aCost(1)))
    },
  )

  it('takes nothing more back where a call that was under way is settled after that', async () => {
    if (alone()) return
    const demand = aDemand({ counted: 'tokens', quota: 1_000 })
    await toBoundary(MINUTE_MS)
    const { lease } = admitted(await admit([demand], aCost(600)))
    await forget([demand])
    const later = admitted(await admit([demand], aCost(1_000)))
    settle(lease, aCost(600))
    refused(await admit([demand], aCost(1)))
    settle(later.lease, aCost(400))
    expect(await peek(demand)).toMatchObject({ remaining: 600 })
  })

  it('leaves running calls counted, and counters that nobody has used as they are', async () => {
    if (alone()) return
    const running = aDemand({ counted: 'concurrent', quota: 2, windowMs: 0 })
    const unused = aDemand({ limit: 'unused' })
    admitted(await admit([running]))
    const states = await forget([running, unused])
    expect(states.map(({ remaining }) => remaining)).toEqual([1, 10])
  })
}
