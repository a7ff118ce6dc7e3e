import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createStandIn, type StandIn } from '../../src/demo/stand-in.ts'
import { keysOf } from '../support/fleet-rig.ts'
import { metricOf, sharing } from '../support/guard-fleet.ts'
import { startGuard, type GuardProcess } from '../support/guard-process.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'
import { createSeededRandom, type SeededRandom } from '../support/seeded-random.ts'
import { until } from '../support/wait.ts'

const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)
console.log(`redis-flood: SEED=${SEED}`)

/** `FLOOD_CALLS=50000` for the long form. */
const CALLS = Number(process.env['FLOOD_CALLS'] ?? 12_000)
const WARM_CALLS = 3_000
const AT_ONCE = 48
const MAX_KEYS = 1_000
/** Counters that all keys of a limit share once there are too many. */
const SHARED = 64
const POLICY = `version: 1
tiers: [{ id: all, when: 'true', factor: 1 }]
limits:
  - { id: networks, per: [caller.network], count: requests, quota: 1000000, window: 1h }
  - { id: credentials, per: [caller.credential], count: requests, quota: 1000000, window: 1h }
  - { id: models, per: [request.model], count: tokens, quota: 1000000000, window: 1h }
  - { id: running, per: [request.model], count: concurrent, quota: 1000 }
`
const WINDOW_LIMITS = 3
const LEASE_MS = 6_000
/** The memory's word, the replicas, and what the processes tell each other. */
const OTHER_KEYS = 3

let redis: RedisServer
let standIn: StandIn
let guard: GuardProcess
beforeAll(async () => {
  redis = await startRedis()
  standIn = await createStandIn({ keep: 1 })
  guard = await startGuard({
    settings: {
      secret: 'a secret that all replicas of a fleet know',
      store: {
        redis: { url: `redis://127.0.0.1:${redis.port}`, command_timeout_ms: 5_000 },
      },
      limits: { max_keys: MAX_KEYS },
      trusted_proxies: ['127.0.0.0/8'],
      upstreams: [{ id: 'main', url: standIn.url, dialect: 'openai' }],
    },
    policies: { 'policy.yaml': POLICY },
  })
  await sharing([guard])
})
afterAll(async () => {
  await guard.stop()
  await standIn.close()
  await redis.stop()
})

/** A call of somebody nobody has seen before; its status. */
const strange = (agent: Agent, random: SeededRandom): Promise<number> =>
  new Promise((resolve, reject) => {
    const address = [11 + random(200), random(256), random(256), 1 + random(254)].join('.')
    const asked = request(
      `${guard.url}/v1/chat/completions`,
      {
        method: 'POST',
        agent,
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer sk-${random(2 ** 31)}-${random(2 ** 31)}`,
          'x-forwarded-for': address,
        },
      },
      (answer) => {
        answer.resume()
        answer.on('end', () => resolve(answer.statusCode ?? 0)).on('error', reject)
      },
    )
    asked.on('error', reject)
    const messages = [{ role: 'user', content: 'hi' }]
    asked.end(JSON.stringify({ model: `m-${random(2 ** 31)}`, messages, max_tokens: 5 }))
  })

const flood = async (calls: number, random: SeededRandom): Promise<ReadonlyMap<number, number>> => {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })
  const statuses = new Map<number, number>()
  let left = calls
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (left-- > 0) {
        const status = await strange(agent, random)
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
    }),
  )
  agent.destroy()
  return statuses
}

/** Resident memory of a process in megabytes (Linux). */
const memoryMb = ({ child }: GuardProcess): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1_024

/** Keys with running calls: their leases are short. */
const runningKeys = async (): Promise<number> =>
  [...(await keysOf(redis))].filter(
    ([key, liveMs]) => /:[0-9a-f]+-[0-9a-f]+$/.test(key) && liveMs <= LEASE_MS,
  ).length

it('a flood of callers and models that nobody has seen moves keys and memory by a bounded amount', async () => {
  const random = createSeededRandom(SEED)
  // What the first calls bring with them, code and pools, is not the flood's.
  await flood(WARM_CALLS, random)
  const beforeMb = memoryMb(guard)
  const usedMemory = async (): Promise<number> =>
    Number(/used_memory:(\d+)/.exec(await redis.admin.info('memory'))?.[1]) / 2 ** 20
  const redisBeforeMb = await usedMemory()
  const startMs = performance.now()
  const statuses = await flood(CALLS - WARM_CALLS, random)
  const runningAtOnce = await runningKeys()
  await until('no call to run', async () => (await runningKeys()) === 0)
  const keys = await keysOf(redis)
  const grownMb = memoryMb(guard) - beforeMb
  const redisGrownMb = (await usedMemory()) - redisBeforeMb
  console.log(
    JSON.stringify({
      case: 'flood',
      calls: CALLS,
      calls_per_s: Math.round((CALLS - WARM_CALLS) / ((performance.now() - startMs) / 1_000)),
      statuses: Object.fromEntries(statuses),
      redis_keys: keys.size,
      running_right_after: runningAtOnce,
      guard_grown_mb: Math.round(grownMb),
      redis_grown_mb: Number(redisGrownMb.toFixed(2)),
    }),
  )
  expect([...statuses.keys()]).toEqual([200])
  expect(await metricOf(guard, 'stillwatch_store_degraded')).toBe(0)
  // Calls at the same time may all find room for a last key, each of them in every limit.
  const bound = MAX_KEYS + WINDOW_LIMITS * (SHARED + AT_ONCE) + OTHER_KEYS
  expect(keys.size).toBeLessThanOrEqual(bound)
  for (const [key, liveMs] of keys) expect(liveMs, key).toBeGreaterThan(0)
  // What is remembered of so many callers, garbage included; each part has a cap of its own.
  expect(grownMb).toBeLessThan(256)
  // Mostly what the guards tell each other of the calls, which is trimmed at 64 MB.
  expect(redisGrownMb).toBeLessThan(8)
})
