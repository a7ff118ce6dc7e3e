import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { startGuard, type GuardOptions, type GuardProcess } from '../support/guard-process.ts'
import { readSwitches, writeSwitches } from '../support/switching.ts'
import { until } from '../support/wait.ts'
import { keptClient, workersOf } from '../support/workers-rig.ts'

const POLICIES = {
  'policy.yaml': `version: 1
tiers: [{ id: all, when: 'true', factor: 1 }]
rules:
  - { id: open, when: 'true', then: tag }
  - { id: shut, when: 'true', then: deny }
`,
}
const why = 'it hits customers'

describe('a switch of a real guard', () => {
  const guards: GuardProcess[] = []
  afterEach(async () => {
    for (const guard of guards.splice(0)) await guard.kill()
  })
  const start = async (options: GuardOptions = {}): Promise<GuardProcess> => {
    const settings = {
      upstreams: [{ id: 'main', url: 'http://127.0.0.1:1', dialect: 'openai' }],
      accounts: undefined,
      ...options.settings,
    }
    const guard = await startGuard({ policies: POLICIES, ...options, settings })
    guards.push(guard)
    return guard
  }
  /** How each of several calls on new connections ended: 403 where the rule denies, else 502. */
  const statuses = async (guard: GuardProcess): Promise<readonly number[]> => {
    const all: number[] = []
    for (let at = 0; at < 8; at++) {
      const client = keptClient(guard.url, 1)
      all.push((await client.call()).status)
      client.close()
    }
    return [...new Set(all)]
  }

  it('is in force at once, outlives kill -9, and is shown beside the files until it is taken back', async () => {
    const guard = await start()
    expect(await statuses(guard)).toEqual([403])
    const set = await writeSwitches(guard, 'PUT', '/shut', { mode: 'shadow', why }, 0)
    expect([set.status, set.body.version]).toEqual([200, 1])
    expect(await statuses(guard)).toEqual([502])
    await guard.kill()

    const again = await start({ folder: guard.folder })
    expect(await statuses(again)).toEqual([502])
    const { body } = await again.admin('/api/v1/policy')
    expect(body).toMatchObject({
      rules: [
        { id: 'open', differs: false },
        {
          id: 'shut',
          mode: 'shadow',
          written: { mode: 'enforce', rollout: 100 },
          differs: true,
          switch: { by: 'test', why, confirmed: true },
        },
      ],
      unmatched_switches: [],
    })
    expect((await again.admin('/metrics')).body).toContain('stillwatch_switches{state="set"} 1')
    const reset = await writeSwitches(again, 'POST', '/reset', {}, '*')
    expect([reset.status, reset.body.version, reset.body.switches]).toEqual([200, 2, []])
    expect(await statuses(again)).toEqual([403])
    const audit = await again.admin('/api/v1/audit')
    expect(JSON.stringify(audit.body)).toContain('switch.reset')
    expect(again.output()).toContain('switch taken back')
  })

  it('that nobody confirmed returns by itself, over a restart, and the audit says so', async () => {
    const guard = await start()
    const set = await writeSwitches(guard, 'PUT', '/shut', { mode: 'off', for: '12s', why }, 0)
    expect(set.body.switches).toMatchObject([{ id: 'shut', confirmed: false }])
    expect(await statuses(guard)).toEqual([502])
    await guard.kill()
    const again = await start({ folder: guard.folder })
    await until(
      'the rule to be as the file says',
      async () => (await statuses(again))[0] === 403,
      30_000,
    )
    await until('the switch to be taken out', async () => (await readSwitches(again)).version === 2)
    await until('the audit', async () => {
      const { body } = await again.admin('/api/v1/audit')
      return JSON.stringify(body).includes('switch.returned')
    })
  })

  it('is kept for a rule that is gone from the files, and shown as of no effect', async () => {
    const guard = await start()
    await writeSwitches(guard, 'PUT', '/shut', { mode: 'off', why }, 0)
    writeFileSync(
      join(guard.folder, 'test-policies/policy.yaml'),
      POLICIES['policy.yaml'].replace('id: shut', 'id: closed'),
    )
    await guard.admin('/api/v1/policy/reload', { method: 'POST' })
    expect(await statuses(guard)).toEqual([403])
    const { body } = await guard.admin('/api/v1/policy')
    expect(body).toMatchObject({ unmatched_switches: [{ id: 'shut', in_files: false }] })
    expect((await guard.admin('/metrics')).body).toContain(
      'stillwatch_switches{state="unmatched"} 1',
    )
  })

  it('reaches all workers, and one that takes the place of another', async () => {
    const guard = await start({ settings: { workers: 2 } })
    expect(await statuses(guard)).toEqual([403])
    await writeSwitches(guard, 'PUT', '/shut', { mode: 'shadow', why }, 0)
    await until('both workers to follow', async () => {
      const all = await statuses(guard)
      return all.length === 1 && all[0] === 502
    })
    const before = workersOf(guard)
    for (const pid of before) process.kill(pid, 'SIGKILL')
    await until('new workers', async () => {
      const now = workersOf(guard)
      const { status } = await guard.admin('/readyz')
      return now.length === 2 && now.every((pid) => !before.includes(pid)) && status === 200
    })
    await until('both to take calls', async () => !(await statuses(guard)).includes(0))
    expect(await statuses(guard)).toEqual([502])
  })
})
