import { expect, test } from 'vitest'
import {
  AXES,
  type Axis,
  type AxisEvidence,
  type CampaignLabel,
} from '../../../src/core/campaign.ts'
import { clearsOf } from '../../../src/campaigns/judge/clears.ts'
import {
  labelledLevel,
  linkedLevel,
  nextLevel,
  stateOf,
  type LevelOptions,
  type LevelState,
} from '../../../src/campaigns/judge/levels.ts'
import { createSeededRandom } from '../../support/seeded-random.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const START_MS = Date.UTC(2026, 3, 22)
const OPEN: LevelOptions = { ceiling: 4, acting: true }

const rows = (positive: readonly Axis[], adds = 6): readonly AxisEvidence[] =>
  AXES.map((axis) => ({
    axis,
    positive: positive.includes(axis),
    measured: 'x',
    value: 1,
    threshold: 0.5,
    reference: 0.1,
    adds: positive.includes(axis) ? adds : 0,
  }))

type Run = { state: LevelState; nowMs: number }
const start = (): Run => ({ state: linkedLevel(START_MS), nowMs: START_MS })
/** Passes every ten minutes with the same evidence. */
const pass = (
  run: Run,
  forMs: number,
  axes: readonly Axis[],
  options: LevelOptions = OPEN,
  more: { adds?: number; regrowth?: boolean } = {},
): Run => {
  let { state, nowMs } = run
  for (const untilMs = nowMs + forMs; nowMs < untilMs;) {
    nowMs += 10 * MINUTE_MS
    const judged = { axes: rows(axes, more.adds), regrowth: more.regrowth ?? false }
    state = nextLevel(state, judged, options, nowMs)
  }
  return { state, nowMs }
}
const label = (
  act: CampaignLabel['act'],
  atMs: number,
  over: Partial<CampaignLabel> = {},
): CampaignLabel => ({
  campaign: 'c1',
  act,
  by: 'ann',
  note: 'seen',
  atMs,
  ...over,
})
const TWO: readonly Axis[] = ['uniformity', 'supply']
const THREE: readonly Axis[] = [...TWO, 'routing']

test('one axis does nothing, however long it stands', () => {
  expect(pass(start(), 5 * DAY_MS, ['uniformity']).state).toMatchObject({
    level: 0,
    axes: ['uniformity'],
  })
})

test('two axes are level 1 from their second pass, and level 2 after a day', () => {
  const once = pass(start(), 10 * MINUTE_MS, TWO)
  expect(once.state.level).toBe(0)
  const twice = pass(once, 10 * MINUTE_MS, TWO)
  expect(twice.state.level).toBe(1)
  const almost = pass(twice, DAY_MS - 10 * MINUTE_MS, TWO)
  expect(almost.state.level).toBe(1)
  const day = pass(almost, 10 * MINUTE_MS, TWO)
  expect(day.state).toMatchObject({ level: 2, firstActionAtMs: day.nowMs })
  expect(pass(day, 10 * DAY_MS, TWO).state.level).toBe(2)
})

test('two weak axes do nothing', () => {
  expect(pass(start(), 2 * DAY_MS, TWO, OPEN, { adds: 3.9 }).state.level).toBe(0)
})

test('two axes that stood for an hour do not become level 2 by having stood', () => {
  const hour = pass(start(), HOUR_MS, TWO)
  expect(pass(hour, 3 * DAY_MS, []).state.level).toBe(1)
})

test('an axis that shows in one pass of two never stands', () => {
  let run = start()
  for (let n = 0; n < 500; n++) run = pass(run, 10 * MINUTE_MS, n % 2 === 0 ? THREE : [])
  expect(run.state.highestLevel).toBe(0)
})

test('three axes, or regrowth, are level 3', () => {
  expect(pass(start(), 20 * MINUTE_MS, THREE).state.level).toBe(3)
  const regrown = pass(start(), 20 * MINUTE_MS, ['handover'], OPEN, { regrowth: true })
  expect(regrown.state.level).toBe(3)
  expect(pass(start(), 20 * MINUTE_MS, ['handover']).state.level).toBe(0)
})

test('level 4 comes by itself only with a set score that held for a day', () => {
  expect(pass(start(), 9 * DAY_MS, THREE).state.level).toBe(3)
  const set = { ...OPEN, level4Score: 18 }
  expect(pass(start(), 20 * HOUR_MS, THREE, set).state.level).toBe(3)
  expect(pass(start(), 25 * HOUR_MS, THREE, set).state.level).toBe(4)
  expect(pass(start(), 9 * DAY_MS, THREE, { ...OPEN, level4Score: 19 }).state.level).toBe(3)
})

test.each([0, 1, 2, 3] as const)('never goes above the ceiling %d by itself', (ceiling) => {
  const options = { ceiling, acting: true, level4Score: 8 }
  expect(pass(start(), 5 * DAY_MS, THREE, options, { regrowth: true }).state.highestLevel).toBe(
    ceiling,
  )
})

test('a ceiling that is lowered holds at once, but for what an operator wants at least', () => {
  const acting = pass(start(), 2 * DAY_MS, THREE)
  expect(acting.state.level).toBe(3)
  const lowered = pass(acting, 10 * MINUTE_MS, THREE, { ceiling: 1, acting: true })
  expect(lowered.state.level).toBe(1)
  expect(lowered.state.history.at(-1)).toMatchObject({ what: 'lowered', level: 1, by: undefined })
  const state = labelledLevel(acting.state, label('confirm', acting.nowMs))
  const confirmed = pass({ ...acting, state }, 10 * MINUTE_MS, THREE, { ceiling: 0, acting: true })
  expect(confirmed.state.level).toBe(2)
})

test('everything stays at level 0 while too few are proven', () => {
  const options = { ...OPEN, acting: false }
  expect(pass(start(), 5 * DAY_MS, THREE, options).state.highestLevel).toBe(0)
  const acting = pass(start(), 2 * DAY_MS, THREE)
  expect(pass(acting, 10 * MINUTE_MS, THREE, options).state.level).toBe(0)
})

test('what was seen while acting is kept, fades, and then levels fall one step a week', () => {
  const acting = pass(start(), 2 * DAY_MS, THREE)
  const levels = [3, 10, 16, 22, 30, 40, 60].map(
    (day) => pass(acting, day * DAY_MS, []).state.level,
  )
  expect(levels).toEqual([3, 3, 3, 2, 1, 0, 0])
  const { history } = pass(acting, 60 * DAY_MS, []).state
  const lowered = history.filter(({ what }) => what === 'lowered')
  expect(lowered.map(({ level }) => level)).toEqual([2, 1, 0])
  for (const [n, { atMs }] of lowered.entries()) {
    expect(atMs - (lowered[n - 1]?.atMs ?? 0)).toBeGreaterThanOrEqual(7 * DAY_MS)
  }
})

test('a dismissed campaign stays at 0, a confirmed one at 2 or more', () => {
  const acting = pass(start(), 2 * DAY_MS, THREE)
  const dismissed = {
    ...acting,
    state: labelledLevel(acting.state, label('dismiss', acting.nowMs)),
  }
  expect(dismissed.state.level).toBe(0)
  const later = pass(dismissed, 30 * DAY_MS, THREE).state
  expect([later.level, stateOf(later)]).toEqual([0, 'dismissed'])
  const confirmed = {
    ...start(),
    state: labelledLevel(linkedLevel(START_MS), label('confirm', START_MS)),
  }
  const quiet = pass(confirmed, 90 * DAY_MS, [], { ceiling: 1, acting: true }).state
  expect([quiet.level, stateOf(quiet)]).toEqual([2, 'confirmed'])
})

test('an operator raises above the ceiling, and it stays until released', () => {
  const options = { ceiling: 2, acting: true } as const
  const raised = {
    ...start(),
    state: labelledLevel(linkedLevel(START_MS), label('raise', START_MS, { level: 4 })),
  }
  const held = pass(raised, 60 * DAY_MS, [], options)
  expect(held.state.level).toBe(4)
  const released = labelledLevel(held.state, label('release', held.nowMs))
  expect(released).toMatchObject({ level: 0, highestLevel: 4, floor: 0, operator: undefined })
  expect(pass({ ...held, state: released }, 2 * DAY_MS, TWO, options).state.level).toBe(2)
})

test('a member that is released changes nothing but the history', () => {
  const { state, nowMs } = pass(start(), DAY_MS, THREE)
  const after = labelledLevel(state, label('release', nowMs, { entity: 'e1' }))
  expect(after).toMatchObject({ level: 3, axes: state.axes })
  expect(after.history.at(-1)).toEqual({
    atMs: nowMs,
    what: 'member_released',
    level: 3,
    by: 'ann',
    note: 'seen',
  })
})

test('the history tells who did what, first to last, and is bounded', () => {
  const acting = pass(start(), 2 * DAY_MS, TWO)
  let state = labelledLevel(acting.state, label('confirm', acting.nowMs))
  expect(state.history.map(({ what, level, by }) => [what, level, by])).toEqual([
    ['linked', 0, undefined],
    ['raised', 1, undefined],
    ['raised', 2, undefined],
    ['confirmed', 2, 'ann'],
  ])
  for (let n = 0; n < 500; n++) state = labelledLevel(state, label('confirm', acting.nowMs + n))
  expect(state.history).toHaveLength(200)
  expect(state.history[0]?.what).toBe('linked')
  expect(state.history.at(-1)?.atMs).toBe(acting.nowMs + 499)
})

test('is plain data, and the same for the same evidence', () => {
  const { state, nowMs } = pass(start(), 2 * DAY_MS, THREE)
  const back: LevelState = JSON.parse(JSON.stringify(state))
  const judged = { axes: rows(THREE), regrowth: false }
  expect(nextLevel(back, judged, OPEN, nowMs + 1)).toEqual(
    nextLevel(state, judged, OPEN, nowMs + 1),
  )
})

test('whatever the evidence, levels keep their bounds and move down by single steps', () => {
  const random = createSeededRandom(17)
  for (let n = 0; n < 40; n++) {
    let { state, nowMs } = start()
    for (let i = 0; i < 300; i++) {
      nowMs += (1 + random(600)) * MINUTE_MS
      const axes = AXES.filter(() => random(3) === 0)
      const before = state.level
      state = nextLevel(
        state,
        { axes: rows(axes, random(7)), regrowth: random(20) === 0 },
        { ceiling: 3, acting: true },
        nowMs,
      )
      expect(state.level).toBeLessThanOrEqual(3)
      expect(state.level).toBeGreaterThanOrEqual(before - 1)
      expect(state.highestLevel).toBeGreaterThanOrEqual(state.level)
    }
  }
})

test('what would end it is told for each axis that counts', () => {
  const { state } = pass(start(), DAY_MS, THREE)
  const clears = clearsOf(state, rows(THREE))
  for (const axis of THREE) expect(clears.some((line) => line.includes(`Axis ${axis} `))).toBe(true)
  expect(clears.some((line) => line.includes('Axis pivot'))).toBe(false)
  const dismissed = labelledLevel(state, label('dismiss', START_MS))
  expect(clearsOf(dismissed, rows(THREE))).toEqual(['It is dismissed and does nothing.'])
  const held = labelledLevel(state, label('confirm', START_MS))
  expect(clearsOf(held, rows(THREE)).at(-1)).toMatch(/level 2 or more/)
})
