import { describe, expect, it } from 'vitest'
import { createEmbeddedLimiter } from '../../../src/limits/embedded-limiter.ts'
import type { LimitsProblem } from '../../../src/limits/limits-problem.ts'
import { aCost, aDemand, admitted, only, refused } from '../../support/a-demand.ts'
import { createFakeClock } from '../../support/clock.ts'

const setup = (options: { maxKeys?: number } = {}) => {
  const clock = createFakeClock()
  const problems: LimitsProblem[] = []
  const limiter = createEmbeddedLimiter({
    clock,
    maxKeys: 1_000,
    onProblem: (problem) => problems.push(problem),
    ...options,
  })
  const admit = async (demand = aDemand(), cost = aCost(), atMs = clock.now()) =>
    limiter.admit([demand], cost, atMs)
  return { clock, limiter, problems, admit }
}

describe('the embedded limiter', () => {
  it('answers at once, without a promise', () => {
    const { limiter, clock } = setup()
    expect(limiter.admit([aDemand()], aCost(), clock.now())).toHaveProperty('admitted', true)
    expect(limiter.peek([aDemand()], clock.now())).toHaveLength(1)
  })

  it('does not let a call that comes late reopen a window that has ended', async () => {
    const { clock, admit } = setup()
    const demand = aDemand({ quota: 1, windowMs: 1_000 })
    const lateMs = clock.now()
    clock.advance(5_000)
    admitted(await admit(demand))
    refused(await admit(demand, aCost(), lateMs))
    refused(await admit(demand))
  })

  it('goes on with windows of their own length after the clock was set back', async () => {
    const { clock, admit } = setup()
    const demand = aDemand({ quota: 1 })
    admitted(await admit(demand))
    clock.advance(-86_400_000)
    expect(refused(await admit(demand)).retryAfterMs).toBeLessThanOrEqual(60_000)
  })

  it('starts new counters where a limit counts something else or in other windows', async () => {
    const { admit } = setup()
    admitted(await admit(aDemand({ quota: 1 })))
    refused(await admit(aDemand({ quota: 1 })))
    admitted(await admit(aDemand({ quota: 1, windowMs: 61_000 })))
    admitted(await admit(aDemand({ quota: 1, align: 'utc' })))
    admitted(await admit(aDemand({ quota: 1, counted: 'tokens' }), aCost(1)))
    refused(await admit(aDemand({ quota: 1 })))
  })

  it('refuses to count in a window without length', () => {
    const { limiter, clock } = setup()
    for (const windowMs of [0, -1, Number.NaN]) {
      expect(() => limiter.admit([aDemand({ windowMs })], aCost(), clock.now())).toThrow(RangeError)
    }
  })

  it('refuses under a quota that is no number of at least 0, with a wait', async () => {
    const { admit } = setup()
    for (const align of ['first_use', 'utc', 'rolling'] as const) {
      for (const quota of [Number.NaN, -1]) {
        const { retryAfterMs } = refused(await admit(aDemand({ quota, align })))
        expect(retryAfterMs).toBeGreaterThan(0)
      }
    }
  })

  it('does not take the lease of another limiter', () => {
    const { limiter, clock } = setup()
    expect(() => limiter.settle({ cost: aCost() }, undefined, clock.now())).toThrow(TypeError)
  })

  it('says once that its keys are full, and still refuses a key that goes over', async () => {
    const { admit, problems, limiter } = setup({ maxKeys: 10 })
    for (let at = 0; at < 500; at++) await admit(aDemand({ key: `key-${at}`, quota: 10_000 }))
    expect(problems).toEqual([{ kind: 'keys_full', maxKeys: 10 }])
    expect(limiter.stats().keys).toBeLessThanOrEqual(10 + 64)
    const late = aDemand({ key: 'late', quota: 5, limit: 'another' })
    for (let call = 0; call < 5; call++) admitted(await admit(late))
    refused(await admit(late))
  })

  it('corrects charges to shared counters as well', async () => {
    const { admit, limiter, clock } = setup({ maxKeys: 1 })
    await admit(aDemand({ key: 'first' }))
    const tokens = aDemand({ key: 'late', counted: 'tokens', quota: 100 })
    const { lease } = admitted(await admit(tokens, aCost(80)))
    limiter.settle(lease, aCost(30), clock.now())
    expect(only(await limiter.peek([tokens], clock.now()))).toMatchObject({ remaining: 70 })
  })

  it('keeps nothing on disk without a folder', async () => {
    const { limiter } = setup()
    expect(limiter.stats().journal).toBeUndefined()
    await limiter.flush()
    await limiter.close()
  })
})
