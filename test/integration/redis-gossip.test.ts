import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { DAY_MS } from '../../src/core/time.ts'
import { SIGHTINGS_TOPIC } from '../../src/signals/sighting-learning.ts'
import { createRedisConnection } from '../../src/store/redis-connection.ts'
import {
  createRedisGossip,
  type GossipTrouble,
  type RedisGossip,
  type RedisGossipOptions,
} from '../../src/store/redis-gossip.ts'
import { aLearningReplica, FLEET_KEY, type LearningReplica } from '../support/learning-replica.ts'
import { startCluster } from '../support/redis-cluster.ts'
import { addressOf, startRedis, type RedisServer } from '../support/redis-server.ts'
import { until } from '../support/wait.ts'

const KEY = 'stillwatch:1:test:gossip:sightings'
const REQUESTS = 'velocity.requests_1d'

type Replica = LearningReplica & {
  readonly gossip: RedisGossip
  readonly troubles: GossipTrouble[]
}

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

const aServer = async (...args: readonly string[]): Promise<RedisServer> => {
  const server = await startRedis(args)
  closers.push(() => server.stop())
  return server
}

const on = (server: RedisServer): Pick<RedisGossipOptions, 'connect'> => ({
  connect: () => createRedisConnection(addressOf(server.port)).client,
})

const aGossip = (
  changes: Partial<RedisGossipOptions> & Pick<RedisGossipOptions, 'connect'>,
): { readonly gossip: RedisGossip; readonly troubles: GossipTrouble[] } => {
  const troubles: GossipTrouble[] = []
  const gossip = createRedisGossip({
    prefix: 'stillwatch',
    namespace: 'test',
    rootKey: FLEET_KEY,
    historyMs: { [SIGHTINGS_TOPIC]: DAY_MS },
    onTrouble: (trouble) => void troubles.push(trouble),
    ...changes,
  })
  closers.push(() => gossip.close())
  return { gossip, troubles }
}

const aReplica = (changes: Parameters<typeof aGossip>[0]): Replica => {
  const { gossip, troubles } = aGossip(changes)
  return { ...aLearningReplica({ gossip }), gossip, troubles }
}

const requests = (replica: Replica, account = 'acct_1'): unknown =>
  replica.fact(REQUESTS, { account })

const reaches = (replica: Replica, count: number, account = 'acct_1'): Promise<true> =>
  until(`${count} calls of ${account}`, () => requests(replica, account) === count)

describe('what one replica sees', () => {
  it('is known to all others within a second, and counted once by everybody', async () => {
    const server = await aServer()
    const replicas = [aReplica(on(server)), aReplica(on(server)), aReplica(on(server))]
    const [a, b, c] = replicas
    if (a === undefined || b === undefined || c === undefined) throw new Error('three replicas')
    a.sees()
    for (const replica of replicas) await reaches(replica, 1)
    const startedMs = performance.now()
    a.sees({ address: '192.0.2.1', entity: 'org_1' })
    b.sees({ address: '198.51.100.1', entity: 'org_2' })
    c.sees({ address: '198.51.100.2', account: 'acct_2', instrument: 'i'.repeat(22) })
    b.sees({ account: 'acct_3', instrument: 'i'.repeat(22) })
    for (const replica of replicas) await reaches(replica, 3)
    for (const replica of replicas) await reaches(replica, 1, 'acct_2')
    for (const replica of replicas) await reaches(replica, 1, 'acct_3')
    expect(performance.now() - startedMs).toBeLessThan(1_000)
    for (const replica of replicas) {
      expect(replica.fact('velocity.networks_1d')).toBe(3)
      expect(replica.fact('velocity.tokens_1d')).toBe(90)
      const network = { address: '198.51.100.9' }
      expect(replica.fact('velocity.network_entities_1d', network)).toBe(2)
      const paying = { instrument: 'i'.repeat(22) }
      expect(replica.fact('payment.instrument_entities', paying)).toBe(2)
    }
  })

  it('stands in Redis without any address, network or credential, and with a lifetime', async () => {
    const server = await aServer()
    const [a, b] = [aReplica(on(server)), aReplica(on(server))]
    a.sees({ address: '192.0.2.1' })
    await reaches(b, 1)
    const stored = JSON.stringify(await server.admin.xrange(KEY, '-', '+'))
    expect(stored).toContain('acct_1')
    expect(stored).not.toMatch(/192\.0\.2|sk-test/)
    expect(await server.admin.pttl(KEY)).toBeGreaterThan(DAY_MS)
    expect(await server.admin.keys('*')).toEqual([KEY])
  })

  it('is heard by a replica that starts later, as far as a day back', async () => {
    const server = await aServer()
    const a = aReplica(on(server))
    for (let n = 0; n < 500; n++) a.sees({ account: `acct_${n % 50}` })
    await until('all told', () => a.gossip.stats().waitingBytes === 0 && a.gossip.stats().told > 0)
    const late = aReplica(on(server))
    await reaches(late, 10, 'acct_49')
    expect(requests(late, 'acct_0')).toBe(10)
    const forgetful = aReplica({ ...on(server), historyMs: {} })
    await until('something new', () => {
      a.sees({ account: 'acct_new' })
      return Number(requests(forgetful, 'acct_new')) > 0
    })
    expect(requests(forgetful, 'acct_0')).toBe(0)
  })
})

describe('while Redis is gone', () => {
  it('what was seen is kept, arrives when it is back and is counted once', async () => {
    const server = await aServer('--appendonly', 'yes', '--appendfsync', 'always')
    const [a, b] = [aReplica(on(server)), aReplica(on(server))]
    let seen = 0
    const flow = setInterval(() => {
      a.sees()
      seen++
    }, 2)
    onTestFinished(() => clearInterval(flow))
    await until('a start', () => Number(requests(b)) > 50)
    for (let round = 1; round <= 3; round++) {
      await server.kill()
      await until('silence', () => a.troubles.length === 2 * round - 1)
      await server.restart()
      const before = seen
      await until('news after the restart', () => Number(requests(b)) > before)
    }
    clearInterval(flow)
    await reaches(b, seen)
    expect(requests(a)).toBe(seen)
    const late = aReplica(on(server))
    await reaches(late, seen)
    expect(a.gossip.stats().dropped).toBe(0)
    const kinds = a.troubles.map(({ kind }) => kind)
    expect(kinds.slice(0, 2)).toEqual(['silent', 'speaking'])
  })

  it('a hung one holds nobody up, and what was kept arrives once it goes on', async () => {
    const server = await aServer()
    const [a, b] = [aReplica(on(server)), aReplica(on(server))]
    a.sees()
    await reaches(b, 1)
    server.freeze()
    for (let n = 0; n < 20; n++) {
      const startedMs = performance.now()
      a.sees()
      expect(performance.now() - startedMs).toBeLessThan(20)
    }
    await until('an entry given up', () => a.troubles.some(({ kind }) => kind === 'silent'))
    server.thaw()
    await reaches(b, 21)
    expect(requests(a)).toBe(21)
  })

  it('no more is kept than fits, and the oldest is dropped and counted', async () => {
    const server = await aServer()
    const { gossip, troubles } = aGossip({ ...on(server), maxWaitingBytes: 10_000 })
    const { gossip: other } = aGossip(on(server))
    const heard: string[] = []
    other.hear('flood', (text) => heard.push(text))
    await until('a listener', async () =>
      String(await server.admin.client('LIST')).includes('xread'),
    )
    await server.kill()
    await until('a lost connection', () => {
      gossip.tell('flood', 'first')
      return troubles.some(({ kind }) => kind === 'silent')
    })
    for (let n = 0; n < 5_000; n++) gossip.tell('flood', `${n}`.padStart(100, '.'))
    const { dropped, waitingBytes } = gossip.stats()
    expect(waitingBytes).toBeLessThanOrEqual(10_000 + 5)
    expect(dropped).toBeGreaterThanOrEqual(4_900)
    await server.restart()
    await until('the last one', () => heard.at(-1)?.endsWith('.4999') === true)
    const numbers = heard.map((text) => Number(text.replaceAll('.', '')))
    expect(numbers.filter((n) => n >= 4_900)).toEqual(
      Array.from({ length: 100 }, (_, n) => 4_900 + n),
    )
  })
})

describe('what somebody else put into Redis', () => {
  it('is skipped and counted, and nothing is learned from it', async () => {
    const server = await aServer()
    const [a, b] = [aReplica(on(server)), aReplica(on(server))]
    a.sees()
    await reaches(b, 1)
    const [, fields] = (await server.admin.xrange(KEY, '-', '+'))[0] ?? ['', []]
    const forged = fields.map((field) => field.replaceAll('acct_1', 'acct_x'))
    const junk: readonly (readonly string[])[] = [
      ['a', 'b'],
      ['f', 'x'.repeat(12), 'n', '1', 'm', 'x', 't', '[1]'],
      ['\u0000', '\uffff'.repeat(10_000)],
      ['t', 'x'.repeat(2_000_000)],
      Array.from({ length: 2_000 }, () => 't'),
      forged,
      fields.with(3, '999'),
    ]
    for (const entry of junk) await server.admin.xadd(KEY, '*', ...entry)
    // A replay of what was really said is no junk, and no news either.
    await server.admin.xadd(KEY, '*', ...fields)
    a.sees()
    await reaches(b, 2)
    expect(b.gossip.stats().junk).toBe(junk.length)
    expect(b.fact(REQUESTS, { account: 'acct_x' })).toBe(0)
    expect(b.troubles.every(({ kind }) => kind === 'junk')).toBe(true)
  })

  it('is not believed where it was said with another secret', async () => {
    const server = await aServer()
    const stranger = aReplica({ ...on(server), rootKey: new Uint8Array(32).fill(8) })
    const b = aReplica(on(server))
    stranger.sees()
    await until('junk', () => b.gossip.stats().junk > 0)
    expect(requests(b)).toBe(0)
  })

  it('gives way to the stream again: a wrong type, ids used up, everything flushed', async () => {
    const server = await aServer()
    const [a, b] = [aReplica(on(server)), aReplica(on(server))]
    a.sees()
    await reaches(b, 1)
    await server.admin.set(KEY, 'something else')
    a.sees()
    await reaches(b, 2)
    await server.admin.xadd(KEY, '18446744073709551615-18446744073709551615', 'a', 'b')
    await until('the end of all ids', () => b.gossip.stats().junk > 0)
    a.sees()
    await reaches(b, 3)
    await server.admin.flushall()
    a.sees()
    await reaches(b, 4)
    expect(a.troubles.filter(({ kind }) => kind === 'repaired')).toHaveLength(2)
  })
})

describe('in a Cluster', () => {
  it('a topic lies on one node and reaches everybody', async () => {
    const cluster = await startCluster()
    closers.push(() => cluster.stop())
    const connect = () => createRedisConnection(cluster.address).client
    const [a, b] = [aReplica({ connect }), aReplica({ connect })]
    a.sees()
    await reaches(b, 1)
    b.sees()
    await reaches(a, 2)
    expect(requests(b)).toBe(2)
  })
})

describe('a flood', () => {
  it('takes no more of Redis than is set aside', async () => {
    const server = await aServer()
    const { gossip } = aGossip({ ...on(server), maxStreamBytes: 1_000_000 })
    gossip.hear('flood', () => undefined)
    const text = 'x'.repeat(50_000)
    for (let n = 0; n < 400; n++) {
      gossip.tell('flood', text)
      if (n % 20 === 0) await until('room', () => gossip.stats().waitingBytes < 2_000_000)
    }
    await until('all told', () => gossip.stats().told === 400)
    const used = await server.admin.memory('USAGE', 'stillwatch:1:test:gossip:flood')
    expect(Number(used)).toBeLessThan(20_000_000)
    expect(Number(used)).toBeGreaterThan(0)
  })
})
