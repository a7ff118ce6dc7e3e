import { describe, expect, it } from 'vitest'
import { createSteadyTime } from '../../../src/limits/steady-time.ts'

const AT_MS = Date.UTC(2026, 3, 22)

describe('steady time', () => {
  it('does not run backwards for a call that comes late', () => {
    const time = createSteadyTime()
    expect(time.at(AT_MS)).toBe(AT_MS)
    expect(time.at(AT_MS - 30_000)).toBe(AT_MS)
    expect(time.at(AT_MS + 5)).toBe(AT_MS + 5)
  })

  it('follows a clock that was set back', () => {
    const time = createSteadyTime()
    time.at(AT_MS)
    expect(time.at(AT_MS - 3_600_000)).toBe(AT_MS - 3_600_000)
    expect(time.latestMs()).toBe(AT_MS - 3_600_000)
  })

  it('looks without remembering', () => {
    const time = createSteadyTime()
    time.at(AT_MS)
    expect(time.peek(AT_MS + 60_000)).toBe(AT_MS + 60_000)
    expect(time.latestMs()).toBe(AT_MS)
  })

  it.each([Number.NaN, Infinity, -Infinity])('stands still at %d', (odd) => {
    const time = createSteadyTime()
    time.at(AT_MS)
    expect(time.at(odd)).toBe(AT_MS)
  })
})
