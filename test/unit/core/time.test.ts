import { describe, expect, it } from 'vitest'
import { formatDuration, parseDurationMs } from '../../../src/core/time.ts'

describe('parseDurationMs', () => {
  it.each([
    ['1s', 1_000],
    ['90s', 90_000],
    ['5m', 300_000],
    ['12h', 43_200_000],
    ['90d', 7_776_000_000],
  ])('reads %s as %d ms', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms)
  })

  it.each(['', '0s', '1', 's', '-1s', '1.5s', '1 s', '1S', '1w', '01s', '1s ', '9999999999d'])(
    'refuses %j',
    (text) => {
      expect(parseDurationMs(text)).toBeUndefined()
    },
  )
})

describe('formatDuration', () => {
  it.each([
    [0, '0 s'],
    [1, '1 s'],
    [45_000, '45 s'],
    [3_600_000, '1 h'],
    [4_320_000, '1 h 12 min'],
    [90_061_000, '1 d 2 h'],
    [5_140_000, '1 h 26 min'],
    [3_599_500, '1 h'],
    [86_399_000, '1 d'],
    [59_001, '1 min'],
  ])('says %d ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })
})
