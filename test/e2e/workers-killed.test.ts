import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createStandIn, type StandIn } from '../../src/demo/stand-in.ts'
import { decisionRows } from '../support/decision-records.ts'
import { startGuard, type GuardProcess } from '../support/guard-process.ts'
import { until } from '../support/wait.ts'
import { isAlive, keptClient, workersOf, type Came } from '../support/workers-rig.ts'

const QUOTA = 100_000
const AT_ONCE = 16
const ROUNDS = 10
const ABREAST = 4
const ACCOUNT = { id: 'acct_1', credentials: ['sk-workers'], created_at: 1_700_000_000_000 }
const POLICY = `version: 1
tiers: [{ id: all, when: 'true', factor: 1 }]
limits:
  - { id: calls, per: [account.id], count: requests, quota: ${QUOTA}, window: 30d }
  - { id: at-once, per: [account.id], count: concurrent, quota: ${AT_ONCE} }
`

describe('of two workers', () => {
  let standIn: StandIn
  let guard: GuardProcess
  beforeAll(async () => {
    standIn = await createStandIn({ firstChunkDelayMs: 5 })
    guard = await startGuard({
      settings: {
        workers: 2,
        upstreams: [{ id: 'main', url: standIn.url, dialect: 'openai' }],
        accounts: { file: 'accounts.jsonl' },
      },
      policies: { 'policy.yaml': POLICY },
      files: { 'accounts.jsonl': `${JSON.stringify(ACCOUNT)}\n` },
    })
  })
  const load = { on: true }
  afterAll(async () => {
    load.on = false
    await guard.stop()
    await standIn.close()
  })

  const limit = async (id: string): Promise<number> => {
    const { body } = await guard.admin('/api/v1/accounts/acct_1')
    const view = body as { limits: readonly { limit: string; consumed: number }[] }
    return view.limits.find((one) => one.limit === id)?.consumed ?? -1
  }
  const counted = async (metric: string): Promise<number> => {
    const { body } = await guard.admin('/metrics')
    return Number(
      new RegExp(`^${metric}(?:\\{[^}]*outcome="served"\\})? (\\d+)`, 'm').exec(String(body))?.[1],
    )
  }

  /** Workers that were ready so far, the first two included. */
  const everReady = (): number => guard.output().split('"msg":"worker takes calls"').length - 1

  it('one that is killed costs its own calls and nobody else, and is replaced', async () => {
    const client = keptClient(guard.url, 12)
    const came: Came[] = []
    const callers = Array.from({ length: 12 }, async () => {
      while (load.on) came.push(await client.call())
    })
    await until('the load to arrive', () => came.length > 200)
    const workers = workersOf(guard)
    expect(workers).toHaveLength(2)
    const [victim = -1, other = -1] = workers
    process.kill(victim, 'SIGKILL')
    await until('the load to go on', () => came.length > 400)
    await until('another to take its place', () => everReady() === 3, 20_000)
    expect(await counted('stillwatch_workers')).toBe(2)
    const now = workersOf(guard)
    expect(now).toHaveLength(2)
    expect(now).toContain(other)
    expect(now).not.toContain(victim)
    expect(await counted('stillwatch_workers_replaced_total')).toBe(1)
    expect(guard.output()).toContain('worker died and is replaced')
    const before = came.length
    await until('the load to go on', () => came.length > before + 200)
    load.on = false
    await Promise.all(callers)
    client.close()

    // Each of the twelve had one call under way at most; the other worker's came to no harm.
    const broken = came.filter(({ status }) => status === 0)
    const served = came.filter(({ status }) => status === 200)
    expect(broken.length).toBeGreaterThan(0)
    expect(broken.length).toBeLessThan(12)
    expect(broken.length + served.length).toBe(came.length)

    await until('running calls to fall back', async () => (await limit('at-once')) === 0)
    const charged = await limit('calls')
    expect(charged).toBeGreaterThanOrEqual(served.length)
    expect(charged).toBeLessThanOrEqual(came.length)

    // What a caller saw served was recorded, but for the victim's last 20 ms, of at least 5 a call.
    const recorded = await until('the records', () => {
      const ids = decisionRows(guard).map((row) => row['stillwatch.decision.id'])
      const known = new Set(ids)
      return served.filter(({ id }) => !known.has(id)).length < 12 * 4 && ids
    })
    expect(new Set(recorded).size).toBe(recorded.length)
    // Metrics of the victim's last second may be missing, but what was scraped does not go back.
    const total = await counted('stillwatch_calls_total')
    expect(total).toBeGreaterThan(came.length - 400)
    expect(total).toBeLessThanOrEqual(came.length)
  })

  it('running calls of a killed one fall back at once, so that its callers are let in again', async () => {
    const slow = keptClient(guard.url, AT_ONCE)
    const calls = Array.from({ length: AT_ONCE }, () => slow.call({ model: 'slow-m' }))
    await until('all places to be taken', () => standIn.openStreams() === AT_ONCE)
    for (const pid of workersOf(guard)) process.kill(pid, 'SIGKILL')
    await Promise.all(calls)
    slow.close()
    await until('both to be replaced', () => everReady() === 5, 20_000)
    expect(await limit('at-once')).toBe(0)
    const client = keptClient(guard.url, AT_ONCE)
    const came = await Promise.all(Array.from({ length: AT_ONCE }, () => client.call()))
    client.close()
    expect(came.map(({ status }) => status)).toEqual(Array(AT_ONCE).fill(200))
  })

  it('a connection that was handed to one which dies before it takes it comes to an end', async () => {
    const [hangs = -1] = workersOf(guard)
    process.kill(hangs, 'SIGSTOP')
    const clients = Array.from({ length: 6 }, () => keptClient(guard.url, 1))
    const came: Came[] = []
    const calls = clients.map(async (client) => came.push(await client.call()))
    // One at a time is handed to the one that hangs; the other serves the rest.
    await until('the others to be served', () => came.length === 5)
    const ready = everReady()
    process.kill(hangs, 'SIGKILL')
    await until('all to come to an end', () => came.length === 6)
    await Promise.all(calls)
    for (const client of clients) client.close()
    expect(came.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      0, 200, 200, 200, 200, 200,
    ])
    await until('it to be replaced', () => everReady() === ready + 1, 20_000)
  })

  it('both go on while the primary hangs, and agree again when it does not', async () => {
    // Fewer than the share of one process, however the connections fell and many it takes there to be.
    const client = keptClient(guard.url, ABREAST)
    const burst = async (): Promise<readonly number[]> => {
      const came = await Promise.all(Array.from({ length: ABREAST }, () => client.call()))
      return came.map(({ status }) => status)
    }
    expect(await burst()).toEqual(Array(ABREAST).fill(200))
    const before = await limit('calls')
    guard.child.kill('SIGSTOP')
    try {
      for (let round = 0; round < ROUNDS; round++) {
        expect(await burst()).toEqual(Array(ABREAST).fill(200))
      }
    } finally {
      guard.child.kill('SIGCONT')
    }
    const brought = await until('what was counted meanwhile to be brought', async () => {
      const now = await limit('calls')
      return now >= before + ROUNDS * ABREAST && now
    })
    // Calls that were asking when it stopped are counted by it too, once it goes on.
    expect(brought).toBeLessThanOrEqual(before + (ROUNDS + 1) * ABREAST)
    expect(guard.output()).toContain('limits go on by the share of this process')
    await until('nothing to be degraded', async () => {
      const { body } = await guard.admin('/readyz')
      return (body as { degraded: readonly string[] }).degraded.length === 0
    })
    expect(await burst()).toEqual(Array(ABREAST).fill(200))
    client.close()
  })

  it('none outlives a primary that is killed', async () => {
    const workers = workersOf(guard)
    expect(workers).toHaveLength(2)
    await guard.kill()
    await until('the workers to end', () => workers.every((pid) => !isAlive(pid)))
  })
})
