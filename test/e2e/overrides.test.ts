import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createStandIn, type StandIn } from '../../src/demo/stand-in.ts'
import { redisStore } from '../support/challenging-fleet.ts'
import { sharing } from '../support/guard-fleet.ts'
import type { GuardProcess } from '../support/guard-process.ts'
import { callAs, endOverride, override, startOverriding } from '../support/overriding-guard.ts'
import { startRedis } from '../support/redis-server.ts'
import { until } from '../support/wait.ts'
import { workersOf } from '../support/workers-rig.ts'

let standIn: StandIn

beforeAll(async () => {
  standIn = await createStandIn()
})
afterAll(() => standIn.close())

const start = async (settings: object = {}, folder?: string): Promise<GuardProcess> => {
  const guard = await startOverriding({
    upstreamUrl: standIn.url,
    settings,
    ...(folder !== undefined && { folder }),
  })
  onTestFinished(() => guard.kill())
  return guard
}
const statuses = (guards: readonly GuardProcess[], key: string): Promise<readonly number[]> =>
  Promise.all(guards.map((guard) => callAs(guard, key)))
const recordOf = async (guard: GuardProcess, rule: string): Promise<unknown> =>
  until('the record', async () => {
    const { body } = await guard.admin(`/api/v1/decisions?rule=${encodeURIComponent(rule)}`)
    // The body is the guard's own JSON.
    return (body as { readonly decisions: readonly unknown[] }).decisions[0]
  })

describe('an override of one guard', () => {
  it('decides the next call, stands in its record and its metrics, and never skips a limit', async () => {
    const guard = await start()
    expect(await callAs(guard, 'closed-0')).toBe(403)
    const allowed = await override(guard, { account: 'closed_0' }, 'allow')
    expect(await callAs(guard, 'closed-1')).toBe(403)
    expect(await callAs(guard, 'closed-0')).toBe(200)
    expect(await callAs(guard, 'closed-0')).toBe(200)
    expect(await callAs(guard, 'closed-0')).toBe(200)
    expect(await callAs(guard, 'closed-0')).toBe(429)
    const denied = await override(guard, { entity: 'org_open' }, 'deny')
    expect(await callAs(guard, 'open-2')).toBe(403)
    expect(await recordOf(guard, `override:${denied}`)).toMatchObject({
      'stillwatch.verdict': 'deny',
      'stillwatch.rule.id': `override:${denied}`,
      'stillwatch.rule.why': 'an operator refuses this caller',
      'stillwatch.facts': { 'override.verdict': 'deny', 'override.id': denied },
    })
    const { body } = await guard.admin('/metrics')
    expect(body).toMatch(/stillwatch_rule_hits_total\{rule="override:allow",mode="enforce"\} 4/)
    expect(body).toMatch(/stillwatch_overrides\{verdict="deny"\} 1/)
    expect(body).not.toContain(allowed)
    await endOverride(guard, denied)
    expect(await callAs(guard, 'open-2')).toBe(200)
  })

  it('outlives kill -9, as does its end', async () => {
    const guard = await start()
    await override(guard, { account: 'closed_0' }, 'allow')
    const over = await override(guard, { account: 'open_0' }, 'deny')
    await endOverride(guard, over)
    await guard.kill()
    const again = await start({}, guard.folder)
    expect(await callAs(again, 'closed-0')).toBe(200)
    expect(await callAs(again, 'open-0')).toBe(200)
  })

  it('holds in every worker, and in one that takes the place of another', async () => {
    const guard = await start({ workers: 2 })
    const id = await override(guard, { account: 'open_1' }, 'deny')
    const seen = await until('all workers to refuse', async () => {
      const said = await Promise.all(Array.from({ length: 8 }, () => callAs(guard, 'open-1')))
      return said.every((status) => status === 403) && said
    })
    expect(seen).toHaveLength(8)
    const before = workersOf(guard)
    for (const pid of before) process.kill(pid, 'SIGKILL')
    await until('others in their place', () => {
      const now = workersOf(guard)
      return now.length === 2 && now.every((pid) => !before.includes(pid))
    })
    // Nobody listens for a moment.
    const first = await until('a call', () => callAs(guard, 'open-1').catch(() => false as const))
    expect(first).toBe(403)
    await endOverride(guard, id)
    await until('all workers to let pass', async () => {
      const said = await Promise.all(Array.from({ length: 8 }, () => callAs(guard, 'open-1')))
      return said.every((status) => status !== 403)
    })
  })
})

describe('an override of a fleet', () => {
  it('holds in every replica, also after its store was wiped and everything was killed', async () => {
    const redis = await startRedis()
    onTestFinished(() => redis.stop())
    const settings = { store: redisStore(redis.port) }
    const guards = await Promise.all([start(settings), start(settings), start(settings)])
    await sharing(guards)
    const [first, second] = guards
    if (first === undefined || second === undefined) throw new Error('there is no guard')
    await override(first, { account: 'closed_0' }, 'allow')
    const ended = await override(second, { account: 'open_0' }, 'deny')
    await until('all to have heard', async () =>
      [...(await statuses(guards, 'closed-1')), ...(await statuses(guards, 'open-0'))].every(
        (status) => status === 403,
      ),
    )
    await until('all to let pass', async () =>
      (await statuses(guards, 'closed-0')).every((status) => status !== 403),
    )
    await endOverride(first, ended)
    await until('all to know the end', async () =>
      (await statuses(guards, 'open-0')).every((status) => status !== 403),
    )

    await redis.admin.flushall()
    expect((await statuses(guards, 'closed-0')).every((status) => status !== 403)).toBe(true)
    await until('what was wiped to be put back', async () => {
      const keys = await redis.admin.keys('*:overrides')
      return keys.length === 1 && (await redis.admin.hlen(keys[0] ?? '')) === 3
    })

    await Promise.all(guards.map((guard) => guard.kill()))
    await redis.restart()
    const again = await start(settings, first.folder)
    expect(await callAs(again, 'closed-0')).not.toBe(403)
    expect(await callAs(again, 'closed-1')).toBe(403)
    expect(await callAs(again, 'open-0')).not.toBe(403)
  })
})
