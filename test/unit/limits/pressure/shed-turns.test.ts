import { describe, expect, it } from 'vitest'
import { createTurns } from '../../../../src/limits/pressure/shed-turns.ts'

const run = (part: number, calls: number, waits: (at: number) => boolean = () => false) => {
  const turns = createTurns()
  return Array.from({ length: calls }, (_, at) => turns.passes(part, waits(at)))
}
const passed = (passes: readonly boolean[]): number => passes.filter(Boolean).length

describe('turns', () => {
  it.each([0.02, 0.1, 0.25, 0.5, 0.618, 0.9, 0.99])(
    'let %f through, to within a few calls',
    (part) => {
      for (const calls of [1, 7, 50, 1_000]) {
        expect(Math.abs(passed(run(part, calls)) - part * calls)).toBeLessThanOrEqual(3)
        const withWaits = run(part, calls, (at) => at % 3 === 0)
        expect(Math.abs(passed(withWaits) - part * calls)).toBeLessThanOrEqual(4)
      }
    },
  )

  it('let all through, or none', () => {
    expect(passed(run(1, 100))).toBe(100)
    expect(passed(run(0, 100, () => true))).toBe(0)
  })

  it.each([2, 3, 5, 8])('leave no one out who comes as every %i. call', (every) => {
    const passes = run(0.5, 4_000)
    for (let first = 0; first < every; first++) {
      const own = passes.filter((_, at) => at % every === first)
      expect(passed(own) / own.length).toBeGreaterThan(0.3)
      expect(passed(own) / own.length).toBeLessThan(0.7)
    }
  })

  it('prefer who waited', () => {
    const passes = run(0.2, 5_000, (at) => at % 10 === 0)
    expect(passed(passes.filter((_, at) => at % 10 === 0)) / 500).toBeGreaterThan(0.95)
    expect(passed(passes) / 5_000).toBeCloseTo(0.2, 2)
  })

  it('are the same in every run', () => {
    expect(run(0.37, 500)).toEqual(run(0.37, 500))
  })
})
