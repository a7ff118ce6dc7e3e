import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBodyBudget, createBodyBuffer } from '../../../src/http/body-buffer.ts'

describe('a body that is coming in', () => {
  it('is put together whole from any pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40_000 }), { maxLength: 12 }), (pieces) => {
        const body = createBodyBuffer({ maxBytes: 1_000_000, budget: createBodyBudget(2_000_000) })
        for (const piece of pieces) body.push(Buffer.from(piece))
        expect(Buffer.compare(body.whole(), Buffer.concat(pieces))).toBe(0)
      }),
    )
  })

  it('costs about its bytes also where it comes one byte a chunk', () => {
    const budget = createBodyBudget(100_000_000)
    const body = createBodyBuffer({ maxBytes: 10_000_000, budget })
    const before = process.memoryUsage().rss
    for (let at = 0; at < 2_000_000; at++) body.push(Buffer.from([at & 255]))
    expect(body.whole().length).toBe(2_000_000)
    expect(budget.takenBytes).toBeLessThanOrEqual(4_194_304)
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000)
  })

  it('is refused past its own bound, and takes no more memory for it', () => {
    const budget = createBodyBudget(1_000_000)
    const body = createBodyBuffer({ maxBytes: 50_000, budget })
    body.push(Buffer.alloc(40_000))
    expect(() => body.push(Buffer.alloc(10_001))).toThrow(
      expect.objectContaining({ code: 'body_too_large' }),
    )
    expect(budget.takenBytes).toBe(40_000)
  })

  it('is refused where all bodies together have no room left, and has room again after the others', () => {
    const budget = createBodyBudget(100_000)
    const first = createBodyBuffer({ maxBytes: 90_000, budget })
    const second = createBodyBuffer({ maxBytes: 90_000, budget })
    first.push(Buffer.alloc(60_000))
    expect(() => second.push(Buffer.alloc(60_000))).toThrow(
      expect.objectContaining({ code: 'overloaded' }),
    )
    first.release()
    first.release()
    expect(budget.takenBytes).toBe(0)
    second.push(Buffer.alloc(60_000))
    expect(second.whole().length).toBe(60_000)
  })
})
