import { describe, expect, it, onTestFinished } from 'vitest'
import { createChallengeCountTable } from '../../../src/challenges/challenge-count-table.ts'
import { createChallengeCounts } from '../../../src/challenges/challenge-counts.ts'
import {
  CHALLENGE_COUNTS_TOPIC,
  challengeCountsText,
  parseChallengeCounts,
} from '../../../src/challenges/challenge-counts-text.ts'
import type { Issued } from '../../../src/core/challenge.ts'
import type { Gossip } from '../../../src/core/gossip.ts'
import { createFakeClock } from '../../support/clock.ts'
import { createSeededRandom } from '../../support/seeded-random.ts'
import { until } from '../../support/wait.ts'

const NOW = createFakeClock().now()
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

const anIssued = (over: Partial<Issued> = {}): Issued => ({
  id: 'i'.repeat(22),
  kind: 'proof_of_work',
  subject: 'a:acct_1',
  issuedMs: NOW,
  expiresMs: NOW + HOUR_MS,
  lifetimeMs: HOUR_MS,
  bound: {},
  difficulty: 1,
  decision: 'decision',
  rule: 'rule',
  network: 'net',
  stack: 'stack',
  ...over,
})
const WHOM = { subject: 'a:acct_1', network: 'net', stack: 'stack' }

/** Two ends that hear each other at once, and what they said. */
const aPair = (): { readonly ends: readonly [Gossip, Gossip]; readonly said: string[] } => {
  const said: string[] = []
  const heard: ((topic: string, text: string) => void)[] = []
  const endOf = (me: number): Gossip => ({
    tell: (topic, text) => {
      said.push(text)
      heard[1 - me]?.(topic, text)
    },
    hear: (topic, listener) => {
      heard[me] = (of, text) => {
        if (of === topic) listener(text)
      }
    },
    close: () => Promise.resolve(),
  })
  return { ends: [endOf(0), endOf(1)], said }
}

describe('counts of challenges', () => {
  it('count the last hour and the last day, and forget what lies before', () => {
    const clock = createFakeClock()
    const counts = createChallengeCounts({ clock })
    for (let times = 0; times < 10; times++) counts.issued(anIssued())
    counts.solved(anIssued())
    expect(counts.of(WHOM, clock.now())).toEqual({
      issued1h: 10,
      issued1d: 10,
      solved1d: 1,
      networkIssued1d: 10,
      networkSolved1d: 1,
      stackIssued1d: 10,
      stackSolved1d: 1,
    })
    clock.advance(71 * MINUTE_MS)
    expect(counts.of(WHOM, clock.now())).toMatchObject({ issued1h: 0, issued1d: 10, solved1d: 1 })
    counts.issued(anIssued())
    expect(counts.of(WHOM, clock.now())).toMatchObject({ issued1h: 1, issued1d: 11 })
    clock.advance(28 * HOUR_MS)
    expect(counts.of(WHOM, clock.now())).toMatchObject({ issued1d: 0, solved1d: 0 })
    expect(counts.of({ ...WHOM, subject: undefined, stack: 'x' }, clock.now())).toMatchObject({
      issued1d: 0,
      stackIssued1d: 0,
    })
  })

  it('agree with exact windows to within a cell, for any schedule', () => {
    const seed = 99_173
    console.log(`seed ${seed}`)
    const random = createSeededRandom(seed)
    for (let schedule = 0; schedule < 40; schedule++) {
      const table = createChallengeCountTable(10)
      const times: number[] = []
      let nowMs = NOW
      for (let step = 0; step < 300; step++) {
        nowMs += random(random(10) === 0 ? 3 * HOUR_MS : 5 * MINUTE_MS)
        table.add('key', 'issued', nowMs, 1)
        times.push(nowMs)
        const within = (ms: number): number => times.filter((at) => at > nowMs - ms).length
        const { issued1h, issued1d } = table.of('key', nowMs)
        expect(issued1h).toBeGreaterThanOrEqual(within(HOUR_MS - 10 * MINUTE_MS))
        expect(issued1h).toBeLessThanOrEqual(within(HOUR_MS + 10 * MINUTE_MS))
        expect(issued1d).toBeGreaterThanOrEqual(within(20 * HOUR_MS))
        expect(issued1d).toBeLessThanOrEqual(within(28 * HOUR_MS))
      }
    }
  })

  it('keep no more keys than they may, those counted last', () => {
    const table = createChallengeCountTable(100)
    for (let key = 0; key < 1_000; key++) {
      table.add(`key-${key}`, 'issued', NOW, 1)
      table.add('kept', 'solved', NOW, 1)
    }
    expect(table.size).toBe(100)
    expect(table.of('kept', NOW).solved1d).toBe(1_000)
    expect(table.of('key-999', NOW).issued1d).toBe(1)
    expect(table.of('key-0', NOW).issued1d).toBe(0)
  })

  it('reach the other process in few texts, and are the same there', async () => {
    const clock = createFakeClock()
    const { ends, said } = aPair()
    const [one, other] = ends.map((gossip) => createChallengeCounts({ clock, gossip, batchMs: 5 }))
    if (one === undefined || other === undefined) throw new Error('no pair')
    onTestFinished(async () => {
      await one.close()
      await other.close()
    })
    for (let times = 0; times < 400; times++) one.issued(anIssued())
    one.solved(anIssued())
    one.issued(anIssued({ subject: 'a:acct_2', network: 'elsewhere' }))
    await until('the other to hear', () => other.of(WHOM, clock.now()).issued1d > 0)
    expect(said).toHaveLength(1)
    expect(other.of(WHOM, clock.now())).toEqual(one.of(WHOM, clock.now()))
    other.solved(anIssued())
    await other.close()
    expect(one.of(WHOM, clock.now()).solved1d).toBe(2)
    expect(one.stats().refused + other.stats().refused).toBe(0)
  })

  it('tell at once where many subjects come, and never more than a batch holds', () => {
    const clock = createFakeClock()
    const { ends, said } = aPair()
    const one = createChallengeCounts({ clock, gossip: ends[0], batchMs: 60_000 })
    const other = createChallengeCounts({ clock, gossip: ends[1] })
    for (let who = 0; who < 1_000; who++) one.issued(anIssued({ subject: `a:${who}` }))
    expect(said).toHaveLength(2)
    expect(other.of(WHOM, clock.now()).networkIssued1d).toBe(1_000)
    expect(other.stats().refused).toBe(0)
  })

  it('do not believe what is not sound', () => {
    const good = {
      atMs: NOW,
      event: 'issued',
      subject: 'a:acct_1',
      network: 'net',
      stack: 'stack',
      count: 2,
    } as const
    const text = challengeCountsText([good])
    expect(parseChallengeCounts(text, NOW)).toEqual({ rows: [good], refused: 0 })
    const row = (JSON.parse(text) as unknown[])[1]
    if (!Array.isArray(row)) throw new Error('no row')
    const fields: readonly unknown[] = row
    const bad: readonly (readonly [number, unknown])[] = [
      [0, NOW + 400_000],
      [0, NOW - 25 * HOUR_MS],
      [0, 'now'],
      [1, 2],
      [2, 'x'],
      [3, ''],
      [3, 'x'.repeat(65)],
      [4, 5],
      [5, 0],
      [5, -1],
      [5, 1.5],
      [5, 1e7],
    ]
    for (const [place, value] of bad) {
      const bent = JSON.stringify([1, fields.with(place, value), fields])
      expect(parseChallengeCounts(bent, NOW)).toEqual({ rows: [good], refused: 1 })
    }
    // A clock that is ahead by less counts as now.
    const ahead = JSON.stringify([1, fields.with(0, NOW + 200_000)])
    expect(parseChallengeCounts(ahead, NOW).rows).toEqual([good])

    const { ends } = aPair()
    const counts = createChallengeCounts({ clock: createFakeClock(), gossip: ends[0] })
    for (const junk of ['', '[]', '[1]', '[1,[]]', '{}', 'x'.repeat(600_000)]) {
      ends[1].tell(CHALLENGE_COUNTS_TOPIC, junk)
    }
    expect(counts.stats().refused).toBe(5)
    expect(counts.stats().keys).toBe(0)
  })
})
