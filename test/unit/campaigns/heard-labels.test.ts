import { expect, test } from 'vitest'
import { createHeardLabels, LABEL_LIFE_MS } from '../../../src/campaigns/live/heard-labels.ts'

const NOW_MS = 1_800_000_000_000

test('a label is taken once, also by who begins with what was saved', () => {
  const labels = createHeardLabels()
  expect(labels.take('a', NOW_MS, NOW_MS)).toBe(true)
  expect(labels.take('a', NOW_MS, NOW_MS)).toBe(false)
  const next = createHeardLabels(labels.save())
  expect(next.take('a', NOW_MS, NOW_MS)).toBe(false)
  expect(next.take('b', NOW_MS, NOW_MS)).toBe(true)
})

test('one older than labels live is not taken, so that names may be forgotten after that', () => {
  const labels = createHeardLabels()
  labels.take('a', NOW_MS, NOW_MS)
  const laterMs = NOW_MS + LABEL_LIFE_MS + 1
  expect(labels.take('b', laterMs, laterMs)).toBe(true)
  expect(labels.save()).toEqual([['b', laterMs]])
  expect(labels.take('a', NOW_MS, laterMs)).toBe(false)
})

test('it remembers a bounded number', () => {
  const labels = createHeardLabels()
  for (let at = 0; at < 6_000; at++) labels.take(`label ${at}`, NOW_MS, NOW_MS)
  expect(labels.save()).toHaveLength(4_096)
  expect(labels.take('label 5999', NOW_MS, NOW_MS)).toBe(false)
})
