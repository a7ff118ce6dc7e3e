import OpenAI, { RateLimitError } from 'openai'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createStandIn, type StandIn } from '../../src/demo/stand-in.ts'
import { keysOf } from '../support/fleet-rig.ts'
import { sharing, startFleetGuard } from '../support/guard-fleet.ts'
import type { GuardProcess } from '../support/guard-process.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'
import { until } from '../support/wait.ts'
import { keptClient, type KeptClient } from '../support/workers-rig.ts'

const QUOTA = 60
const AT_ONCE = 6
const LIMITS = `
  - { id: calls, per: [account.id], count: requests, quota: ${QUOTA}, window: 30d }
  - { id: at-once, per: [account.id], count: concurrent, quota: ${AT_ONCE} }
`

let redis: RedisServer
let standIn: StandIn
let guards: readonly GuardProcess[]
let clients: readonly KeptClient[] = []
const started: GuardProcess[] = []

const start = async (secret?: string): Promise<GuardProcess> => {
  const guard = await startFleetGuard({
    redisPort: redis.port,
    upstreamUrl: standIn.url,
    limits: LIMITS,
    // Longer than any busy machine takes: nothing is to be judged alone here.
    commandTimeoutMs: 5_000,
    ...(secret === undefined ? {} : { secret }),
  })
  started.push(guard)
  return guard
}

beforeAll(async () => {
  redis = await startRedis()
  standIn = await createStandIn({ firstChunkDelayMs: 5 })
  guards = await Promise.all([start(), start(), start()])
  clients = guards.map(({ url }) => keptClient(url, 32))
  await sharing(guards)
})
afterAll(async () => {
  for (const client of clients) client.close()
  await Promise.all(started.map((guard) => guard.stop()))
  await standIn.close()
  await redis.stop()
})

const statusesOf = (calls: readonly { readonly status: number }[]) => ({
  served: calls.filter(({ status }) => status === 200).length,
  refused: calls.filter(({ status }) => status === 429).length,
})

it('three guards let through exactly the quota, however the calls are spread over them', async () => {
  const came = await Promise.all(
    clients.flatMap((client, at) =>
      Array.from({ length: 2 }, async () => {
        const calls: { readonly status: number }[] = []
        for (let call = 0; call < 20 + 5 * at; call++) {
          calls.push(await client.call({ key: 'sk-exact' }))
        }
        return calls
      }),
    ),
  )
  expect(statusesOf(came.flat())).toEqual({ served: QUOTA, refused: 150 - QUOTA })
  for (const { url } of guards) {
    const sdk = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'sk-exact', maxRetries: 0 })
    const call = sdk.chat.completions.create({
      model: 'm',
      messages: [{ role: 'user', content: 'hi' }],
    })
    await expect(call).rejects.toBeInstanceOf(RateLimitError)
  }
})

it('a guard with another secret shares nothing with them', async () => {
  const stranger = await start('a secret that only this one replica knows')
  const client = keptClient(stranger.url, 1)
  expect(await client.call({ key: 'sk-exact' })).toMatchObject({ status: 200 })
  expect(await clients[0]?.call({ key: 'sk-exact' })).toMatchObject({ status: 429 })
  client.close()
  const names = [...(await keysOf(redis)).keys()].map((key) => key.split(':'))
  const namespaces = new Set(names.flatMap(([, , name, rest]) => (rest === undefined ? [] : name)))
  expect(namespaces.size).toBe(2)
  expect(stranger.output()).toContain('replicas with another secret use this Redis')
})

it('running calls of a guard that is killed fall back on the others within seconds', async () => {
  const [first, second, third] = clients
  if (first === undefined || second === undefined || third === undefined)
    throw new Error('no guard')
  const calls = Array.from({ length: AT_ONCE }, () =>
    first.call({ key: 'sk-running', model: 'slow-m' }),
  )
  await until('all places to be taken', () => standIn.openStreams() === AT_ONCE)
  expect(await second.call({ key: 'sk-running' })).toMatchObject({ status: 429 })
  await guards[0]?.kill()
  const killedMs = performance.now()
  await Promise.all(calls)
  await until(
    'the places to be free again',
    async () => (await third.call({ key: 'sk-running' })).status === 200,
  )
  const tookMs = performance.now() - killedMs
  console.log(
    JSON.stringify({ case: 'guard killed', running_calls_back_after_ms: Math.round(tookMs) }),
  )
  expect(tookMs).toBeLessThan(9_000)
  // The one that was let in may not be given back yet.
  const came = await Promise.all(
    Array.from(
      { length: AT_ONCE - 1 },
      (_, at) =>
        [second, third][at % 2]?.call({ key: 'sk-running' }) ??
        Promise.reject(new Error('no guard')),
    ),
  )
  expect(came.every((one) => one.status === 200)).toBe(true)
  for (const [key, liveMs] of await keysOf(redis)) expect(liveMs, key).toBeGreaterThan(0)
})
