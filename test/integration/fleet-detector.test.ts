import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createRedisConnection } from '../../src/store/redis-connection.ts'
import { createDetectKeys } from '../../src/store/redis-detect-keys.ts'
import { createDetectLease } from '../../src/store/redis-detect-lease.ts'
import { createDetectState } from '../../src/store/redis-detect-state.ts'
import { createSealing } from '../../src/store/redis-seal.ts'
import { anObservation } from '../support/an-observation.ts'
import { detectFleet, ROOT_KEY } from '../support/detect-fleet.ts'
import { addressOf, startRedis, type RedisServer } from '../support/redis-server.ts'
import { until } from '../support/wait.ts'

let redis: RedisServer

beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())
beforeEach(() => redis.admin.flushall())

const marked = (entity: string, changes: object = {}) =>
  anObservation({ entity, client: 'campaign/1', ...changes })

test('what replicas observe becomes marks that every process finds, and campaigns that operators see', async () => {
  const fleet = await detectFleet(redis.port)
  fleet.detector()
  fleet.tell(marked('org_1'), marked('org_2'), anObservation({ entity: 'org_honest' }))
  await until('both marks', async () => (await fleet.marks()).length === 2)
  await until('the campaign', () =>
    fleet.campaigns.list().then(
      ([one]) => one?.members === 2,
      () => false,
    ),
  )
  await until('all calls', async () => (await fleet.campaigns.status()).entities === 3)
  expect(await fleet.campaigns.show('c1')).toMatchObject({ id: 'c1', state: 'acting' })
  expect(await fleet.campaigns.show('c2')).toBeUndefined()
  const members = await fleet.campaigns.members('c1')
  expect(members?.map(({ entity }) => entity).toSorted()).toEqual(['org_1', 'org_2'])
})

test('a label is taken by the detector and holds over a take-over', async () => {
  const fleet = await detectFleet(redis.port)
  const first = fleet.detector()
  fleet.tell(marked('org_1'))
  await until('the mark', async () => (await fleet.marks())[0]?.level === 2)
  const label = {
    campaign: 'c1',
    act: 'dismiss',
    by: 'ops',
    note: '',
    atMs: Date.now() + 1,
  } as const
  expect(await fleet.campaigns.label(label)).toMatchObject({ state: 'dismissed' })
  expect(await fleet.campaigns.label({ ...label, campaign: 'c9' })).toBeUndefined()
  expect((await fleet.marks())[0]?.level).toBe(0)
  await first.close()
  fleet.detector()
  fleet.tell(anObservation({ entity: 'org_2' }))
  await until('the next', async () => (await fleet.campaigns.status()).entities === 2)
  expect(await fleet.campaigns.list()).toMatchObject([{ state: 'dismissed' }])
})

test('without a detector a question rejects', async () => {
  const fleet = await detectFleet(redis.port)
  await expect(fleet.campaigns.list()).rejects.toThrow('cannot be reached')
})

test('one of many detects; when it is killed another goes on with every mark and observation', async () => {
  const fleet = await detectFleet(redis.port)
  const all = [fleet.process(), fleet.process(), fleet.process()]
  const first = await until('one on duty', () => all.find((one) => one.active()), 20_000)
  fleet.tell(marked('org_1'))
  await until('the mark', async () => (await fleet.marks()).length === 1)
  expect(all.filter((one) => one.active())).toHaveLength(1)
  await first.kill()
  const rest = all.filter((one) => one !== first)
  fleet.tell(marked('org_2'))
  await until('another on duty', () => rest.find((one) => one.active()), 20_000)
  await until('both marks', async () => (await fleet.marks()).length === 2)
  // What the first had read, and never saved, the second has read again.
  await until('all of it', async () => (await fleet.campaigns.members('c1'))?.length === 2)
  expect(rest.filter((one) => one.active())).toHaveLength(1)
}, 60_000)

test('a detector that was suspended while another took over changes nothing any more', async () => {
  const fleet = await detectFleet(redis.port)
  const first = fleet.process()
  await until('duty', () => first.active(), 20_000)
  first.child.kill('SIGSTOP')
  const second = fleet.detector()
  await until('the take-over', () => second.active())
  fleet.tell(marked('org_1'))
  await until('the mark', async () => (await fleet.marks()).length === 1)
  const lease = await redis.admin.get(fleet.keys.lease)
  first.child.kill('SIGCONT')
  await until('it stands by', () => !first.active())
  expect(await redis.admin.get(fleet.keys.lease)).toBe(lease)
  expect(second.active()).toBe(true)
  expect(await redis.admin.get(fleet.keys.fence)).toBe('2')
}, 40_000)

test('a detector goes on where it was over a Redis that was away, and over one that came back empty', async () => {
  const own = await startRedis()
  try {
    const fleet = await detectFleet(own.port)
    const detector = fleet.detector()
    fleet.tell(marked('org_1'))
    await until('the mark', async () => (await fleet.marks()).length === 1)
    own.freeze()
    fleet.tell(marked('org_2'))
    await until('the silence', () => detector.reports.some(({ what }) => what === 'problem'))
    own.thaw()
    await until('the next mark', async () =>
      fleet.marks().then(
        (marks) => marks.length === 2,
        () => false,
      ),
    )
    await own.restart()
    fleet.tell(marked('org_3'))
    const all = await until('all marks again', async () => {
      const marks = await fleet.marks().catch(() => [])
      return marks.length === 3 && marks
    })
    expect(all.map(({ entity }) => entity).toSorted()).toEqual(['org_1', 'org_2', 'org_3'])
    await until('the state, too', async () => (await own.admin.exists(fleet.keys.head)) === 1)
  } finally {
    await own.stop()
  }
}, 40_000)

test('a state that is not whole is left out and said so', async () => {
  const fleet = await detectFleet(redis.port)
  const first = fleet.detector()
  fleet.tell(marked('org_1'))
  await until('the mark', async () => (await fleet.marks()).length === 1)
  await first.close()
  const [chunk = ''] = await redis.admin.keys('*state:*')
  await redis.admin.set(chunk, 'something else')
  const second = fleet.detector()
  fleet.tell(marked('org_2'))
  await until('the mark', async () => (await fleet.marks()).length === 2)
  expect(second.reports).toContainEqual({
    what: 'problem',
    because: 'the state in the store is not whole and is left out',
  })
  // Everything that is still in the streams was read again.
  await until('both', async () => (await fleet.campaigns.members('c1'))?.length === 2)
})

test('junk wherever detection reads or writes is left out, removed or overwritten', async () => {
  const fleet = await detectFleet(redis.port)
  const { keys } = fleet
  const { admin } = redis
  await admin.set(keys.labels, 'x')
  await admin.set(keys.said, 'x')
  await admin.lpush(keys.head, 'x')
  await admin.set(keys.fence, 'ten')
  await admin.lpush(keys.lease, 'x')
  for (let shard = 0; shard < 16; shard += 2) await admin.set(keys.marks(shard), 'x')
  for (let shard = 1; shard < 16; shard += 2) await admin.hset(keys.marks(shard), 'org_x', 'x')
  for (let part = 0; part < 4; part++) await admin.set(keys.observations(part), 'x')
  for (let part = 4; part < 8; part++) {
    await admin.xadd(
      keys.observations(part),
      '*',
      'f',
      'aaaaaaaaaaaa',
      'n',
      '1',
      'm',
      'x',
      't',
      '[1]',
    )
  }
  // Sealed by a fleet with another secret.
  const other = createSealing(Buffer.alloc(32, 8))
  await admin.hset(keys.marks(1), 'org_y', other.seal(`${keys.marks(1)} org_y`, '[1]'))
  const detector = fleet.detector()
  const entities = Array.from({ length: 40 }, (_, at) => `org_${at}`)
  fleet.tell(...entities.map((entity) => marked(entity)))
  await until('all marks', async () => (await fleet.marks()).length === 40, 20_000)
  await until('what is said', async () =>
    fleet.campaigns.members('c1').then(
      (members) => members?.length === 40,
      () => false,
    ),
  )
  expect(await fleet.junk()).toBe(9)
  const label = { campaign: 'c1', act: 'confirm', by: 'ops', note: '', atMs: 1 } as const
  expect(await fleet.campaigns.label(label)).toMatchObject({ id: 'c1' })
  const kinds = new Set<string>(detector.reports.map(({ what }) => what))
  expect([...kinds].toSorted()).toEqual(['labelled', 'level', 'problem'])
}, 40_000)

test('a label that somebody puts into the store again is not taken again, also after a take-over', async () => {
  const fleet = await detectFleet(redis.port)
  const first = fleet.detector()
  fleet.tell(marked('org_1'))
  await until('the mark', async () => (await fleet.marks())[0]?.level === 2)
  const label = { campaign: 'c1', act: 'dismiss', by: 'ops', note: '', atMs: 1 } as const
  expect(await fleet.campaigns.label(label)).toMatchObject({ state: 'dismissed' })
  const [[, fields] = ['', []]] = await redis.admin.xrange(fleet.keys.labels, '-', '+')
  fleet.tell(marked('org_1'))
  await until('the next mark', async () => (await fleet.marks())[0]?.level === 2)
  const replayed = async (): Promise<void> => {
    await redis.admin.xadd(fleet.keys.labels, '*', ...fields)
    // A true one after it: what was put there before has been read by then.
    const act = { ...label, act: 'confirm' } as const
    expect(await fleet.campaigns.label(act)).toMatchObject({ state: 'acting' })
    expect((await fleet.marks())[0]?.level).toBe(2)
  }
  await replayed()
  await first.close()
  fleet.detector()
  await replayed()
})

test('a lease that was taken away is said to be lost', async () => {
  const fleet = await detectFleet(redis.port)
  const detector = fleet.detector()
  await until('duty', () => detector.active())
  await redis.admin.set(fleet.keys.lease, 'another')
  await until('the report', () =>
    detector.reports.some(
      (one) => one.what === 'problem' && /lost while|another process/.test(one.because),
    ),
  )
  expect(detector.active()).toBe(false)
})

test('a lease holds for as long as its holder writes, however long that takes', async () => {
  const connection = createRedisConnection(addressOf(redis.port))
  await connection.readyWithin(5_000)
  const keys = createDetectKeys('test', 'ours')
  const lease = createDetectLease({ connection, keys, leaseMs: 60_000 })
  await lease.acquire()
  await redis.admin.pexpire(keys.lease, 5_000)
  await lease.fenced('SET', keys.aside, ['x'])
  expect(await redis.admin.pttl(keys.lease)).toBeGreaterThan(50_000)
  connection.close()
})

test('a state that the detector does not use is kept beside the next one', async () => {
  const fleet = await detectFleet(redis.port)
  const connection = createRedisConnection(addressOf(redis.port))
  await connection.readyWithin(5_000)
  const { keys } = fleet
  const sealing = createSealing(ROOT_KEY)
  const lease = createDetectLease({ connection, keys, leaseMs: 60_000 })
  const kept = createDetectState({ connection, keys, lease, sealing })
  await lease.acquire()
  await kept.save({ state: Buffer.from('of another version'), positions: {}, labels: [] })
  await lease.release()
  const detector = fleet.detector()
  fleet.tell(marked('org_1'))
  await until('the mark', async () => (await fleet.marks()).length === 1)
  await detector.close()
  expect(await redis.admin.exists(keys.head)).toBe(1)
  // Moved back by hand it counts again.
  await redis.admin.rename(keys.aside, keys.head)
  const loaded = await kept.load()
  expect(typeof loaded === 'object' && Buffer.from(loaded.state).toString()).toBe(
    'of another version',
  )
  connection.close()
})
