import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { createEmbeddedLimiter } from '../../../src/limits/embedded-limiter.ts'
import type { LimitsProblem } from '../../../src/limits/limits-problem.ts'
import { aCost, aDemand } from '../../support/a-demand.ts'
import { createFakeClock } from '../../support/clock.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
const heapMb = (): number => {
  collectGarbage()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return (heapUsed + arrayBuffers) / 1e6
}

it('stays at its cap and in flat memory under a flood of a million new keys', async () => {
  const clock = createFakeClock()
  const problems: LimitsProblem[] = []
  const limiter = createEmbeddedLimiter({
    clock,
    maxKeys: 50_000,
    onProblem: (problem) => problems.push(problem),
  })
  // An honest caller, who was there first and must keep its count.
  const honest = aDemand({ key: 'honest', quota: 100, windowMs: 86_400_000 })
  for (let call = 0; call < 42; call++) await limiter.admit([honest], aCost(), clock.now())

  const before = heapMb()
  let highest = 0
  let refusals = 0
  for (let call = 0; call < 1_000_000; call++) {
    if (call % 1_000 === 0) clock.advance(100)
    const demand = aDemand({ key: `2001:db8:${(call * 7919).toString(16)}::/64`, quota: 20 })
    const admission = await limiter.admit([demand], aCost(), clock.now())
    if (!admission.admitted) refusals++
    highest = Math.max(highest, limiter.stats().keys)
  }
  expect(highest).toBeLessThanOrEqual(50_000 + 64)
  expect(heapMb() - before).toBeLessThan(8)
  expect(problems[0]).toEqual({ kind: 'keys_full', maxKeys: 50_000 })
  // 10,000 keys a second are more than the cap holds for a minute: the rest shares counters, refused at 20.
  expect(refusals).toBeGreaterThan(100_000)
  expect(await limiter.peek([honest], clock.now())).toMatchObject([{ remaining: 58 }])
  await limiter.close()
})
