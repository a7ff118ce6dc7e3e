import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createStandIn, type StandIn } from '../../src/demo/stand-in.ts'
import { startGuard } from '../support/guard-process.ts'

const QUOTA = 100_000
const POLICY = `version: 1
tiers: [{ id: all, when: 'true', factor: 1 }]
limits:
  - { id: calls, per: [account.id], count: requests, quota: ${QUOTA}, window: 30d }
`
const ACCOUNT = { id: 'acct_1', credentials: ['sk-kill'], created_at: 1_700_000_000_000 }
const LOST_MS = 1_000

describe('kill -9 in the middle of load', () => {
  let standIn: StandIn
  beforeAll(async () => {
    standIn = await createStandIn()
  })
  afterAll(() => standIn.close())

  it('loses at most the last second of counters and records, and nothing else', async () => {
    const options = {
      settings: {
        upstreams: [{ id: 'main', url: standIn.url, dialect: 'openai' }],
        accounts: { file: 'accounts.jsonl' },
      },
      policies: { 'policy.yaml': POLICY },
      files: { 'accounts.jsonl': `${JSON.stringify(ACCOUNT)}\n` },
    }
    const first = await startGuard(options)
    const served: { readonly id: string; readonly atMs: number }[] = []
    let stop = false
    const caller = async (): Promise<void> => {
      while (!stop) {
        try {
          const answer = await fetch(`${first.url}/v1/chat/completions`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', authorization: 'Bearer sk-kill' },
            body: '{"model":"m","messages":[{"role":"user","content":"hi"}]}',
          })
          await answer.arrayBuffer()
          if (answer.status === 200) {
            served.push({
              id: answer.headers.get('x-stillwatch-decision') ?? '',
              atMs: performance.now(),
            })
          }
        } catch {
          stop = true
        }
      }
    }
    const callers = Array.from({ length: 8 }, caller)
    const startedMs = performance.now()
    while (performance.now() - startedMs < 3_000) await Promise.race(callers.concat(nextTurn()))
    const killedMs = performance.now()
    await first.kill()
    stop = true
    await Promise.all(callers)
    expect(served.length).toBeGreaterThan(100)

    const safe = served.filter(({ atMs }) => atMs < killedMs - LOST_MS)
    const second = await startGuard({ ...options, folder: first.folder })
    const { body } = await second.admin('/api/v1/accounts/acct_1')
    const view = body as { limits: readonly { limit: string; remaining: number }[] }
    const counted = QUOTA - (view.limits.find(({ limit }) => limit === 'calls')?.remaining ?? QUOTA)
    expect(counted).toBeGreaterThanOrEqual(safe.length)
    // Calls that were under way when the process died are counted, though no caller saw them served.
    expect(counted).toBeLessThanOrEqual(served.length + callers.length)

    const folder = join(first.folder, 'data/decisions')
    const lines = readdirSync(folder).flatMap((name) =>
      readFileSync(join(folder, name), 'utf8').split('\n'),
    )
    const recorded = new Set(
      lines.map((line) => /"stillwatch.decision.id":"(\w+)"/.exec(line)?.[1]),
    )
    expect(safe.filter(({ id }) => !recorded.has(id))).toEqual([])
    const last = safe.at(-1)?.id ?? ''
    expect(await second.admin(`/api/v1/decisions/${last}`)).toMatchObject({ status: 200 })
    expect(await second.stop()).toBe(0)
  })
})

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
