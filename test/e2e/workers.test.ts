import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createStandIn, type StandIn } from '../../src/demo/stand-in.ts'
import { decisionRows } from '../support/decision-records.ts'
import { startGuard, type GuardProcess } from '../support/guard-process.ts'
import { until } from '../support/wait.ts'
import { isAlive, keptClient, workersOf } from '../support/workers-rig.ts'

const QUOTA = 150
const ACCOUNTS = ['sk-workers', 'sk-limited'].map((credential, at) =>
  JSON.stringify({ id: `acct_${at}`, credentials: [credential], created_at: 1_700_000_000_000 }),
)
const POLICY = (then: string): string => `version: 1
tiers: [{ id: all, when: 'true', factor: 1 }]
rules:
  - { id: watched, when: 'request.model == "watched"', then: ${then} }
limits:
  - { id: calls, per: [account.id], when: 'account.id == "acct_1"', count: requests, quota: ${QUOTA}, window: 30d }
  - { id: at-once, per: [account.id], count: concurrent, quota: 64 }
`

describe('two workers', () => {
  let standIn: StandIn
  let guard: GuardProcess
  beforeAll(async () => {
    standIn = await createStandIn({ firstChunkDelayMs: 25 })
    guard = await startGuard({
      settings: {
        workers: 2,
        upstreams: [{ id: 'main', url: standIn.url, dialect: 'openai' }],
        accounts: { file: 'accounts.jsonl' },
      },
      policies: { 'policy.yaml': POLICY('allow') },
      files: { 'accounts.jsonl': `${ACCOUNTS.join('\n')}\n` },
    })
  })
  afterAll(async () => {
    await guard.stop()
    await standIn.close()
  })

  const edit = (text: string): void => {
    const file = join(guard.folder, 'test-policies/policy.yaml')
    writeFileSync(`${file}.new`, text)
    renameSync(`${file}.new`, file)
  }

  it('let a burst over both of them use a quota to the last call and no further, and count and record each once', async () => {
    const client = keptClient(guard.url, 24)
    const came = await Promise.all(
      Array.from({ length: QUOTA * 2 }, () => client.call({ key: 'sk-limited' })),
    )
    client.close()
    const served = came.filter(({ status }) => status === 200)
    expect(served).toHaveLength(QUOTA)
    expect(came.filter(({ status }) => status === 429)).toHaveLength(QUOTA)
    expect(new Set(came.map(({ id }) => id)).size).toBe(QUOTA * 2)

    await until('every call to be recorded', () => decisionRows(guard).length >= QUOTA * 2)
    const ids = decisionRows(guard).map((row) => row['stillwatch.decision.id'])
    expect(ids.toSorted()).toEqual(came.map(({ id }) => id).toSorted())

    const metrics = String((await guard.admin('/metrics')).body)
    const counted = (labels: string): number =>
      Number(new RegExp(`^stillwatch_calls_total\\{${labels}\\} (\\d+)`, 'm').exec(metrics)?.[1])
    expect(counted('dialect="openai",verdict="allow",outcome="served"')).toBe(QUOTA)
    expect(counted('dialect="openai",verdict="throttle",outcome="refused"')).toBe(QUOTA)
    expect(metrics).toMatch(/^stillwatch_workers 2$/m)
    expect(metrics).toMatch(/^stillwatch_workers_replaced_total 0$/m)
    expect(metrics).toMatch(/^stillwatch_build_info\{.*\} 1$/m)

    const { body } = await guard.admin('/api/v1/accounts/acct_1')
    expect(body).toMatchObject({
      limits: expect.arrayContaining([expect.objectContaining({ limit: 'calls', remaining: 0 })]),
    })
    const found = await guard.admin(`/api/v1/decisions/${served[0]?.id}`)
    expect(found.status).toBe(200)
  })

  it('have both put a policy in force by the time a reload is answered, and neither a bad one', async () => {
    const client = keptClient(guard.url, 12)
    const watched = async (): Promise<readonly number[]> => {
      const came = await Promise.all(
        Array.from({ length: 24 }, () => client.call({ model: 'watched' })),
      )
      return [...new Set(came.map(({ status }) => status))]
    }
    expect(await watched()).toEqual([200])
    for (const [then, status] of [
      ['deny', 403],
      ['allow', 200],
    ] as const) {
      edit(POLICY(then))
      const { body } = await guard.admin('/api/v1/policy/reload', { method: 'POST' })
      expect(body).toMatchObject({ stale: false })
      expect(await watched()).toEqual([status])
    }
    edit(POLICY('deny').replace('request.model', 'request.modle'))
    const bad = await guard.admin('/api/v1/policy/reload', { method: 'POST' })
    expect(bad.status).toBe(422)
    expect(await watched()).toEqual([200])
    expect(await guard.admin('/readyz')).toMatchObject({ body: { degraded: ['policy'] } })

    edit(POLICY('deny'))
    guard.child.kill('SIGHUP')
    await until('SIGHUP to reach both', async () => (await watched()).join() === '403')
    edit(POLICY('allow'))
    await until(
      'the change on the disk to reach both',
      async () => (await watched()).join() === '200',
    )
    client.close()
    expect(readFileSync(join(guard.folder, 'data/audit.ndjson'), 'utf8')).toContain('policy.reload')
  })

  it('learn of an account from each other, and keep it for the next start', async () => {
    const open = await startGuard({
      settings: {
        workers: 2,
        upstreams: [{ id: 'main', url: standIn.url, dialect: 'openai' }],
      },
      policies: {
        'policy.yaml': `version: 1
tiers: [{ id: all, when: 'true', factor: 1 }]
rules:
  - { id: known, when: 'request.model == "probe" && account.known', then: deny }
`,
      },
    })
    const first = keptClient(open.url, 1)
    expect(await first.call()).toMatchObject({ status: 200 })
    first.close()
    // Connections go to the workers by turns: eight of them reach both.
    const probes = async (url: string): Promise<string> => {
      const client = keptClient(url, 8)
      const came = await Promise.all(
        Array.from({ length: 8 }, () => client.call({ model: 'probe' })),
      )
      client.close()
      return [...new Set(came.map(({ status }) => status))].join()
    }
    await until('both workers to know', async () => (await probes(open.url)) === '403')
    expect(await open.stop()).toBe(0)
    const again = await startGuard({ folder: open.folder })
    expect(await probes(again.url)).toBe('403')
    expect(await again.stop()).toBe(0)
  })

  it('fail to start with one sentence where the port is taken', async () => {
    const { host } = new URL(guard.url)
    const second = startGuard({
      settings: {
        workers: 2,
        listen: host,
        upstreams: [{ id: 'main', url: standIn.url, dialect: 'openai' }],
      },
    })
    await expect(second).rejects.toThrow(
      /ended with 3[^]*stillwatch: [^\n]*EADDRINUSE[^\n]*free address/,
    )
  })

  it('drain on SIGTERM: streams under way end whole, and the program with 0', async () => {
    const workers = workersOf(guard)
    expect(workers).toHaveLength(2)
    // Terminals and service managers signal all processes at once.
    for (const pid of workers) process.kill(pid, 'SIGTERM')
    const slow = keptClient(guard.url, 8)
    const calls = Array.from({ length: 8 }, () => slow.call({ model: 'slow-m' }))
    await until('the calls to be under way', () => standIn.openStreams() === 8)
    const code = await guard.stop()
    const came = await Promise.all(calls)
    expect(came.map(({ status }) => status)).toEqual(Array(8).fill(200))
    expect(code).toBe(0)
    const recorded = new Set(decisionRows(guard).map((row) => row['stillwatch.decision.id']))
    expect(came.filter(({ id }) => !recorded.has(id))).toEqual([])
    expect(workers.filter(isAlive)).toEqual([])
    slow.close()
  })
})
