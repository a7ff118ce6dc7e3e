import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import type { Findings } from '../../src/core/facts.ts'
import { createBacktesting, type BacktestingOptions } from '../../src/http/admin/backtesting.ts'
import type { Judging } from '../../src/http/admin/judging.ts'
import type { DecisionIndex } from '../../src/sinks/decision-index.ts'
import { aPolicy } from '../support/a-policy.ts'
import { anAdmin, VIEWER, type AdminCaller } from '../support/an-admin.ts'
import { aDecisionLog, callId, judgedEvent, paidTwice } from '../support/recorded-calls.ts'
import { someJudging } from '../support/some-judging.ts'
import { until } from '../support/wait.ts'

type Plain = Record<string, unknown>
const json = async (response: Response): Promise<Plain> => (await response.json()) as Plain

const DOCUMENT = `
rules:
  - { id: tor, when: 'ip.kind == "tor"', then: deny, mode: shadow }
  - { id: rare, when: 'account.plan == "rare"', then: deny, mode: shadow }
  - { id: plan, when: 'account.plan == "free"', then: throttle }
`
const POLICY = aPolicy(DOCUMENT)

/** Of the Nth call: every tenth over Tor, every fifth by somebody who has paid twice. */
const findingsOf = (n: number): Findings => ({
  'account.id': `acct_${n % 100}`,
  'account.entity': `org_${n % 50}`,
  'payment.settled_count': n % 50 < 10 ? 2 : 0,
  'ip.kind': n % 10 === 0 ? 'tor' : 'residential',
  'account.plan': n < 40 ? 'rare' : 'pro',
})

const opened: DecisionIndex[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((index) => index.close()))
})

const stage = async (
  calls: number,
  options: Partial<BacktestingOptions> = {},
): Promise<{
  readonly admin: AdminCaller
  readonly segments: string
  readonly judging: Judging
}> => {
  const root = mkdtempSync(join(tmpdir(), 'stillwatch-backtest-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const events = Array.from({ length: calls }, (_, n) => judgedEvent(POLICY, n, findingsOf(n)))
  const { segments, index } = await aDecisionLog(root, events, { segmentBytes: 256 * 1024 })
  opened.push(index)
  const judging = someJudging({
    current: () => POLICY,
    backtesting: createBacktesting({
      segments,
      queries: index,
      current: () => POLICY,
      isProven: paidTwice(),
      ...options,
    }),
  })
  return { admin: anAdmin({ judging, decisions: index }), segments, judging }
}

const post = (admin: AdminCaller, body: object, token?: string): Promise<Response> =>
  admin('POST', '/api/v1/backtest', {
    body: JSON.stringify(body),
    ...(token !== undefined && { token }),
  })

const ENFORCE_TOR = { switches: [{ id: 'tor', mode: 'enforce' }] }

describe('a backtest over a decision log', () => {
  it('counts what a switch would change over a few thousand calls, and wants it confirmed', async () => {
    const { admin } = await stage(3_000)
    const answer = await post(admin, ENFORCE_TOR)
    expect(answer.status).toBe(200)
    const report = await json(answer)
    expect(report).toMatchObject({
      calls: 3_000,
      judged: 3_000,
      transitions: [{ from: 'allow', to: 'deny', calls: 300, entities: 5, proven: 1 }],
      rules: [
        { rule: 'tor', acts_before: 0, acts_after: 300, shadow_before: 300, shadow_after: 0 },
        // Behind a rule that decides, it is not looked at any more.
        { rule: 'rare', acts_before: 0, acts_after: 0, shadow_before: 40, shadow_after: 36 },
      ],
      entities: { seen: 50, proven: 10, newly_refused: 5, newly_refused_proven: 1 },
      harm: {
        confirm: true,
        proven_refused: 1,
        because: ['it would newly refuse 1 proven entity'],
      },
      unlike_record: { calls: 0 },
      window: {
        from: '2026-04-22T00:00:00.000Z',
        until: '2026-04-22T00:49:59.000Z',
        newest: { calls: 3_000 },
        ended_by: 'all_read',
        unread: false,
      },
    })
    expect((report['examples'] as Plain[])[0]).toMatchObject({
      decision: callId(2_990),
      entity: 'org_40',
      from: 'allow',
      to: 'deny',
      rule_after: 'tor',
    })
    expect((report['notes'] as string[])[0]).toMatch(/limits are not replayed/)
  })

  it('finds older calls of a changed rule in the index, where the newest do not reach back to them', async () => {
    const { admin } = await stage(2_000)
    const rare = { switches: [{ id: 'rare', mode: 'enforce' }], limit: 400 }
    const report = await until('indexed calls', async () => {
      const told = await json(await post(admin, rare))
      return ((told['window'] as Plain)['hits'] as Plain)['calls'] === 40 && told
    })
    expect(report).toMatchObject({
      calls: 400,
      transitions: [{ from: 'allow', to: 'deny', calls: 40, entities: 40, proven: 10 }],
      window: { newest: { calls: 360 }, hits: { calls: 40, from: '2026-04-22T00:00:00.000Z' } },
    })
  })

  it('judges changed documents, in place of all in force', async () => {
    const { admin } = await stage(200)
    const source = `version: 1\nrules: [{ id: new, when: 'account.plan == "rare"', then: challenge, challenge: proof_of_work }]\n`
    const report = await json(await post(admin, { documents: [{ file: 'a.yaml', source }] }))
    expect(report).toMatchObject({
      transitions: [{ from: 'allow', to: 'challenge', calls: 40 }],
      revision: { before: POLICY.revision },
    })
    expect((report['revision'] as Plain)['after']).not.toBe(POLICY.revision)
  })

  it('refuses documents with problems and says where they are', async () => {
    const { admin, judging } = await stage(10)
    const source = `version: 1\nrules:\n  - { id: a, when: 'no.such > 1.0', then: deny }\n  - { id: a, when: 'true', then: refuse }\n`
    const answer = await post(admin, { documents: [{ file: 'bad.yaml', source }] })
    expect(answer.status).toBe(422)
    const problem = await json(answer)
    expect(problem['type']).toBe('urn:stillwatch:problem:policy-problems')
    expect(problem['problems']).toContainEqual(
      expect.objectContaining({ file: 'bad.yaml', line: 3, what: expect.stringMatching(/no/) }),
    )
    expect((problem['problems'] as Plain[]).length).toBeGreaterThan(1)
    expect(judging.backtesting.progress()).toBeUndefined()
  })

  it.each([
    [{}],
    [{ switches: [{ id: 'no-such-rule', mode: 'off' }] }],
    [{ switches: [{ id: 'tor', mode: 'perhaps' }] }],
    [{ switches: [{ id: 'tor', rollout: 101 }] }],
    [{ switches: [{ id: 'tor' }, { id: 'tor' }] }],
    [{ ...ENFORCE_TOR, limit: 0 }],
    [{ ...ENFORCE_TOR, limit: 1e9 }],
    [{ ...ENFORCE_TOR, more: 1 }],
    [{ documents: [] }],
    [
      {
        documents: [
          { file: 'a', source: '' },
          { file: 'a', source: '' },
        ],
      },
    ],
  ])('takes no question it does not understand: %j', async (body) => {
    const { admin } = await stage(1)
    expect((await post(admin, body)).status).toBe(400)
  })

  it('is not for viewers, who may see how far one is', async () => {
    const { admin } = await stage(1)
    expect((await post(admin, ENFORCE_TOR, VIEWER)).status).toBe(403)
    const told = await admin('GET', '/api/v1/backtest', { token: VIEWER })
    expect(await json(told)).toEqual({ running: false })
  })

  it('runs one at a time, tells its progress and gives the event loop its turns', async () => {
    const { admin, judging } = await stage(3_000, { sliceMs: 0 })
    const first = post(admin, ENFORCE_TOR)
    const progress = await until('progress', async () => {
      const told = await json(await admin('GET', '/api/v1/backtest'))
      return typeof told['calls'] === 'number' && told['calls'] > 0 && told
    })
    expect(progress).toMatchObject({ running: true, of: 10_000 })
    expect((await post(admin, ENFORCE_TOR)).status).toBe(503)
    expect((await first).status).toBe(200)
    expect(judging.backtesting.progress()).toBeUndefined()
  })

  it('ends by itself at its bounds and says so', async () => {
    const bytes = await stage(1_000, { mostBytes: 50_000 })
    expect(await json(await post(bytes.admin, ENFORCE_TOR))).toMatchObject({
      window: { ended_by: 'bytes' },
    })
    let nowMs = 0
    const time = await stage(1_000, { longestMs: 100, nowMs: () => nowMs++ })
    const report = await json(await post(time.admin, ENFORCE_TOR))
    expect(report).toMatchObject({ window: { ended_by: 'time' } })
    expect(report['calls']).toBeLessThan(100)
  })

  it('passes over lines that are no records, whatever stands in them', async () => {
    const { admin, segments } = await stage(100)
    const newest = readdirSync(segments).toSorted().at(-1) ?? ''
    const hostile = [
      'null',
      '{"v":1}',
      '{'.repeat(100_000),
      JSON.stringify({
        v: 1,
        time: '2026-04-22T00:00:00Z',
        'stillwatch.decision.id': 'x'.repeat(400),
        'stillwatch.verdict': 'allow',
        'stillwatch.ruling': 'allow',
        'stillwatch.policy.revision': '__proto__',
        'stillwatch.facts': JSON.parse('{"__proto__":{"ip.kind":"tor"},"account.entity":[["a"]]}'),
        'stillwatch.limits': [null, 1, { limit: {}, quota: 'x' }],
        'stillwatch.reasons': [{ fact: 'constructor', why: 'late' }],
      }),
    ]
    appendFileSync(join(segments, newest), `${hostile.join('\n')}\n`)
    expect(await json(await post(admin, ENFORCE_TOR))).toMatchObject({
      calls: 101,
      window: { skipped_lines: 3 },
    })
  })

  it('says that records could not be read, and wants the change confirmed', async () => {
    const queries = { query: () => Promise.resolve({ ok: false, why: 'busy' } as const) }
    const { admin } = await stage(10, { queries })
    expect(await json(await post(admin, ENFORCE_TOR))).toMatchObject({
      window: { unread: true },
      harm: { confirm: true },
    })
  })
})
