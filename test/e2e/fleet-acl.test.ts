import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createStandIn, type StandIn } from '../../src/demo/stand-in.ts'
import { startGuard, type GuardProcess } from '../support/guard-process.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'
import { until } from '../support/wait.ts'

const PASSWORD = 'not-the-password-of-anything'

/** The permissions the README names, so that it is those that are tried. */
const permissions = (): readonly string[] => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const named = /`(~stillwatch:\*)` and\s+`([^`]+)`/.exec(readme)
  if (named === null) throw new Error('the README names no permissions')
  return [named[1] ?? '', ...(named[2] ?? '').split(/\s+/)]
}

describe('a fleet whose Redis user may do what the README says', () => {
  let redis: RedisServer
  let standIn: StandIn
  let guard: GuardProcess
  beforeAll(async () => {
    redis = await startRedis()
    standIn = await createStandIn()
    await redis.admin.call('ACL', 'SETUSER', 'guard', 'on', `>${PASSWORD}`, ...permissions())
    guard = await startGuard({
      settings: {
        upstreams: [{ id: 'main', url: standIn.url, dialect: 'openai' }],
        store: {
          redis: { url: `redis://127.0.0.1:${redis.port}`, username: 'guard', password: PASSWORD },
        },
        secret: 'a secret that is long enough for a fleet',
      },
    })
  })
  afterAll(async () => {
    await guard.stop()
    await standIn.close()
    await redis.stop()
  })

  it('shares limits, what it learned and attempts, and is refused nothing', async () => {
    await until('the store to be trusted', async () => {
      const { body } = await guard.admin('/api/v1/fleet')
      // The admin API's own answer, whose form its tests hold.
      return !(body as { readonly degraded: boolean }).degraded
    })
    for (let call = 0; call < 3; call++) {
      const answer = await fetch(`${guard.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer sk-acl' },
        body: '{"model":"m","messages":[{"role":"user","content":"hi"}]}',
      })
      await answer.arrayBuffer()
      expect(answer.status).toBe(200)
    }
    const wrong = await fetch(`${guard.adminUrl}/api/v1/fleet`, {
      headers: { authorization: 'Bearer wrong' },
    })
    expect(wrong.status).toBe(401)
    const keysWith = async (part: string) => (await redis.admin.keys(`*${part}*`)).length
    await until('what was learned to be told', async () => (await keysWith(':gossip:')) > 0)
    await until('the attempt to be counted', async () => (await keysWith(':attempts')) > 0)
    await until('the fleet to be named', async () => (await keysWith(':fleets')) > 0)
    expect(await redis.admin.call('ACL', 'LOG')).toEqual([])
    expect(guard.output()).not.toContain('NOPERM')
    expect(guard.output()).not.toContain(PASSWORD)
  })
})
