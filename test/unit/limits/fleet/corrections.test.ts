import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Correction } from '../../../../src/core/ledger.ts'
import { createCorrections } from '../../../../src/limits/fleet/corrections.ts'

const aCorrection = (lo: number): Correction => ({
  hi: 1,
  lo,
  concurrent: false,
  window: { align: 'utc', lengthMs: 1_000 },
  expiresMs: 2_000,
  delta: -1,
})

describe('corrections', () => {
  let sent: number[][] = []
  const corrections = () => createCorrections((batch) => sent.push(batch.map(({ lo }) => lo)))
  beforeEach(() => {
    sent = []
    vi.useFakeTimers({ toFake: ['setImmediate'] })
  })
  afterEach(() => void vi.useRealTimers())

  it('of one turn are sent as one, in their order', () => {
    const queue = corrections()
    for (const lo of [1, 2, 3]) queue.add(aCorrection(lo))
    expect(sent).toEqual([])
    vi.runAllTicks()
    vi.runAllTimers()
    queue.add(aCorrection(4))
    vi.runAllTimers()
    expect(sent).toEqual([[1, 2, 3], [4]])
  })

  it('go ahead of a call that asks for the same counter, and of no other', () => {
    const queue = corrections()
    queue.add(aCorrection(1))
    queue.flushFor([{ hi: 1, lo: 2 }])
    expect(sent).toEqual([])
    queue.flushFor([
      { hi: 1, lo: 2 },
      { hi: 1, lo: 1 },
    ])
    expect(sent).toEqual([[1]])
    vi.runAllTimers()
    expect(sent).toHaveLength(1)
  })

  it('can be taken back before they are sent', () => {
    const queue = corrections()
    queue.add(aCorrection(1))
    expect(queue.takeBack().map(({ lo }) => lo)).toEqual([1])
    vi.runAllTimers()
    expect(sent).toEqual([])
  })
})
