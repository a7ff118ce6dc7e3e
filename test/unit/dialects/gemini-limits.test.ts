import { describe, expect, it } from 'vitest'
import type { LimitState } from '../../../src/core/decision.ts'
import { gemini } from '../../../src/dialects/gemini.ts'
import { aLimitState } from '../../support/a-limit-state.ts'

const detailsOf = (limits: readonly LimitState[]): unknown => {
  const { body } = gemini.refuse({
    status: 429,
    code: 'limit_exceeded',
    message: 'No.',
    id: '01k0',
    retryAfterMs: 26_500,
    limits,
  })
  const json = JSON.parse(Buffer.from(body).toString()) as { error: { details: unknown[] } }
  return json.error.details.slice(1)
}

const RETRY = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '26.5s' }

describe("the limits of a caller in Gemini's answers", () => {
  it('have no headers beside the fields of the draft', () => {
    const told = gemini.limitHeaders([aLimitState(), aLimitState({ counted: 'tokens' })], 0, 0)
    expect(told?.groups).toEqual([])
    expect(told?.fields).toHaveLength(4)
    expect(gemini.limitHeaders([aLimitState({ counted: 'tokens' })], 0, 0)).toBe(undefined)
  })

  it('are named in the QuotaFailure of a refusal where they refused', () => {
    const refused = { exceeded: true, remaining: 0 }
    expect(
      detailsOf([
        aLimitState({ ...refused, counted: 'input_tokens', quota: 5_000, windowMs: 86_400_000 }),
        aLimitState(refused),
        aLimitState(),
      ]),
    ).toEqual([
      RETRY,
      {
        '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
        violations: [
          {
            quotaMetric: 'stillwatch/input_tokens',
            quotaId: 'input_tokens-1d',
            quotaValue: '5000',
          },
          { quotaMetric: 'stillwatch/requests', quotaId: 'requests-1m', quotaValue: '10' },
        ],
      },
    ])
  })

  it.each([
    ['shared by a group', { own: false }],
    ['in shadow mode', { enforced: false }],
    ['over money', { counted: 'usd' }],
    ['over running calls', { counted: 'concurrent', windowMs: 0 }],
  ] as const)('are not named if %s', (_what, changes) => {
    expect(detailsOf([aLimitState({ exceeded: true, ...changes })])).toEqual([RETRY])
  })
})
