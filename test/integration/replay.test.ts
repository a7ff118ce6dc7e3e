import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Summary } from '../../src/replay/summary.ts'
import { aLine, asks, DAY_MS, runReplay, START_MS } from '../support/a-replay.ts'

const LABEL = {
  calls: 0,
  entities: 1,
  forwarded: 0,
  reshaped: 0,
  challenged: 0,
  solved: 0,
  throttled: 0,
  denied: 0,
  tokens: 0,
  forwarded_before_action: 0,
  entities_by_level: [1, 0, 0, 0, 0],
}

describe('the summary of a replay', () => {
  it('counts each call once, under its label, by its final ruling', async () => {
    const { exit, summary, out, err } = await runReplay({
      accounts: [
        { id: 'acct_1' },
        { id: 'acct_2', entity: 'org' },
        { id: 'acct_3', entity: 'org' },
      ],
      trace: [
        aLine(),
        aLine({ usage: { input_tokens: 5 } }),
        aLine({ account: 'acct_2', body: asks('secret'), label: 'attacker' }),
        aLine({ account: 'acct_3', body: asks('slow'), label: 'attacker' }),
        aLine({ account: 'acct_3', body: asks('watched'), usage: undefined, label: 'attacker' }),
        aLine({ method: 'PUT', label: 'odd' }),
        aLine({ account: undefined, label: undefined }),
        aLine({ account: 'nobody', label: undefined }),
      ],
    })
    expect({ exit, err }).toEqual({ exit: 0, err: '' })
    const found = summary()
    expect(found.calls).toBe(8)
    expect(found.labels).toEqual({
      // Without a report of the output its reservation of 100 stands.
      'legit/chat': { ...LABEL, calls: 2, forwarded: 2, tokens: 135, forwarded_before_action: 2 },
      attacker: {
        ...LABEL,
        calls: 3,
        forwarded: 1,
        throttled: 1,
        denied: 1,
        tokens: found.labels['attacker']?.tokens,
        forwarded_before_action: 1,
      },
      odd: { ...LABEL, calls: 1, denied: 1 },
      unlabelled: {
        ...LABEL,
        calls: 2,
        entities: 2,
        forwarded: 2,
        tokens: 60,
        forwarded_before_action: 2,
        entities_by_level: [2, 0, 0, 0, 0],
      },
    })
    expect(found.labels['attacker']?.tokens).toBeGreaterThan(100)
    expect(found.rules).toEqual({
      'no-secrets': { verdict: 'deny', calls: 1, shadow: 0, entities: 1 },
      'slow-down': { verdict: 'throttle', calls: 1, shadow: 0, entities: 1 },
      watched: { verdict: 'deny', calls: 0, shadow: 1, entities: 0 },
    })
    expect(found).toMatchObject({
      campaigns: [],
      from: START_MS,
      to: START_MS,
      faults: { method_not_allowed: 1 },
      skipped: 0,
    })
    for (const { calls, forwarded, challenged, throttled, denied } of Object.values(found.labels)) {
      expect(forwarded + challenged + throttled + denied).toBe(calls)
    }
    expect(out).toMatch(/attacker +3 +1 +1 +0 +0 +0 +1 +1/)
    expect(out).toMatch(/no-secrets +deny +1 +1 +0/)
  })

  it('is the same in every run, but for the time it took', async () => {
    const trace = Array.from({ length: 400 }, (_, n) =>
      aLine({
        at: START_MS + n * 3_000,
        account: `acct_${n % 7}`,
        ip: `198.51.100.${n % 50}`,
        body: asks(['secret', 'slow', 'm-1', 'm-2'][n % 4] ?? ''),
        label: `label-${n % 3}`,
      }),
    )
    const accounts = Array.from({ length: 6 }, (_, n) => ({ id: `acct_${n}` }))
    const runs = [
      await runReplay({ trace, accounts, out: 'records.ndjson' }),
      await runReplay({ trace, accounts, out: 'records.ndjson' }),
    ]
    const texts = runs.map(({ summary }) => JSON.stringify({ ...summary(), wall_s: 0 }))
    expect(texts[0]).toBe(texts[1])
    expect(JSON.parse(texts[0] ?? '')).toMatchObject({ calls: 400 })
    const [first, second] = runs.map(({ read }) => read('records.ndjson').toString())
    expect(first).toBe(second)
  })

  it('is printed as JSON where that is asked for', async () => {
    const { out, summary } = await runReplay({ trace: [aLine()], json: true })
    expect(JSON.parse(out) as Summary).toEqual(summary())
  })
})

describe('the clock of a replay', () => {
  it('ends windows by the times of the trace', async () => {
    const at = (ms: number): string => aLine({ at: START_MS + ms })
    const burst = [at(0), at(1), at(2), at(3)]
    const { summary } = await runReplay({ trace: [...burst, at(59_000), at(60_001), at(60_002)] })
    expect(summary().labels['legit/chat']).toMatchObject({ forwarded: 5, throttled: 2 })
    expect(summary().limits).toEqual({ 'three-a-minute': { calls: 2, shadow: 0, entities: 1 } })
  })

  it('lets accounts grow older, and counts the days on which they called', async () => {
    const made = { id: 'acct_1', created_at: START_MS - 28 * DAY_MS, account: { active_days: 3 } }
    const days = [0, 1, 2, 3]
    const { summary, read } = await runReplay({
      accounts: [made],
      trace: days.flatMap((day) =>
        [0, 1, 2, 3].map((n) => aLine({ at: START_MS + day * DAY_MS + n, label: `day ${day}` })),
      ),
      out: 'records.ndjson',
    })
    // From the third day on it is 30 days old, and with the second later day it has called on five.
    const forwarded = days.map((day) => summary().labels[`day ${day}`]?.forwarded)
    expect(forwarded).toEqual([3, 3, 4, 4])
    const records = read('records.ndjson').toString().trim().split('\n')
    const facts = records.map(
      (line) =>
        (JSON.parse(line) as { 'stillwatch.facts': Record<string, unknown> })['stillwatch.facts'],
    )
    expect(facts.at(0)).toMatchObject({ 'account.age_days': 28, 'account.active_days': 3 })
    expect(facts.at(-1)).toMatchObject({ 'account.age_days': 31, 'account.active_days': 6 })
  })

  it('does not care how long the replay itself takes', async () => {
    const { read } = await runReplay({ trace: [aLine(), aLine()], out: 'records.ndjson' })
    for (const line of read('records.ndjson').toString().trim().split('\n')) {
      const timings = (JSON.parse(line) as Record<string, object>)['stillwatch.timings_us'] ?? {}
      expect(new Set(Object.values(timings))).toEqual(new Set([0]))
    }
  })
})

describe('what a replay touches', () => {
  it('is its outputs alone: no data folder, no part of a file', async () => {
    const { folder } = await runReplay({ trace: [aLine()], out: 'records.ndjson.gz' })
    expect(existsSync(join(folder, 'data'))).toBe(false)
    expect(existsSync(join(folder, 'records.ndjson.gz'))).toBe(true)
    expect(existsSync(join(folder, 'records.ndjson.gz.part'))).toBe(false)
  })

  it('takes calls of all dialects, whatever upstreams the settings name', async () => {
    const { summary } = await runReplay({
      trace: [
        aLine({
          path: '/v1/messages',
          headers: [
            ['x-api-key', 'as recorded'],
            ['anthropic-version', '2023-06-01'],
          ],
          body: { model: 'm', max_tokens: 5, messages: [{ role: 'user', content: 'hi' }] },
        }),
        aLine({
          path: '/v1beta/models/m:generateContent?key=recorded',
          body: { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] },
        }),
        aLine({ method: 'GET', path: '/v1/models', body: null, usage: undefined }),
      ],
    })
    expect(summary().labels['legit/chat']).toMatchObject({ calls: 3, forwarded: 3, tokens: 60 })
    expect(summary().faults).toEqual({})
  })
})
