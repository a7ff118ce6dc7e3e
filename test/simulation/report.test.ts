import { describe, expect, it } from 'vitest'
import { rowOf } from '../bench/campaigns/figures.ts'
import { FRESH_SEEDS, fullPlan, longPlan } from '../bench/campaigns/plan.ts'
import { curvePlot, leakPlot } from '../bench/campaigns/plots.ts'
import { GUARD, type RunResult } from '../bench/campaigns/run-scenario.ts'
import type { Score } from '../bench/campaigns/score.ts'
import {
  baselineTable,
  groupTable,
  guardTable,
  tableMarkdown,
  tableText,
} from '../bench/campaigns/tables.ts'

const DAY_MS = 86_400_000
const FROM_MS = Date.UTC(2026, 3, 22)

const scoreOf = (family: string, setting: string, leaked: number, acted: number): Score => ({
  family,
  setting,
  attack: {
    calls: 1_000,
    leaked,
    entities: 50,
    found: leaked === 1_000 ? 0 : 45,
    firstCallMs: FROM_MS,
    firstActedMs: leaked === 1_000 ? undefined : FROM_MS + 1.5 * DAY_MS,
    callsByDay: [200, 400, 400],
    leakedByDay: [200, leaked - 200, 0],
  },
  honest: { entities: 900, acted },
  byLabel: {},
})

const labelOf = (levels: readonly [number, number, number, number, number], forwarded: number) => ({
  calls: 1_000,
  entities: 50,
  forwarded,
  reshaped: 0,
  challenged: 0,
  solved: 0,
  throttled: 0,
  denied: 0,
  tokens: 0,
  forwarded_before_action: 0,
  entities_by_level: levels,
})

const resultOf = (seed: number): RunResult => ({
  spec: { name: 'x', scenario: 'naive', scale: 1, seed, baselines: true },
  accounts: 950,
  startMs: FROM_MS,
  status: undefined,
  scores: [
    scoreOf(GUARD.family, GUARD.setting, 300, 1),
    scoreOf('limit', '10', 250, 800),
    scoreOf('limit', '100', 1_000, 0),
    scoreOf('graph', 'any', 400, 90),
  ],
  summary: {
    calls: 10_000,
    wall_s: 1,
    labels: {
      'attack/x': labelOf([5, 0, 45, 0, 0], 500),
      'legit/chat': labelOf([790, 9, 1, 0, 0], 1_000),
      'legit/class': labelOf([60, 40, 0, 0, 0], 1_000),
      'abuse/trial': labelOf([0, 0, 10, 0, 0], 1_000),
    },
    campaigns: [
      {
        id: 'c',
        level: 2,
        first_linked_at: FROM_MS,
        first_action_at: FROM_MS,
        members: 46,
        members_by_label: { 'attack/x': 45, 'legit/chat': 1 },
        axes: [],
        state: 'acting',
      },
    ],
    from: FROM_MS,
    to: FROM_MS + 3 * DAY_MS,
    revision: 'r',
    rules: {},
    limits: {},
    faults: {},
    skipped: 0,
    cut: false,
    accounts: { named: 1, unknown: 0, unknown_calls: 0 },
    detector: { proven: 600, acting: true, missing: [], min_reference: 500 },
  },
})

const row = rowOf('a1, 50', [resultOf(1), resultOf(2)])

describe('what a benchmark tells', () => {
  it('adds seeds up, and counts as harm only what was done to honest entities', () => {
    expect(row.guard).toMatchObject({
      leak: 0.3,
      recall: 0.9,
      forwarded: 0.5,
      daysToAction: 1.5,
      purity: 45 / 46,
      honest: { entities: 1_800, acted: 2 },
      honestByLevel: [1_700, 98, 2, 0, 0],
    })
    // A setting that turns 800 of 900 honest callers away is no answer, however little it lets through.
    expect(row.baselines.map(({ family, setting, leak }) => [family, setting, leak])).toEqual([
      ['limit', '100', 1],
      ['graph', 'any', 0.4],
    ])
  })

  it('is a table that says how sure it is', () => {
    const table = guardTable('Ways', ['Said once.'], [row])
    expect(table.rows[0]).toEqual([
      'a1, 50',
      '2',
      '90.0 %',
      '30.0 %',
      '50.0 %',
      '1.5',
      '97.8 %',
      '100 of 1,800 (< 6.53 %)',
      '2 of 1,800 (< 0.35 %)',
      '0 of 1,800 (< 0.17 %)',
    ])
    expect(tableMarkdown(table)).toContain('| a1, 50 | 2 | 90.0 % |')
    expect(tableText(table).split('\n')).toHaveLength(5)
    expect(baselineTable('', [], [row]).rows[0]?.[2]).toBe('100.0 %, 0.00 % honest (100)')
    expect(groupTable('', [], row).rows.map(([label, all]) => [label, all])).toEqual([
      ['legit/chat', '1600'],
      ['legit/class', '200'],
    ])
  })

  it('is drawn, whatever there is to draw', () => {
    const without = rowOf('none', [{ ...resultOf(3), scores: resultOf(3).scores.slice(0, 1) }])
    for (const { svg } of [
      leakPlot('a.svg', 'Leak', [row, without]),
      curvePlot('b.svg', 'Size', 'accounts', [
        { text: '50', row },
        { text: '150', row },
      ]),
      curvePlot('c.svg', 'Size', 'accounts', [{ text: '50', row: without }]),
    ]) {
      expect(svg).toContain('Stillwatch')
      expect(svg).not.toMatch(/NaN|Infinity|undefined/)
    }
  })
})

describe('the plans', () => {
  const options = { scale: 1, seeds: FRESH_SEEDS }

  it('hold every evasion, every size, and the honest groups', () => {
    const names = longPlan(options).flatMap(({ rows }) => rows.map(({ name }) => name))
    for (const id of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 18]) {
      expect(names.some((name) => name.startsWith(`a${id}-`))).toBe(true)
    }
    for (const size of [50, 150, 500, 2500]) expect(names).toContain(`a1-naive, ${size} accounts`)
    expect(names).toContain('look-alikes')
    expect(names.filter((name) => name.includes('expected miss'))).toHaveLength(1)
  })

  it('are short enough for an hour on two cores at two minutes a run, and long for the published ones', () => {
    const specs = longPlan(options).flatMap(({ rows }) => rows.flatMap((one) => one.specs))
    const different = new Set(specs.map((spec) => JSON.stringify({ ...spec, name: '' })))
    expect(different.size).toBeLessThanOrEqual(70)
    expect(fullPlan(options)[0]?.rows.map(({ name }) => name)).toEqual([
      'deepseek',
      'moonshot',
      'minimax',
      'qwen',
    ])
  })
})
