import { describe, expect, it } from 'vitest'
import type { UsageReader } from '../../../src/core/seams.ts'
import { createMeter, NO_METER, SIZE_METER } from '../../../src/upstream/meter.ts'

const USAGE = { inputTokens: 1, outputTokens: 2 }
const reader = (changes: Partial<UsageReader> = {}): UsageReader => ({
  push: () => {},
  total: () => USAGE,
  estimatedOutputTokens: () => 3,
  ...changes,
})
const throws = (): never => {
  throw new Error('broken')
}
const BYTES = new Uint8Array(1)

describe('a meter', () => {
  it('says what its reader says', () => {
    const meter = createMeter(reader(), throws)
    meter.push(BYTES)
    expect([meter.usage(), meter.estimatedOutputTokens(100)]).toEqual([USAGE, 3])
  })

  it.each(['push', 'total', 'estimatedOutputTokens'] as const)(
    'does not ask a reader again whose %s threw, and tells once',
    (name) => {
      const told: unknown[] = []
      let pushes = 0
      const meter = createMeter(reader({ push: () => void pushes++, [name]: throws }), (cause) =>
        told.push(cause),
      )
      meter.push(BYTES)
      const first = [meter.usage(), meter.estimatedOutputTokens(100)]
      meter.push(BYTES)
      expect(told).toHaveLength(1)
      expect(meter.usage()).toBeUndefined()
      expect(first[1]).toBe(25)
      expect(pushes).toBe(name === 'push' ? 0 : 1)
    },
  )

  it('without a reader estimates by size, or nothing where there are no tokens', () => {
    expect([SIZE_METER.usage(), SIZE_METER.estimatedOutputTokens(9)]).toEqual([undefined, 3])
    expect([NO_METER.usage(), NO_METER.estimatedOutputTokens(9)]).toEqual([undefined, 0])
  })
})
