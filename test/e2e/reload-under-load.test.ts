import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import autocannon, { type Report } from 'autocannon'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createStandIn, type StandIn } from '../../src/demo/stand-in.ts'
import { startGuard, type GuardProcess } from '../support/guard-process.ts'
import { until } from '../support/wait.ts'

const POLICY = (then: string): string => `version: 1
tiers: [{ id: all, when: 'true', factor: 1 }]
rules:
  - { id: watched, when: 'request.model == "watched"', then: ${then} }
`

/** Loads the guard until the test ends it. */
const startLoad = (url: string): { report(): Promise<Report> } => {
  let stop = (): void => {}
  const report = new Promise<Report>((resolve, reject) => {
    const options = {
      url: `${url}/v1/chat/completions`,
      connections: 16,
      duration: 50,
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer sk-load' },
      body: '{"model":"other","messages":[{"role":"user","content":"hi"}]}',
    }
    const load = autocannon(options, (error, seen) =>
      error === null ? resolve(seen) : reject(error),
    )
    stop = () => load.stop()
  })
  return {
    report: () => {
      stop()
      return report
    },
  }
}

describe('a policy edited while the guard is under load', () => {
  let standIn: StandIn
  let guard: GuardProcess

  const watched = async (): Promise<number> => {
    const answer = await fetch(`${guard.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer sk-watch' },
      body: '{"model":"watched","messages":[{"role":"user","content":"hi"}]}',
    })
    await answer.arrayBuffer()
    return answer.status
  }
  const edit = (text: string): void => {
    const file = join(guard.folder, 'test-policies/policy.yaml')
    // The way editors save: a new file takes the place of the old one.
    writeFileSync(`${file}.new`, text)
    renameSync(`${file}.new`, file)
  }

  beforeAll(async () => {
    standIn = await createStandIn()
    guard = await startGuard({
      settings: { upstreams: [{ id: 'main', url: standIn.url, dialect: 'openai' }] },
      policies: { 'policy.yaml': POLICY('allow') },
    })
  })
  afterAll(async () => {
    await guard.stop()
    await standIn.close()
  })

  it('changes verdicts within a second, fails no call, and a broken edit changes nothing', async () => {
    expect(await watched()).toBe(200)
    const load = startLoad(guard.url)
    await until('the load to arrive', () => standIn.calls.length > 100)

    for (const [then, status] of [
      ['deny', 403],
      ['allow', 200],
      ['throttle', 429],
      ['allow', 200],
    ] as const) {
      edit(POLICY(then))
      const editedMs = performance.now()
      await until(`verdict ${then}`, async () => (await watched()) === status)
      expect(performance.now() - editedMs).toBeLessThan(1_000)
    }

    const before = (await guard.admin('/api/v1/policy')).body as { revision: string }
    edit(POLICY('allow').replace('request.model', 'request.modle'))
    const broken = await until('the broken edit to be noticed', async () => {
      const { body } = await guard.admin('/api/v1/policy')
      const view = body as {
        stale: boolean
        revision: string
        problems: readonly { line: number; what: string }[]
      }
      return view.stale && view
    })
    expect(broken.revision).toBe(before.revision)
    expect(broken.problems).toEqual([
      expect.objectContaining({ line: 4, what: expect.stringContaining('modle') }),
    ])
    expect(await watched()).toBe(200)
    const ready = await guard.admin('/readyz')
    expect(ready).toMatchObject({ status: 200, body: { degraded: ['policy'] } })
    expect(await guard.admin('/metrics')).toMatchObject({
      body: expect.stringContaining('stillwatch_policy_stale 1'),
    })

    edit(POLICY('deny'))
    await until('the mended edit to count', async () => (await watched()) === 403)
    const report = await load.report()
    expect(report.requests.total).toBeGreaterThan(500)
    expect([report.non2xx, report.errors, report.timeouts]).toEqual([0, 0, 0])
  })

  it('is read again on SIGHUP and by the admin API, and both say what happened', async () => {
    const { body } = await guard.admin('/api/v1/policy/reload', {
      method: 'POST',
      body: '{"why":"trying"}',
    })
    expect(body).toMatchObject({ stale: false, problems: [] })
    guard.child.kill('SIGHUP')
    await until(
      'the reload to be logged',
      () => guard.output().split('"msg":"policy read"').length > 2,
    )
    const audit = await guard.admin('/api/v1/audit')
    expect(audit.body).toMatchObject({
      entries: [{ who: 'test', what: 'policy.reload' }, { why: 'trying' }],
    })
    expect(readFileSync(join(guard.folder, 'data/audit.ndjson'), 'utf8')).toContain(
      '"what":"policy.reload"',
    )
  })
})
