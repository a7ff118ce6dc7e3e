import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createRedisStore,
  type RedisStore,
  type StoreProblem,
} from '../../src/store/redis-store.ts'
import { addressOf, startRedis, type RedisServer } from '../support/redis-server.ts'
import { until } from '../support/wait.ts'

describe('replicas under one prefix', () => {
  let server: RedisServer
  const stores: RedisStore[] = []
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(async () => {
    for (const store of stores) await store.close()
    await server.stop()
  })

  const join = (namespace: string) => {
    const problems: StoreProblem[] = []
    const store = createRedisStore({
      address: addressOf(server.port, { commandTimeoutMs: 2_000 }),
      prefix: 'test',
      namespace,
      replicaId: `replica-${stores.length}`,
      onProblem: (problem) => void problems.push(problem),
    })
    stores.push(store)
    return { problems }
  }
  const fleets = () => server.admin.hkeys('test:1:fleets')

  it('are told of others that hash by another secret, and not of their own', async () => {
    const first = join('secret-a')
    await until('the first fleet to say that it lives', async () => (await fleets()).length === 1)
    const second = join('secret-a')
    const stranger = join('secret-b')
    await until('the stranger to hear of the others', () =>
      stranger.problems.some(({ kind }) => kind === 'other_fleet'),
    )
    expect(await fleets()).toHaveLength(2)
    expect(await server.admin.pttl('test:1:fleets')).toBeGreaterThan(0)
    for (const { problems } of [first, second]) {
      expect(problems.filter(({ kind }) => kind === 'other_fleet').length).toBeLessThanOrEqual(1)
    }
  })

  it('forget a fleet that says nothing any more, and whatever else stands there', async () => {
    await server.admin.hset('test:1:fleets', 'long-gone', '1', 'junk', 'x')
    const late = join('secret-c')
    await until('the late fleet to be heard', () =>
      late.problems.some(({ kind }) => kind === 'other_fleet'),
    )
    expect(await fleets()).not.toEqual(expect.arrayContaining(['long-gone']))
    expect(await fleets()).not.toEqual(expect.arrayContaining(['junk']))
  })
})
