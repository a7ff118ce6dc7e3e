import { expect, test } from 'vitest'
import { createSpoken } from '../../../src/campaigns/live/spoken.ts'
import { portionsOf } from '../../../src/store/redis-detect-desk.ts'
import { anObservation } from '../../support/an-observation.ts'
import { createCountingDetector } from '../../support/counting-detector.ts'

test('between passes only status and list are said, and in full what an operator labelled', () => {
  const detector = createCountingDetector({
    ceiling: 2,
    minReference: 500,
    passMs: 60_000,
    onMark: () => undefined,
  })
  const spoken = createSpoken()
  let atMs = 1_800_000_000_000
  const next = (full: 'all' | ReadonlySet<string>): string[] => {
    detector.observe(anObservation({ client: 'campaign/1', atMs: ++atMs }))
    const news = spoken.news(detector, full)
    spoken.kept(news)
    return [...news.keys()]
  }
  const whole = ['status', 'list', 'show:c1', 'members:c1']
  expect(next('all')).toEqual(whole)
  expect(next(new Set(['c2']))).toEqual(['status', 'list'])
  expect(next(new Set(['c1']))).toEqual(whole)
})

test('what is said at once is bounded, and all of it is said', () => {
  const long = 'x'.repeat(400_000)
  const said = new Map<string, string | undefined>([['gone', undefined]])
  for (let at = 0; at < 10; at++) said.set(`long ${at}`, long)
  said.set('longest', 'x'.repeat(3_000_000))
  for (let at = 0; at < 250; at++) said.set(`short ${at}`, 'x')
  const portions = portionsOf(said)
  expect(new Map(portions.flat())).toEqual(said)
  for (const portion of portions) {
    const chars = portion.reduce((sum, [, text]) => sum + (text?.length ?? 0), 0)
    expect(portion.length === 1 || chars <= 2 ** 20).toBe(true)
    expect(portion.length).toBeLessThanOrEqual(100)
  }
})
