import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addressOf, startRedis, type RedisServer } from '../support/redis-server.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { openReplica, SWITCHES_KEY, type SwitchReplica } from '../support/switch-replica.ts'
import { tempDir } from '../support/temp-dir.ts'
import { until } from '../support/wait.ts'

const REPLICAS = 5
const CONVERGED_MS = 2_000

describe('switches of five replicas on one Redis', () => {
  let redis: RedisServer
  let replicas: SwitchReplica[]
  beforeEach(async () => {
    redis = await startRedis()
    replicas = []
  })
  afterEach(async () => {
    await Promise.all(replicas.map((replica) => replica.close()))
    await redis.stop()
  })
  const join = async (arrives?: () => boolean, folder = tempDir()): Promise<SwitchReplica> => {
    const replica = await openReplica({
      folder,
      redis: addressOf(redis.port),
      ...(arrives && { arrives }),
    })
    replicas.push(replica)
    return replica
  }
  const joinAll = (arrives?: () => boolean): Promise<SwitchReplica[]> =>
    Promise.all(Array.from({ length: REPLICAS }, () => join(arrives)))
  const all = (modes: object, among = replicas): Promise<unknown> => {
    const text = JSON.stringify(modes)
    return until(
      `all to have ${text}`,
      () => among.every((replica) => JSON.stringify(replica.modes()) === text),
      CONVERGED_MS,
    )
  }

  it('converge within two seconds though half of all news is lost', async () => {
    const seed = 20_261_121
    const random = createSeededRandom(seed)
    let dropped = 0
    await joinAll(() => random(2) === 0 || ++dropped < 0)
    for (let round = 0; round < 12; round++) {
      const speaker = replicas[random(REPLICAS)]
      const mode = round % 2 === 0 ? 'off' : 'shadow'
      await speaker?.set({ id: 'r-1', mode })
      await all({ 'r-1': mode })
    }
    expect(dropped, `seed ${seed}`).toBeGreaterThan(5)
  })

  it('converge within two seconds though no news arrives at all', async () => {
    await joinAll(() => false)
    await replicas[0]?.set({ id: 'r-1' })
    await all({ 'r-1': 'off' })
  })

  it('change no verdict when Redis is wiped, and fill it again with what they know', async () => {
    await joinAll()
    await replicas[0]?.set({ id: 'r-1' })
    await replicas[1]?.set({ id: 'r-2', mode: 'shadow' })
    const modes = { 'r-1': 'off', 'r-2': 'shadow' }
    await all(modes)
    const swaps = replicas.map((replica) => replica.swaps.length)
    await redis.admin.flushall()
    await until(
      'Redis to be filled again',
      async () => (await redis.admin.hexists(SWITCHES_KEY, 'set')) === 1,
    )
    const newcomer = await join()
    expect(newcomer.modes()).toEqual(modes)
    expect(replicas.slice(0, REPLICAS).map(({ swaps: now }) => now.length)).toEqual(swaps)
    expect(newcomer.keeper.known().version).toBe(2)
    const set = await newcomer.set({ id: 'r-3' })
    expect(set.version).toBe(3)
    await all({ ...modes, 'r-3': 'off' })
    expect(await redis.admin.pttl(SWITCHES_KEY)).toBeGreaterThan(0)
  })

  it('are filled in by whoever knows the most, before anything new is taken', async () => {
    const [knows, behind] = [await join(), await join(() => false)]
    await knows.set({ id: 'r-1' })
    await all({ 'r-1': 'off' })
    // The one that is behind has a look between the others' and its own change.
    for (let at = 2; at < 6; at++) await knows.set({ id: `r-${at}` })
    await redis.admin.flushall()
    const set = await behind.set({ id: 'r-9', mode: 'shadow' })
    expect(set.version).toBe(6)
    expect(set.entries.map(({ id }) => id).toSorted()).toEqual(
      ['r-1', 'r-2', 'r-3', 'r-4', 'r-5', 'r-9'].toSorted(),
    )
  })

  it('hold while Redis is away, over a restart too, and say that they do', async () => {
    await joinAll()
    const folder = tempDir()
    const restarted = await join(undefined, folder)
    await restarted.set({ id: 'r-1' })
    await all({ 'r-1': 'off' })
    await redis.kill()
    await until('all to say so', () => replicas.every((one) => one.degraded().includes('switches')))
    await restarted.close()
    replicas.splice(replicas.indexOf(restarted), 1)
    const again = await join(undefined, folder)
    expect([again.modes(), again.degraded()]).toEqual([{ 'r-1': 'off' }, ['switches']])
    await expect(again.keeper.change(1, [])).rejects.toThrow(/not connected/)
    for (const replica of replicas) expect(replica.modes()).toEqual({ 'r-1': 'off' })
    await redis.restart()
    await until('all to be well', () => replicas.every((one) => one.degraded().length === 0))
    for (const replica of replicas) expect(replica.modes()).toEqual({ 'r-1': 'off' })
  })

  it('return by themselves at their time, also while Redis is away, and are taken out once', async () => {
    await joinAll()
    // The first change of a store that was empty waits until all could have filled it.
    await replicas[0]?.set({ id: 'r-0' })
    await replicas[0]?.set({ id: 'r-1', untilMs: Date.now() + 3_000 })
    await all({ 'r-0': 'off', 'r-1': 'off' })
    await until('all to have returned', () =>
      replicas.every((replica) => Object.keys(replica.modes()).length === 1),
    )
    await until('one to have taken it out', () =>
      replicas.every(({ keeper }) => keeper.known().version === 3),
    )
    expect(replicas.flatMap(({ audited }) => audited)).toMatchObject([
      { what: 'switch.returned', before: { id: 'r-1' }, after: { version: 3 } },
    ])

    await replicas[1]?.set({ id: 'r-2', untilMs: Date.now() + 3_000 })
    await all({ 'r-0': 'off', 'r-2': 'off' })
    await redis.kill()
    await until('all to have returned', () =>
      replicas.every((replica) => Object.keys(replica.modes()).length === 1),
    )
    for (const { keeper } of replicas) expect(keeper.known().version).toBe(4)
    await redis.restart()
    await until('one to have taken it out', () =>
      replicas.every(({ keeper }) => keeper.known().version === 5),
    )
  })

  it('of fifty operators at once are each made once, and none is lost', async () => {
    await joinAll()
    const operators = Array.from({ length: 50 }, async (_, at) =>
      replicas[at % REPLICAS]?.set({ id: `r-${at}`, by: `operator-${at}` }),
    )
    const sets = await Promise.all(operators)
    const versions = sets.map((set) => set?.version ?? 0)
    expect(versions.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 50 }, (_, at) => at + 1),
    )
    const modes = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`r-${at}`, 'off']))
    await all(modes)
    const known = replicas[0]?.keeper.known()
    expect(known?.version).toBe(50)
    expect(new Set(known?.entries.map(({ by }) => by)).size).toBe(50)
    for (const { id, version, by } of known?.entries ?? []) {
      const at = Number(id.slice(2))
      expect([by, version]).toEqual([`operator-${at}`, versions[at]])
    }
  })

  it('believe nothing in Redis that none of them wrote, and write over it', async () => {
    const one = await join()
    const other = await join()
    await one.set({ id: 'r-1' })
    const old = (await redis.admin.hget(SWITCHES_KEY, 'set')) ?? ''
    await one.set({ id: 'r-2' })
    const mine = (await redis.admin.hget(SWITCHES_KEY, 'set')) ?? ''
    const modes = { 'r-1': 'off', 'r-2': 'off' }
    await all(modes)
    const forged = [
      () => redis.admin.hset(SWITCHES_KEY, 'set', old),
      () => redis.admin.hset(SWITCHES_KEY, 'set', `${'x'.repeat(22)}9;{"version":9,"entries":[]}`),
      () => redis.admin.hset(SWITCHES_KEY, 'set', mine.replace('r-1', 'r-4')),
      () => redis.admin.hset(SWITCHES_KEY, 'set', `${'x'.repeat(22)}${'9'.repeat(400)};`),
      () => redis.admin.hset(SWITCHES_KEY, 'set', 'x'.repeat(5_000_000)),
      () => redis.admin.hset(SWITCHES_KEY, 'filled', '9'.repeat(400)),
      () =>
        redis.admin.hset(
          SWITCHES_KEY,
          Object.fromEntries(Array.from('abcdefghijk', (c) => [c, c])),
        ),
      () => redis.admin.set(SWITCHES_KEY, 'something else'),
    ]
    for (const forge of forged) {
      await redis.admin.del(SWITCHES_KEY)
      await forge()
      await until('it to be ours again', async () => {
        const type = await redis.admin.type(SWITCHES_KEY)
        return type === 'hash' && (await redis.admin.hget(SWITCHES_KEY, 'set')) === mine
      })
      expect([one.modes(), other.modes()]).toEqual([modes, modes])
      expect(one.degraded()).toEqual([])
    }
    await redis.admin.hset(SWITCHES_KEY, 'set', `${'x'.repeat(22)}9;{"version":9,"entries":[]}`)
    expect((await other.set({ id: 'r-3' })).version).toBe(3)
    await all({ ...modes, 'r-3': 'off' })
  })
})
