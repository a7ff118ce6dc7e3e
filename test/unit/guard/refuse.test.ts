import { describe, expect, it } from 'vitest'
import { refusalOf } from '../../../src/guard/refuse.ts'
import { aCall } from '../../support/a-call.ts'
import { aLimitState, aRuling } from '../../support/an-event.ts'

const call = aCall()
const overLimit = (changes: Parameters<typeof aLimitState>[0]) =>
  aRuling({}, [aLimitState({ exceeded: true, remaining: 0, resetMs: 42_000, ...changes })])

describe('what a caller is told', () => {
  it('of a limit: how much it allows, when to come back, and all its limits', () => {
    const ruling = overLimit({})
    expect(refusalOf(ruling, call)).toEqual({
      status: 429,
      code: 'limit_exceeded',
      message: 'The limit of 100 requests in 1 min is reached. Try again in 42 s.',
      id: call.id,
      retryAfterMs: 42_000,
      counted: 'requests',
      limits: ruling.admission?.states,
      atMs: call.atMs,
    })
  })

  it.each([
    ['tokens', 200_000, 'The limit of 200000 tokens in 1 min is reached.'],
    ['usd', 12_500_000_000, 'The limit of $12.50 in 1 min is reached.'],
  ] as const)('of a limit over %s', (counted, quota, words) => {
    expect(refusalOf(overLimit({ counted, quota }), call)).toMatchObject({
      counted,
      message: expect.stringContaining(words) as string,
    })
  })

  it('of running calls: how many there may be', () => {
    const over = overLimit({ counted: 'concurrent', quota: 5, windowMs: 0, resetMs: 0 })
    expect(refusalOf(over, call).message).toContain(
      'The limit of 5 calls at the same time is reached.',
    )
  })

  it('of a limit with room for less: how much, and to ask for less', () => {
    const over = overLimit({ counted: 'tokens', quota: 3_000, remaining: 1_811, cost: 2_921 })
    expect(refusalOf(over, call).message).toBe(
      'The limit of 3000 tokens in 1 min has 1811 left, and this call may need 2921. Ask for fewer output tokens, or try again in 42 s.',
    )
  })

  it('nothing of a quota that others share', () => {
    const { message } = refusalOf(
      overLimit({ own: false, quota: 1_778, remaining: 1, cost: 2 }),
      call,
    )
    expect(message).toBe(
      `A limit is reached. Try again in 42 s. If you think it should not apply to you, contact the operator and quote ${call.id}.`,
    )
  })

  it('of limits that cannot be asked: that it is not their doing', () => {
    const ruling = overLimit({})
    if (ruling.admission?.admitted !== false) throw new Error('a refusal was expected')
    const admission = { ...ruling.admission, because: 'unavailable', retryAfterMs: 5_000 } as const
    expect(refusalOf({ ...ruling, admission }, call)).toMatchObject({
      status: 503,
      code: 'limits_unavailable',
      retryAfterMs: 5_000,
    })
  })

  it('of an upstream under pressure: when calls of their standing are expected through', () => {
    const shed = { upstream: 'main', pressure: 0.7, retryAfterMs: 14_200 }
    const ruling = { ...aRuling(), verdict: 'throttle', admission: undefined, shed } as const
    expect(refusalOf(ruling, call)).toEqual({
      status: 503,
      code: 'upstream_overloaded',
      message: 'The model API has more calls than it can serve. Try again in 15 s.',
      id: call.id,
      retryAfterMs: 14_200,
    })
  })

  it('of a rule: nothing that names it', () => {
    for (const verdict of ['deny', 'challenge', 'throttle'] as const) {
      const ruling = aRuling({ verdict, rule: 'secret-rule', why: 'secret why', retryAfterS: 3 })
      expect(refusalOf(ruling, call).message).not.toContain('secret')
    }
  })
})
