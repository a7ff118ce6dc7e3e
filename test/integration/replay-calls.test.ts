import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openReplay, type Replay, type ReplayOptions } from '../../src/app-replay.ts'
import type { Detector } from '../../src/campaigns/detector-seam.ts'
import { createDetector } from '../../src/campaigns/detector.ts'
import { loadOfflineSettings } from '../../src/commands/offline-settings.ts'
import type { Observation } from '../../src/core/campaign.ts'
import type { RecordedCall } from '../../src/core/trace.ts'
import { START_MS } from '../support/a-replay.ts'
import { tempDir } from '../support/temp-dir.ts'

const POLICY = `
version: 1
posture: open
tiers: [{ id: all, when: 'true', factor: 1 }]
rules:
  - { id: campaign, when: 'campaign.level >= 2.0', then: deny }
`

const aReplay = async (more: Partial<ReplayOptions> = {}): Promise<Replay> => {
  const folder = tempDir()
  const config = join(folder, 'guard.yaml')
  writeFileSync(config, 'version: 1\ngeoip: { country: null }\npolicies: [policy.yaml]\n')
  writeFileSync(join(folder, 'policy.yaml'), POLICY)
  writeFileSync(join(folder, 'accounts.jsonl'), '{"id":"a","entity":"org_a"}\n{"id":"b"}\n')
  const loaded = loadOfflineSettings(config)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  const { settings } = loaded
  const opened = await openReplay({ settings, accounts: join(folder, 'accounts.jsonl'), ...more })
  if (!opened.ok) throw new Error(JSON.stringify(opened.problems))
  return opened.replay
}

const aCall = (changes: Partial<RecordedCall> = {}): RecordedCall => ({
  atMs: START_MS,
  account: 'a',
  ip: '203.0.113.7',
  method: 'POST',
  path: '/v1/chat/completions',
  rawHeaders: ['host', 'h', 'user-agent', 'OpenAI/JS 7.55.0'],
  body: Buffer.from('{"model":"m-1","messages":[{"role":"user","content":"hi"}],"max_tokens":9}'),
  usage: { inputTokens: 1, outputTokens: 2 },
  label: 'attacker',
  solves: undefined,
  ...changes,
})

/** A detector that marks an entity at its second call, and lifts nothing. */
const marking =
  (observed: Observation[], ticks: number[]): typeof createDetector =>
  (options) => {
    const real: Detector = createDetector(options)
    return {
      ...real,
      tick: (nowMs) => void ticks.push(nowMs),
      observe: (observation) => {
        observed.push(observation)
        const { entity, atMs } = observation
        if (observed.filter((one) => one.entity === entity).length !== 2) return
        const untilMs = atMs + 60_000
        options.onMark({ entity, campaign: 'cmp_1', level: 2, score: 9, axes: [], atMs, untilMs })
      },
    }
  }

describe('calls pushed into a replay', () => {
  it('meet what the detector has learned of the calls before them, until the mark runs out', async () => {
    const observed: Observation[] = []
    const ticks: number[] = []
    const replay = await aReplay({ createDetector: marking(observed, ticks) })
    const verdicts: unknown[] = []
    for (const afterMs of [0, 1_000, 2_000, 30_000, 61_001]) {
      const { event } = await replay.call(aCall({ atMs: START_MS + afterMs }))
      verdicts.push(event.ruling?.verdict)
    }
    await replay.call(aCall({ account: 'b', atMs: START_MS + 61_002, label: 'legit' }))
    expect(verdicts).toEqual(['allow', 'allow', 'deny', 'deny', 'allow'])
    const { labels, rules } = await replay.finish()
    expect(labels['attacker']).toMatchObject({
      calls: 5,
      entities: 1,
      forwarded: 3,
      denied: 2,
      // That after the mark had run out came after the action.
      forwarded_before_action: 2,
      entities_by_level: [0, 0, 1, 0, 0],
    })
    expect(labels['legit']).toMatchObject({ forwarded: 1, entities_by_level: [1, 0, 0, 0, 0] })
    expect(rules).toEqual({ campaign: { verdict: 'deny', calls: 2, shadow: 0, entities: 1 } })
    expect(observed.map(({ entity }) => entity)).toEqual([...Array<string>(5).fill('org_a'), 'b'])
    expect(observed[0]).toMatchObject({ atMs: START_MS, forwarded: true, tokens: 3 })
    expect(observed[0]?.traits).toBeDefined()
    // Once a minute is often enough for what is due by the clock.
    expect(ticks).toEqual([START_MS, START_MS + 61_001])
  })

  it('never show their label to anything that judges', async () => {
    const observed: Observation[] = []
    const replay = await aReplay({ createDetector: marking(observed, []) })
    const { event } = await replay.call(aCall({ label: 'who-this-is' }))
    expect(JSON.stringify([observed, event])).not.toContain('who-this-is')
    await replay.finish()
  })

  it('are judged one after another, also where nobody waits', async () => {
    const order: number[] = []
    const replay = await aReplay({ onJudged: (event) => void order.push(event.arrival.atMs) })
    const bodies = [200_000, 10, 150_000, 10].map((chars) =>
      Buffer.from(
        JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'x'.repeat(chars) }] }),
      ),
    )
    const calls = bodies.map((body, n) => replay.call(aCall({ body, atMs: START_MS + n })))
    const judged = await Promise.all(calls)
    expect(order).toEqual([0, 1, 2, 3].map((n) => START_MS + n))
    expect(judged.map(({ event }) => event.arrival.atMs)).toEqual(order)
    expect((await replay.finish()).calls).toBe(4)
  })

  it('that the guard does not read count as denied, under the code of the fault', async () => {
    const replay = await aReplay()
    await replay.call(aCall({ body: Buffer.from('not json') }))
    await replay.call(
      aCall({ rawHeaders: ['host', 'h', 'x-api-key', 'k', 'authorization', 'Bearer k'] }),
    )
    await replay.call(aCall({ path: '/nowhere' }))
    const { labels, faults } = await replay.finish()
    expect(faults).toEqual({ ambiguous_credential: 1, invalid_body: 1, unknown_route: 1 })
    expect(labels['attacker']).toMatchObject({ calls: 3, denied: 3, entities: 1, tokens: 0 })
  })
})
