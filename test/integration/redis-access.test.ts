import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { aRedisStore, claimOn, ledgerOf, opened, outcomeOf } from '../support/a-redis-store.ts'
import { addressOf, freePort, startRedis, type RedisServer } from '../support/redis-server.ts'
import { until } from '../support/wait.ts'

let server: RedisServer
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.stop())

it('says nothing of a server that is fit, and warns of one that may evict counters', async () => {
  const store = aRedisStore(addressOf(server.port))
  expect(await store.check()).toEqual([])
  await server.admin.config('SET', 'maxmemory', '100mb', 'maxmemory-policy', 'allkeys-lru')
  onTestFinished(
    async () =>
      void (await server.admin.config('SET', 'maxmemory', '0', 'maxmemory-policy', 'noeviction')),
  )
  expect(await store.check()).toEqual([
    expect.stringMatching(/allkeys-lru.*set maxmemory-policy noeviction/),
  ])
})

it('says that limits cannot be shared where scripts are forbidden, and is refused', async () => {
  await server.admin.acl('SETUSER', 'plain', 'on', '>secret-word', '~*', '+@all', '-@scripting')
  const problems: unknown[] = []
  const store = aRedisStore(
    addressOf(server.port, { username: 'plain', password: 'secret-word' }),
    { onProblem: (problem) => problems.push(problem) },
  )
  await until('a connection', () => store.state().connected)
  const sentences = await store.check()
  expect(sentences).toEqual([expect.stringMatching(/limits cannot be shared.*NOPERM/)])
  expect((await outcomeOf(ledgerOf(store).open())).kind).toBe('refused')
  expect(JSON.stringify([sentences, problems])).not.toContain('secret-word')
})

it('works for a user that may do no more than it needs on its own keys', async () => {
  await server.admin.acl(
    'SETUSER',
    'guard',
    'on',
    '>secret-word',
    '~test:*',
    '-@all',
    ...'+evalsha +eval +hello +auth +ping +info +client +time +mget +set +exists'.split(' '),
    ...'+del +pexpire +type +hset +hgetall +hdel'.split(' '),
  )
  const store = aRedisStore(addressOf(server.port, { username: 'guard', password: 'secret-word' }))
  const ledger = await opened(store)
  const claims = [claimOn(), claimOn({ lo: 2, concurrent: true })]
  expect((await ledger.take(claims)).admitted).toBe(true)
  await ledger.hold([{ hi: 0, lo: 2, running: 0 }])
  expect(await store.presence.beat('here')).toEqual([{ id: 'one', note: 'here' }])
  expect(await store.check()).toEqual([])
})

it('says once why it cannot connect, without the password', async () => {
  await server.admin.acl('SETUSER', 'guard', 'on', '>another-word')
  const problems: { readonly kind: string; readonly text?: string }[] = []
  const store = aRedisStore(addressOf(server.port, { username: 'guard', password: 'wrong-word' }), {
    onProblem: (problem) => problems.push(problem),
  })
  await until('a complaint', () => problems.length > 0)
  expect(problems[0]).toMatchObject({ kind: 'connection' })
  expect(JSON.stringify([problems, store.state()])).not.toContain('wrong-word')
  expect((await outcomeOf(ledgerOf(store).take([claimOn()]))).kind).toMatch(/unreachable|forgotten/)
  expect(await store.check()).toEqual([expect.stringMatching(/not connected/)])
})

it('speaks TLS, and not to a server whose certificate it has no reason to trust', async () => {
  const fixture = (name: string): string =>
    new URL(`../fixtures/tls/${name}`, import.meta.url).pathname
  const tlsPort = await freePort()
  const secure = await startRedis([
    '--tls-port',
    `${tlsPort}`,
    '--tls-cert-file',
    fixture('localhost.pem'),
    '--tls-key-file',
    fixture('localhost-key.pem'),
    '--tls-auth-clients',
    'no',
  ])
  onTestFinished(() => secure.stop())
  const tls = { ca: undefined, cert: undefined, key: undefined, serverName: 'localhost' }
  const ca = readFileSync(fixture('localhost.pem'), 'utf8')
  const store = aRedisStore(addressOf(tlsPort, { tls: { ...tls, ca } }))
  expect((await (await opened(store)).take([claimOn()])).admitted).toBe(true)

  const wary = aRedisStore(addressOf(tlsPort, { tls }))
  await until('a complaint', () => /self.signed/i.test(wary.state().trouble ?? ''))
  expect(wary.state().connected).toBe(false)
})
