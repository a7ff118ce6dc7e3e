import { getHeapSpaceStatistics } from 'node:v8'
import { describe, expect, it } from 'vitest'
import { numberText } from '../../../src/core/number-text.ts'

const oldBytes = (): number =>
  getHeapSpaceStatistics().find((space) => space.space_name === 'old_space')?.space_used_size ?? 0

describe('the text of a number', () => {
  it('is the one that String writes, below, at and above 31 bits', () => {
    const edges = [0, 31, 53].flatMap((bits) => [2 ** bits - 1, 2 ** bits, 2 ** bits + 1])
    const others = [-0, -1, -(2 ** 40), 0.5, 2 ** 31 + 0.5, 44_999_999_950, 999_999_999_999_999]
    const odd = [1e21, 1e300, 5e-324, Number.NaN, Number.POSITIVE_INFINITY]
    for (const value of [...edges, ...others, ...odd]) expect(numberText(value)).toBe(String(value))
  })

  it('leaves nothing of a large number in the old generation', () => {
    const numbers = 20_000
    const before = oldBytes()
    for (let n = 0; n < numbers; n++) numberText(45_000_000_000 - n * 7)
    expect((oldBytes() - before) / numbers).toBeLessThan(10)
  })
})
