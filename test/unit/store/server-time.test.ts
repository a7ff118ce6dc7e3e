import { expect, it } from 'vitest'
import { createServerTime } from '../../../src/store/server-time.ts'

const started = () => {
  let nowMs = 1_000
  const time = createServerTime(() => nowMs)
  return { time, pass: (ms: number) => void (nowMs += ms) }
}

it('sets no limit before the first answer', () => {
  expect(started().time.latestMs(50)).toBe(Number.POSITIVE_INFINITY)
})

it('believes the answer that is furthest ahead, since the others were longer under way', () => {
  const { time, pass } = started()
  time.learn(500_000)
  pass(10)
  time.learn(500_003)
  expect(time.latestMs(50)).toBe(500_060)
  time.learn(500_020)
  expect(time.latestMs(50)).toBe(500_070)
})

it('believes a clock that was set back after a while, and one set forward at once', () => {
  const { time, pass } = started()
  time.learn(500_000)
  pass(1_000)
  time.learn(400_000)
  expect(time.latestMs(0)).toBe(501_000)
  pass(10_000)
  time.learn(410_000)
  pass(10_000)
  time.learn(420_000)
  expect(time.latestMs(0)).toBe(420_000)
  time.learn(900_000)
  expect(time.latestMs(0)).toBe(900_000)
})

it('is not misled by a time that is none', () => {
  const { time } = started()
  time.learn(Number.NaN)
  expect(time.latestMs(50)).toBe(Number.POSITIVE_INFINITY)
})
