import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openReplay } from '../../src/app-replay.ts'
import { createDetector } from '../../src/campaigns/detector.ts'
import { loadOfflineSettings } from '../../src/commands/offline-settings.ts'
import type { RecordedCall } from '../../src/core/trace.ts'
import { aLine, asks, runReplay, START_MS, type ReplayRun } from '../support/a-replay.ts'
import { tempDir } from '../support/temp-dir.ts'

const MINUTE_MS = 60_000
const PUZZLE = '{ kind: proof_of_work, valid_for: 10m, lifetime: 1h }'

const policy = (...rules: readonly string[]): string =>
  `version: 1\nposture: open\ntiers: [{ id: all, when: 'true', factor: 1 }]\nrules:\n${rules.map((rule) => `  - ${rule}\n`).join('')}`

const puzzle = (challenge = PUZZLE): string =>
  `{ id: puzzle, when: 'request.model == "m-1"', then: challenge, challenge: ${challenge} }`

type Row = { readonly [key: string]: unknown }

const rowsOf = ({ read }: ReplayRun): readonly Row[] =>
  read('records.ndjson')
    .toString()
    .trim()
    .split('\n')
    // What the command itself wrote.
    .map((line) => JSON.parse(line) as Row)

/** Replays calls that are so many milliseconds apart, each with its changes. */
const replay = (
  rules: readonly string[],
  calls: readonly { readonly [key: string]: unknown }[],
  more: Partial<Parameters<typeof runReplay>[0]> = {},
): Promise<ReplayRun> =>
  runReplay({
    trace: calls.map(({ after = 0, ...fields }) =>
      aLine({ at: START_MS + Number(after), ...fields }),
    ),
    policy: policy(...rules),
    out: 'records.ndjson',
    ...more,
  })

const SHIPPED = new URL('../../config/guard.yaml', import.meta.url).pathname

/** A detector that takes everybody for a member of a campaign at level 3 from the first call on. */
const markingAll: typeof createDetector = (options) => ({
  ...createDetector(options),
  observe: ({ entity, atMs }) =>
    options.onMark({
      entity,
      campaign: 'cmp_1',
      level: 3,
      score: 12,
      axes: [],
      atMs,
      untilMs: atMs + 600_000,
    }),
})

const SOLVES = { proof_of_work: true, step_up: false }

describe('challenges in a replay', () => {
  it('are passed by who answers them, once, and the calls after that go through', async () => {
    const run = await replay(
      [puzzle()],
      [0, 1, 2].map((n) => ({ after: n * MINUTE_MS, solves: SOLVES })),
    )
    expect(run.exit).toBe(0)
    expect(run.summary().labels['legit/chat']).toMatchObject({
      calls: 3,
      forwarded: 3,
      challenged: 0,
      solved: 1,
    })
    expect(run.summary().rules).toEqual({
      puzzle: { verdict: 'challenge', calls: 0, shadow: 0, entities: 0, passed: 3 },
    })
    expect(run.out).toMatch(/puzzle +challenge +0 +0 +0 +3\n/)
    expect(run.out).toMatch(/challenged +solved/)
    const rows = rowsOf(run)
    expect(rows.map((row) => row['stillwatch.cleared'])).toEqual([
      ['puzzle'],
      ['puzzle'],
      ['puzzle'],
    ])
  })

  it('stop who does not answer them, at every call', async () => {
    const run = await replay(
      [puzzle()],
      [
        { solves: { proof_of_work: false, step_up: true } },
        {},
        { after: 6 * MINUTE_MS, solves: {} },
      ],
    )
    const { labels, rules } = run.summary()
    expect(labels['legit/chat']).toMatchObject({ calls: 3, forwarded: 0, challenged: 3, solved: 0 })
    expect(rules['puzzle']).toMatchObject({ calls: 3, verdict: 'challenge', entities: 1 })
    const rows = rowsOf(run)
    expect(rows.map((row) => row['stillwatch.challenge.kind'])).toEqual(
      Array.from({ length: 3 }, () => 'proof_of_work'),
    )
    // The same one again while more than half of its ten minutes is left, as live.
    const [first, again, fresh] = rows.map((row) => row['stillwatch.challenge.id'])
    expect(again).toBe(first)
    expect(fresh).toMatch(/^[\w-]{22}$/)
    expect(fresh).not.toBe(first)
  })

  it('come again when the clearance is over: the time to answer and the lifetime after it', async () => {
    const run = await replay(
      [puzzle()],
      [
        { after: 0, solves: SOLVES },
        { after: 70 * MINUTE_MS - 1, solves: SOLVES },
        { after: 70 * MINUTE_MS, solves: SOLVES },
      ],
    )
    expect(run.summary().labels['legit/chat']).toMatchObject({ forwarded: 3, solved: 2 })
  })

  it('come again on another network where the clearance is bound to one, and for another account', async () => {
    const bound = puzzle('{ kind: proof_of_work, bind: [network] }')
    const from = (ip: string, account = 'acct_1'): { readonly [key: string]: unknown } => ({
      ip,
      account,
      solves: SOLVES,
    })
    const calls = [from('203.0.113.7'), from('203.0.113.99'), from('198.51.100.1')]
    const run = await replay([bound], calls)
    expect(run.summary().labels['legit/chat']).toMatchObject({ forwarded: 3, solved: 2 })
    const free = await replay([puzzle()], [...calls, from('203.0.113.7', 'acct_2')], {
      accounts: [{ id: 'acct_1' }, { id: 'acct_2' }],
    })
    expect(free.summary().labels['legit/chat']).toMatchObject({ forwarded: 4, solved: 2 })
  })

  it('of several rules are all passed for one call, and the stronger stands for the weaker', async () => {
    const stepUp = `{ id: confirm, when: 'true', then: challenge, challenge: step_up }`
    const all = { proof_of_work: true, step_up: true }
    const up = await replay([puzzle(), stepUp], [{ solves: all }, { solves: all }])
    expect(up.summary().labels['legit/chat']).toMatchObject({ forwarded: 2, solved: 2 })
    const down = await replay([stepUp, puzzle()], [{ solves: all }])
    expect(down.summary().labels['legit/chat']).toMatchObject({ forwarded: 1, solved: 1 })
    const half = await replay([puzzle(), stepUp], [{ solves: SOLVES }])
    expect(half.summary().labels['legit/chat']).toMatchObject({
      forwarded: 0,
      challenged: 1,
      solved: 1,
    })
  })

  it('are counted as they are issued and solved, for rules against farming', async () => {
    const farmed = `{ id: farmed, when: 'clearance.issued_1d >= 2.0', then: deny }`
    const run = await replay(
      [farmed, puzzle()],
      [0, 6, 12].map((minutes) => ({ after: minutes * MINUTE_MS })),
    )
    expect(run.summary().labels['legit/chat']).toMatchObject({ challenged: 2, denied: 1 })
    const network = `{ id: network, when: 'clearance.network_solved_1d >= 1.0 && request.model == "m-1"', then: throttle, retry_after_s: 5 }`
    const shared = await replay(
      [network, puzzle()],
      [{ solves: SOLVES }, { account: 'acct_2', solves: SOLVES, after: 1 }],
      { accounts: [{ id: 'acct_1' }, { id: 'acct_2' }] },
    )
    expect(shared.summary().labels['legit/chat']).toMatchObject({ throttled: 2, solved: 1 })
  })

  it('of a limit come before it: who passed one can still be over its quota', async () => {
    const limits = `limits:\n  - { id: one, per: [account.id], count: requests, quota: 1, window: 1h }\n`
    const run = await replay([], [{ solves: SOLVES }, { solves: SOLVES }], {
      policy: policy(puzzle()) + limits,
    })
    expect(run.summary().labels['legit/chat']).toMatchObject({
      forwarded: 1,
      throttled: 1,
      solved: 1,
    })
  })

  it('of callers nobody knows, who share one name in a trace, are passed for one network', async () => {
    const from = (ip: string): { readonly [key: string]: unknown } => ({
      ip,
      account: undefined,
      solves: SOLVES,
    })
    const run = await replay(
      [puzzle()],
      [from('203.0.113.7'), from('203.0.113.8'), from('198.51.100.1')],
    )
    expect(run.summary().labels['legit/chat']).toMatchObject({ forwarded: 3, solved: 2 })
  })

  it('are the same in every run', async () => {
    const calls = [0, 1, 2, 3].map((n) => ({
      after: n,
      body: asks(n % 2 === 0 ? 'm-1' : 'm-2'),
      solves: n > 1 ? SOLVES : undefined,
    }))
    const [first, second] = [await replay([puzzle()], calls), await replay([puzzle()], calls)]
    expect(second.read('records.ndjson')).toEqual(first.read('records.ndjson'))
    expect(rowsOf(first).some((row) => row['stillwatch.challenge.id'] !== undefined)).toBe(true)
  })

  it('of the shipped policy ask a step-up of each member at level 3; who passes it goes on without the budget', async () => {
    const folder = tempDir()
    const accounts = join(folder, 'accounts.jsonl')
    writeFileSync(accounts, '{"id":"honest"}\n{"id":"farmed"}\n')
    const loaded = loadOfflineSettings(SHIPPED)
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
    const opened = await openReplay({
      settings: loaded.settings,
      accounts,
      createDetector: markingAll,
    })
    if (!opened.ok) throw new Error(JSON.stringify(opened.problems))
    const { replay: shipped } = opened
    const call = (account: string, after: number, stepUp: boolean): RecordedCall => ({
      atMs: START_MS + after,
      account,
      ip: '203.0.113.7',
      method: 'POST',
      path: '/v1/chat/completions',
      rawHeaders: ['host', 'h'],
      body: Buffer.from(JSON.stringify(asks('m-1'))),
      usage: { inputTokens: 1, outputTokens: 2 },
      label: account,
      solves: { proof_of_work: true, human: true, step_up: stepUp },
    })
    for (const n of [0, 1, 2]) {
      await shipped.call(call('honest', n, true))
      await shipped.call(call('farmed', n, false))
    }
    const { event } = await shipped.judge(call('honest', 3, true))
    const limits = event.ruling?.decision.demands.map(({ limit }) => limit)
    expect(limits).not.toContain('campaign-requests-day')
    expect(event.facts?.known('campaign.level')).toBe(3)
    const { labels } = await shipped.finish()
    // The first call of each comes before its mark.
    expect(labels['honest']).toMatchObject({ forwarded: 3, challenged: 0, solved: 1 })
    expect(labels['farmed']).toMatchObject({ forwarded: 1, challenged: 2, solved: 0 })
  })
})
