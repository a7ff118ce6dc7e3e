import { expect, test } from 'vitest'
import { marksTexts, parseMarks } from '../../../src/campaigns/live/mark-text.ts'
import { createMarksTable } from '../../../src/campaigns/live/marks-table.ts'
import type { Mark } from '../../../src/core/campaign.ts'

const aMark = (changes: Partial<Mark> = {}): Mark => ({
  entity: 'org_1',
  campaign: 'c1',
  level: 2,
  score: 9.5,
  axes: ['uniformity', 'supply'],
  atMs: 1_000,
  untilMs: 9_000,
  ...changes,
})

test('a mark is read until it runs out', () => {
  const table = createMarksTable()
  table.take(aMark())
  expect(table.of('org_1', 8_999)?.campaign).toBe('c1')
  expect(table.of('org_1', 9_000)).toBeUndefined()
  expect(table.of('org_2', 1_000)).toBeUndefined()
  expect([table.size(1_000), table.size(9_000)]).toEqual([1, 0])
})

test('the latest word counts, in whichever order words come', () => {
  const table = createMarksTable()
  expect(table.take(aMark({ level: 3, atMs: 2_000 }))).toBe(true)
  expect(table.take(aMark({ level: 1, atMs: 1_000 }))).toBe(false)
  expect(table.of('org_1', 3_000)?.level).toBe(3)
  expect(table.take(aMark({ level: 3, atMs: 2_000 }))).toBe(false)
  expect(table.take(aMark({ level: 1, atMs: 2_000 }))).toBe(true)
  expect(table.of('org_1', 3_000)?.level).toBe(1)
})

test('an older word cannot bring back a mark that was lifted', () => {
  const table = createMarksTable()
  table.take(aMark())
  table.take(aMark({ level: 0, atMs: 2_000 }))
  expect(table.of('org_1', 3_000)).toBeUndefined()
  expect(table.inForce(3_000)).toEqual([])
  expect(table.take(aMark({ atMs: 1_500 }))).toBe(false)
  expect(table.size(3_000)).toBe(0)
})

test('memory is bounded: the longest known give way', () => {
  const table = createMarksTable(2)
  for (const entity of ['a', 'b', 'c']) table.take(aMark({ entity }))
  expect(table.inForce(2_000).map(({ entity }) => entity)).toEqual(['b', 'c'])
})

test('marks come back as they were told, in batches', () => {
  const marks = Array.from({ length: 1_201 }, (_, at) => aMark({ entity: `e${at}`, atMs: at }))
  const texts = marksTexts(marks)
  expect(texts).toHaveLength(3)
  expect(texts.flatMap((text) => parseMarks(text).marks)).toEqual(marks)
})

test('a mark that is not as it has to be costs only itself', () => {
  const [text = ''] = marksTexts([aMark()])
  const [, row] = JSON.parse(text) as [number, unknown[]]
  for (const [place, wrong] of [
    [0, ''],
    [1, 5],
    [2, 5],
    [2, 1.5],
    [3, '9'],
    [4, 128],
    [5, -1],
    [6, 1e15],
  ] as const) {
    const came = parseMarks(JSON.stringify([1, row.with(place, wrong), row]))
    expect([place, came.refused, came.marks.length]).toEqual([place, 1, 1])
  }
  for (const wrong of ['', '[]', '[2,1]', '{}', 'null']) {
    expect(parseMarks(wrong)).toEqual({ marks: [], refused: 1 })
  }
})
