import { expect, it, onTestFinished } from 'vitest'
import type { Admission } from '../../src/core/decision.ts'
import { aCost, aDemand, admitted } from '../support/a-demand.ts'
import { keysOf, startFleet } from '../support/fleet-rig.ts'
import { addressOf, startRedis } from '../support/redis-server.ts'

const CALLS = 50_000
const AT_ONCE = 100
const MAX_KEYS = 2_000
const MEMBERS = 2
/** Counters that all keys of a limit share once there are too many. */
const SHARED = 64
const WINDOWS = ['credential', 'address', 'model'] as const
const OTHER_KEYS = 2

it('50,000 strangers at two members leave a bounded number of keys in Redis, and count all the same', async () => {
  const server = await startRedis()
  onTestFinished(() => server.stop())
  const address = addressOf(server.port, { commandTimeoutMs: 10_000 })
  const fleet = await startFleet([address, address], { maxKeys: MAX_KEYS })
  onTestFinished(() => fleet.close())
  const strangers = (call: number) => [
    ...WINDOWS.map((limit) =>
      aDemand({ limit, key: `${limit}-${call}`, quota: 1e9, windowMs: 3_600_000 }),
    ),
    aDemand({
      limit: 'running',
      key: `model-${call}`,
      counted: 'concurrent',
      quota: 10,
      windowMs: 0,
    }),
  ]
  const heapBefore = process.memoryUsage().heapUsed
  for (let from = 0; from < CALLS; from += AT_ONCE) {
    const calls = Array.from({ length: AT_ONCE }, async (_, at): Promise<void> => {
      const limiter = fleet.members[at % MEMBERS]?.limiter
      if (limiter === undefined) throw new Error('no such member')
      const admission: Admission = await limiter.admit(strangers(from + at), aCost(), Date.now())
      limiter.settle(admitted(admission).lease, aCost(), Date.now())
    })
    await Promise.all(calls)
  }
  // Whatever is asked comes after what was told of calls that ended.
  for (const { limiter } of fleet.members) await limiter.peek(strangers(0), Date.now())
  const keys = await keysOf(server)
  const grownMb = (process.memoryUsage().heapUsed - heapBefore) / 2 ** 20
  console.log(
    JSON.stringify({
      case: 'flood of keys',
      calls: CALLS,
      redis_keys: keys.size,
      grown_mb: grownMb,
    }),
  )
  // Each member knows keys of its own; calls at the same time may all find room for a last one.
  const mostLocal = MAX_KEYS + WINDOWS.length * (SHARED + AT_ONCE / MEMBERS)
  const most = MEMBERS * mostLocal + OTHER_KEYS
  expect(keys.size).toBeLessThanOrEqual(most)
  for (const [key, liveMs] of keys) expect(liveMs, key).toBeGreaterThan(0)
  expect(grownMb).toBeLessThan(128)

  let counted = 0
  for (const key of keys.keys()) {
    if (!/:[0-9a-f]+-[0-9a-f]+$/.test(key)) continue
    counted += (await server.admin.getBuffer(key))?.readDoubleLE(0) ?? 0
  }
  expect(counted).toBe(CALLS * WINDOWS.length)
  for (const { limiter } of fleet.members) {
    expect(limiter.state().runningKeys).toBe(0)
    expect(limiter.state().keys).toBeLessThanOrEqual(mostLocal)
  }
})
