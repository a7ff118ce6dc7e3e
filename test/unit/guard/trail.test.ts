import { describe, expect, it } from 'vitest'
import type { CallEvent } from '../../../src/core/event.ts'
import { Fault } from '../../../src/core/fault.ts'
import { Trail } from '../../../src/guard/trail.ts'

const told = (walk: (trail: Trail) => void): CallEvent | undefined => {
  let event: CallEvent | undefined
  const trail = new Trail(
    { id: 'id', atMs: 0, method: 'POST', path: '/', peerAddress: '203.0.113.7' },
    {
      clock: { now: () => 0 },
      limiter: {
        admit: () => ({
          admitted: true,
          lease: { cost: { inputTokens: 0, outputTokens: 0, nanoUsd: 0 } },
          states: [],
          degraded: false,
        }),
        settle: () => {},
        peek: () => [],
        forget: () => [],
        close: () => Promise.resolve(),
      },
      modelTerms: () => ({ byDefault: 1, atMost: 1 }),
      sink: {
        name: 'events',
        accept: (taken) => {
          event = taken
        },
        close: () => Promise.resolve(),
      },
    },
  )
  walk(trail)
  trail.end()
  return event
}
const refused = Object.assign(new Error('connect 10.0.0.7:443'), { code: 'ECONNREFUSED' })

describe('the trail of a call that failed', () => {
  it('says by a word why the upstream could not be reached', () => {
    const fault = new Fault('upstream_unreachable', { cause: refused })
    expect(told((trail) => trail.failed(fault))).toMatchObject({
      fault: 'upstream_unreachable',
      faultCause: 'ECONNREFUSED',
    })
  })

  it('says why an answer broke off', () => {
    const ending = {
      kind: 'broken',
      fault: 'upstream_broken',
      cause: 'ECONNRESET',
      usage: undefined,
      estimatedOutputTokens: 0,
      bytesOut: 0,
    } as const
    expect(told((trail) => trail.forwarded(ending))?.faultCause).toBe('ECONNRESET')
  })

  it('says nothing where there is no word, and nothing of what a client did', () => {
    const silent = new Fault('upstream_invalid', { cause: new Error('quotes a peer') })
    expect(told((trail) => trail.failed(silent))?.faultCause).toBeUndefined()
    const left = new Fault('client_gone', { cause: refused })
    expect(told((trail) => trail.failed(left))?.faultCause).toBeUndefined()
  })
})
