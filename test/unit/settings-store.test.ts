import { expect, it } from 'vitest'
import { redisOf, storeSettings } from '../../src/settings-store.ts'
import { clusterOptions, redisOptions } from '../../src/store/redis-address.ts'

const read = (store: unknown) => {
  const parsed = storeSettings.parse(store)
  return redisOf(parsed)
}
const complaintsOf = (store: unknown): readonly string[] => {
  const parsed = storeSettings.safeParse(store)
  return parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => [...path, message].join(' '))
}

it('keeps limits in memory unless told', () => {
  expect(read(undefined)).toBeUndefined()
  expect(read('memory')).toBeUndefined()
})

it('takes a URL for everything it can say', () => {
  expect(read({ redis: 'redis://localhost' })).toMatchObject({
    prefix: 'stillwatch',
    address: {
      at: { kind: 'single', node: { host: 'localhost', port: 6379 }, database: 0 },
      tls: undefined,
      username: undefined,
      password: undefined,
      commandTimeoutMs: 50,
    },
  })
  expect(read({ redis: 'rediss://guard:p%40ss@[::1]:7000/2' })).toMatchObject({
    address: {
      at: { node: { host: '::1', port: 7000 }, database: 2 },
      username: 'guard',
      password: 'p@ss',
      tls: { ca: undefined },
    },
  })
})

it('takes sentinels and clusters, with ports of their own where none is written', () => {
  const sentinel = read({
    redis: { sentinel: { name: 'guard', nodes: ['a:1', 'b'], password: 's' }, tls: { ca: 'PEM' } },
  })
  expect(sentinel).toMatchObject({
    address: {
      at: {
        kind: 'sentinel',
        name: 'guard',
        nodes: [
          { host: 'a', port: 1 },
          { host: 'b', port: 26379 },
        ],
        password: 's',
      },
      tls: { ca: 'PEM' },
    },
  })
  const cluster = read({
    redis: { cluster: { nodes: ['a', '[::1]:7'] }, password: 'p', prefix: 'x' },
  })
  expect(cluster).toMatchObject({
    prefix: 'x',
    address: {
      at: {
        kind: 'cluster',
        nodes: [
          { host: 'a', port: 6379 },
          { host: '::1', port: 7 },
        ],
      },
      password: 'p',
    },
  })
})

it('connects so that nothing waits and nothing is sent twice', () => {
  const single = read({ redis: 'rediss://u:p@h:1/3' })
  const cluster = read({ redis: { cluster: { nodes: ['a'] }, tls: { server_name: 'n' } } })
  if (single === undefined || cluster === undefined) throw new Error('no address')
  const common = {
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    noDelay: true,
    socketTimeout: 1_000,
    connectTimeout: 1_000,
  }
  expect(redisOptions(single.address)).toMatchObject({
    ...common,
    enableOfflineQueue: false,
    host: 'h',
    port: 1,
    db: 3,
    username: 'u',
    password: 'p',
    tls: {},
  })
  expect(clusterOptions(cluster.address)).toMatchObject({
    enableOfflineQueue: false,
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    redisOptions: { ...common, tls: { servername: 'n' } },
  })
  expect(() => redisOptions(cluster.address)).toThrow(TypeError)
})

it.each([
  ['mem', /not a store; write memory, or redis with a URL/],
  [5, /not a store; write/],
  [null, /not a store; write/],
  [{ redis: 'http://x' }, /not a URL of Redis; write redis:\/\//],
  [{ redis: 'redis://a%zz@h' }, /not a URL of Redis/],
  [{ redis: 'redis://h/?db=1' }, /not a URL of Redis/],
  [{ redis: 'redis://:pa/ss@h:1' }, /goes beside the url, as password/],
  [{ redis: { sentinel: { nodes: ['a:1'] } } }, /sentinel.name: a required key is missing/],
  [{ redis: {} }, /exactly one of url, sentinel, cluster/],
  [{ redis: { url: 'redis://h', cluster: { nodes: ['a'] } } }, /exactly one of/],
  [{ redis: { url: 'redis://h', colour: 1 } }, /redis .*"colour"/],
  [{ redis: { url: 'redis://h', command_timeout_ms: 1 } }, /command_timeout_ms/],
  [{ redis: { url: 'redis://h', prefix: 'a{b}' } }, /not a prefix; use letters/],
  [{ redis: { cluster: { nodes: [] } } }, /nodes no server; write/],
  [{ redis: { cluster: { nodes: ['a b'] } } }, /nodes 0 not a server; write host:port/],
  [{ redis: { cluster: { nodes: ['a:70000'] } } }, /nodes 0 not a server/],
  [{ redis: { url: 'redis://u:p@h', password: 'x' } }, /two credentials; write them/],
  [{ redis: { url: 'redis://h', tls: { cert: 'x' } } }, /half a certificate; write both/],
])('says what is wrong with %j', (store, complaint) => {
  expect(complaintsOf(store)).toEqual([expect.stringMatching(complaint)])
})
