import { afterAll, beforeAll, expect, it } from 'vitest'
import { createStandIn, type StandIn } from '../../src/demo/stand-in.ts'
import { decisionRows } from '../support/decision-records.ts'
import {
  metricOf,
  readinessOf,
  sharing,
  startCallers,
  startFleetGuard,
} from '../support/guard-fleet.ts'
import type { GuardProcess } from '../support/guard-process.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'
import { until } from '../support/wait.ts'
import { keptClient } from '../support/workers-rig.ts'

const QUOTA = 90
const REPLICAS = 3
const LIMITS = `
  - { id: calls, per: [account.id], count: requests, quota: ${QUOTA}, window: 30d, when: 'account.id == "acct_tight"' }
  - { id: wide, per: [account.id], count: requests, quota: 1000000, window: 30d, when: 'account.id != "acct_tight"' }
  - { id: at-once, per: [account.id], count: concurrent, quota: 30 }
`

let redis: RedisServer
let standIn: StandIn
const guards: GuardProcess[] = []

const start = async (): Promise<GuardProcess> => {
  const guard = await startFleetGuard({
    redisPort: redis.port,
    upstreamUrl: standIn.url,
    limits: LIMITS,
  })
  guards.push(guard)
  return guard
}

beforeAll(async () => {
  redis = await startRedis()
  standIn = await createStandIn({ firstChunkDelayMs: 5 })
  await Promise.all([start(), start(), start()])
  await sharing(guards)
})
afterAll(async () => {
  redis.thaw()
  await Promise.all(guards.map((guard) => guard.stop()))
  await standIn.close()
  await redis.stop()
})

/** Every guard says that it goes on alone, and is ready all the same. */
const alone = async (): Promise<void> => {
  await until('guards that say that they go on alone', async () => {
    const said = await Promise.all(guards.map(readinessOf))
    expect(said.map(({ status }) => status)).toEqual(guards.map(() => 200))
    return said.every(({ degraded }) => degraded.includes('store'))
  })
  for (const guard of guards) expect(await metricOf(guard, 'stillwatch_store_degraded')).toBe(1)
}

it('no call fails while Redis is frozen, killed and comes back empty, and guards join and return', async () => {
  const load = startCallers(guards.slice(0, REPLICAS), ['tight', 'wide', 'wide'])
  await load.goOn(150)
  redis.freeze()
  await alone()
  await load.goOn(150)
  await redis.kill()
  await load.goOn(150)

  const late = await start()
  const client = keptClient(late.url, 1)
  expect(await client.call({ key: 'sk-wide' })).toMatchObject({ status: 200 })
  client.close()
  await alone()

  await redis.restart()
  const restartedMs = performance.now()
  await sharing(guards)
  const backMs = performance.now() - restartedMs
  for (const guard of guards) expect(await metricOf(guard, 'stillwatch_store_degraded')).toBe(0)
  await load.goOn(150)
  await load.stop()

  const served = (key: string): number =>
    load.came.filter((call) => call.key === key && call.status === 200).length
  const failed = load.came.filter(({ status }) => status !== 200 && status !== 429)
  console.log(
    JSON.stringify({
      case: 'whole programs: frozen, killed, restarted empty',
      calls: load.came.length,
      failed: failed.length,
      tight: `${served('tight')}/${QUOTA}`,
      wide: served('wide'),
      all_back_after_ms: Math.round(backMs),
    }),
  )
  expect(failed).toEqual([])
  expect(load.came.filter(({ key, status }) => key === 'wide' && status !== 200)).toEqual([])
  expect(served('tight')).toBeGreaterThanOrEqual(QUOTA)
  expect(served('tight')).toBeLessThanOrEqual(QUOTA * (2 - 1 / REPLICAS) + REPLICAS)

  const rows = guards.slice(0, REPLICAS).map((guard) => decisionRows(guard))
  for (const own of rows) {
    expect(own.some((row) => row['stillwatch.degraded'] === true)).toBe(true)
    expect(own.some((row) => row['stillwatch.degraded'] !== true)).toBe(true)
  }
})
