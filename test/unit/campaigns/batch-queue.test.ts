import { expect, test } from 'vitest'
import { createBatchQueue } from '../../../src/campaigns/live/batch-queue.ts'
import { createLagWatch } from '../../../src/campaigns/live/lag-watch.ts'
import { labelText, parseLabel } from '../../../src/campaigns/live/label-text.ts'
import type { DetectorReport } from '../../../src/campaigns/live/detector-protocol.ts'
import { until } from '../../support/wait.ts'

test('what is confirmed is forgotten, what is lost with a thread is counted', () => {
  const queue = createBatchQueue({ maxChars: 1_000, onDrop: () => undefined })
  queue.add('one', 3, 10)
  queue.add('two', 4, 20)
  queue.add('three', 5, 30)
  const first = queue.next()
  expect(first?.text).toBe('one')
  queue.next()
  expect([queue.oldestMs(), queue.waiting()]).toEqual([10, 12])
  queue.confirmed(first?.batch ?? 0)
  queue.confirmed(99)
  expect([queue.oldestMs(), queue.waiting()]).toEqual([20, 9])
  expect(queue.lost()).toBe(4)
  expect([queue.oldestMs(), queue.waiting()]).toEqual([30, 5])
  expect(queue.next()?.text).toBe('three')
  expect(queue.next()).toBeUndefined()
})

test('the oldest give way, and a thread is not handed more than it keeps up with', () => {
  let dropped = 0
  const onDrop = (count: number): void => {
    dropped += count
  }
  const queue = createBatchQueue({ maxChars: 10, onDrop })
  for (let at = 0; at < 5; at++) queue.add(`text${at}`, 1, at)
  expect(dropped).toBe(3)
  expect(queue.next()?.text).toBe('text3')
  const wide = createBatchQueue({ maxChars: 2 ** 24, onDrop })
  for (let at = 0; at < 10; at++) wide.add('x'.repeat(2 ** 20), 1, at)
  let handed = 0
  while (wide.next() !== undefined) handed++
  expect(handed).toBe(4)
  while (wide.next(true) !== undefined) handed++
  expect(handed).toBe(10)
})

test('a lag is told once, and its end once', async () => {
  const reports: DetectorReport['what'][] = []
  let lag = 0
  const onReport = ({ what }: DetectorReport): void => void reports.push(what)
  const watch = createLagWatch({ lagMs: () => lag, onReport, lookMs: 1 })
  lag = 61_000
  await until('the lag', () => reports.length === 1)
  lag = 59_000
  await until('the end of it', () => reports.length === 2)
  watch.close()
  expect(reports).toEqual(['lagging', 'caught_up'])
})

test('a label comes back as it was told; what is none does not', () => {
  const label = {
    campaign: 'c1',
    act: 'raise',
    level: 3,
    by: 'ops',
    note: 'grün',
    atMs: 5,
  } as const
  expect(parseLabel(labelText(label))).toEqual(label)
  for (const wrong of ['', '{}', 'null', labelText(label).replace('raise', 'drop')]) {
    expect(parseLabel(wrong)).toBeUndefined()
  }
  expect(parseLabel(JSON.stringify({ ...label, more: 1 }))).toBeUndefined()
})
