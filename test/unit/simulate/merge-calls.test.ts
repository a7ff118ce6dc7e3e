import { describe, expect, it } from 'vitest'
import type { RecordedCall } from '../../../src/core/trace.ts'
import { createMerge } from '../../../src/simulate/merge-calls.ts'
import type { Caller } from '../../../src/simulate/simulated-call.ts'
import { createSeededRandom } from '../../support/seeded-random.ts'

const callerOf = (account: string, times: readonly number[]): Caller => {
  let at = 0
  return {
    account,
    nextAtMs: () => times[at] ?? Infinity,
    call: (): RecordedCall => ({
      atMs: times[at++] ?? 0,
      account,
      ip: '198.51.100.1',
      method: 'POST',
      path: '/v1/chat/completions',
      rawHeaders: [],
      body: new Uint8Array(),
      usage: undefined,
      label: 'x',
      solves: undefined,
    }),
  }
}

describe('the merge of all calls', () => {
  it('puts the calls of many callers in time order and leaves none out', () => {
    const random = createSeededRandom(11)
    const merge = createMerge()
    const all: number[] = []
    for (let nth = 0; nth < 200; nth++) {
      const times = Array.from({ length: random(20) }, () => random(1_000)).toSorted(
        (a, b) => a - b,
      )
      all.push(...times)
      merge.add(callerOf(`a${nth}`, times))
    }
    const got: number[] = []
    for (let call = merge.next(2_000); call !== undefined; call = merge.next(2_000)) {
      got.push(call.atMs)
    }
    expect(got).toEqual(all.toSorted((a, b) => a - b))
  })

  it('stops before the end, lets others in and takes some out', () => {
    const merge = createMerge()
    merge.add(callerOf('one', [1, 5, 9]))
    merge.add(callerOf('two', [2, 6]))
    expect(merge.next(100)?.account).toBe('one')
    merge.remove('two')
    merge.add(callerOf('three', [4]))
    expect([merge.next(9)?.atMs, merge.next(9)?.atMs, merge.next(9)]).toEqual([4, 5, undefined])
  })
})
