import { describe, expect, it } from 'vitest'
import { formatAmount, formatQuota, shownAmount, unitOf } from '../../../src/core/amount-text.ts'

describe('an amount in words', () => {
  it.each([
    ['requests', 20, '20 requests'],
    ['input_tokens', 1_000, '1000 input tokens'],
    ['output_tokens', 1, '1 output token'],
    ['tokens', 200_000, '200000 tokens'],
    ['concurrent', 5, '5 calls at the same time'],
    ['usd', 12_500_000_000, '$12.50'],
    ['usd', 0, '$0.00'],
    ['usd', 1, '$0.000000001'],
    ['usd', 42_000, '$0.000042'],
    ['usd', 1_000_000_000_000_000, '$1000000.00'],
    ['usd', 123_456_000_000, '$123.456'],
  ] as const)('of %s %d is %s', (counted, amount, text) => {
    expect(formatQuota(counted, amount)).toBe(text)
  })

  it('leaves out what is counted where it is said elsewhere', () => {
    expect(formatAmount('tokens', 12)).toBe('12')
    expect(formatAmount('usd', 10_000_000)).toBe('$0.01')
  })

  it('is in dollars as a number too', () => {
    expect([unitOf('usd'), shownAmount('usd', 1_250_000_001)]).toEqual(['usd', 1.250000001])
    expect([unitOf('tokens'), shownAmount('tokens', 7)]).toEqual(['tokens', 7])
    expect([unitOf('concurrent'), unitOf('requests')]).toEqual(['calls', 'calls'])
  })
})
