import { expect, test } from 'vitest'
import { aDetector } from '../../support/a-detector.ts'
import { A_DAY_MS, anObservation, OBSERVED_FROM_MS } from '../../support/observations.ts'

const HOUR_MS = 3_600_000
const JUMPS = [2 * HOUR_MS, 40 * A_DAY_MS]

test.each(JUMPS)('a clock that was %d ms ahead for a while does not stop passes', (aheadMs) => {
  const { detector } = aDetector({ passMs: HOUR_MS / 4 })
  detector.observe(anObservation({ id: 'a', atMs: OBSERVED_FROM_MS }))
  detector.tick(OBSERVED_FROM_MS + aheadMs)
  detector.observe(anObservation({ id: 'b', atMs: OBSERVED_FROM_MS + aheadMs }))
  detector.observe(anObservation({ id: 'c', atMs: OBSERVED_FROM_MS + aheadMs + 1 }))
  const rightMs = OBSERVED_FROM_MS + HOUR_MS / 2
  detector.tick(rightMs)
  expect(detector.status().lastObservedMs).toBe(rightMs)
  expect(detector.status().lastPassMs).toBe(rightMs)
  detector.tick(rightMs + HOUR_MS / 2)
  expect(detector.status().lastPassMs).toBe(rightMs + HOUR_MS / 2)
})

test('a state that was saved with a clock ahead is put right as soon as the time is told', () => {
  const before = aDetector({ passMs: HOUR_MS / 4 })
  before.detector.observe(anObservation({ id: 'a', atMs: OBSERVED_FROM_MS + 30 * A_DAY_MS }))
  const { detector } = aDetector({ passMs: HOUR_MS / 4, saved: before.detector.save() })
  detector.tick(OBSERVED_FROM_MS)
  detector.observe(anObservation({ id: 'b', atMs: OBSERVED_FROM_MS + HOUR_MS }))
  expect(detector.status().lastPassMs).toBe(OBSERVED_FROM_MS + HOUR_MS)
})

test('time that goes back by less than two passes makes no more passes', () => {
  const { detector } = aDetector({ passMs: HOUR_MS })
  detector.observe(anObservation({ id: 'a', atMs: OBSERVED_FROM_MS }))
  detector.tick(OBSERVED_FROM_MS + 2 * HOUR_MS)
  detector.tick(OBSERVED_FROM_MS + HOUR_MS + 1)
  expect(detector.status().lastPassMs).toBe(OBSERVED_FROM_MS + 2 * HOUR_MS)
})
