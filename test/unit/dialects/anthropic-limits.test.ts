import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anthropic } from '../../../src/dialects/anthropic.ts'
import { aLimitState, byName } from '../../support/a-limit-state.ts'

const AT_MS = Date.UTC(2026, 3, 22, 23, 59, 0)
const DAY_MS = 86_400_000

const resetOf = (resetMs: number, ageMs = 0) =>
  anthropic.limitHeaders([aLimitState({ resetMs, windowMs: 90 * DAY_MS })], AT_MS, ageMs)?.groups[0]
    ?.values[2]

describe("the limits of a caller in Anthropic's headers", () => {
  it('are calls, all tokens and either half of them', () => {
    const told = anthropic.limitHeaders(
      (['output_tokens', 'requests', 'tokens', 'input_tokens', 'usd', 'concurrent'] as const).map(
        (counted, at) => aLimitState({ counted, remaining: at }),
      ),
      AT_MS,
      0,
    )
    expect(told?.groups.map(({ names, values }) => [names[1], values[1]])).toEqual([
      ['anthropic-ratelimit-requests-remaining', '1'],
      ['anthropic-ratelimit-tokens-remaining', '2'],
      ['anthropic-ratelimit-input-tokens-remaining', '3'],
      ['anthropic-ratelimit-output-tokens-remaining', '0'],
    ])
    expect(told?.groups[3]?.names).toEqual([
      'anthropic-ratelimit-output-tokens-limit',
      'anthropic-ratelimit-output-tokens-remaining',
      'anthropic-ratelimit-output-tokens-reset',
    ])
  })

  it('tell a reset as a time of day that stays the same while an answer is waited for', () => {
    expect(resetOf(59_001)).toBe('2026-04-23T00:00:00Z')
    expect(resetOf(59_000)).toBe('2026-04-22T23:59:59Z')
    expect(resetOf(59_000, 20_000)).toBe('2026-04-22T23:59:59Z')
    expect(resetOf(10 * DAY_MS)).toBe('2026-05-02T23:59:00Z')
    // A window that ended meanwhile has its reset now.
    expect(resetOf(1_000, 60_000)).toBe('2026-04-23T00:00:00Z')
  })

  it('tell the time that Date would, on any day', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(2099, 0) }), (atMs) => {
        const state = aLimitState({ resetMs: 0 })
        const [, , text] = anthropic.limitHeaders([state], atMs, 0)?.groups[0]?.values ?? []
        const wholeMs = Math.ceil(atMs / 1_000) * 1_000
        expect(text).toBe(new Date(wholeMs).toISOString().replace('.000Z', 'Z'))
      }),
    )
  })

  it.each([
    ['2026-04-23T00:00:00Z', 60_000],
    ['2026-04-23T00:00:00.5Z', 60_500],
    ['2026-04-23T02:00:00+02:00', 60_000],
    ['2026-04-22T23:58:00Z', 0],
  ])('are read from %s', (text, ms) => {
    expect(anthropic.resetMs(text, AT_MS)).toBe(ms)
  })

  it.each([
    '',
    '0',
    '-1',
    '2026',
    '2026-04-23',
    '2026-13-23T00:00:00Z',
    '1776902400',
    'now',
    'Thu',
  ])('are not read from %j', (text) => {
    expect(anthropic.resetMs(text, AT_MS)).toBe(undefined)
  })
})

describe("a refusal in Anthropic's words", () => {
  const refusal = { message: 'No.', id: '01k0', retryAfterMs: 2_000 } as const

  it('is 529 where the model API is overloaded, and 503 where it is the guard that cannot tell', () => {
    const shed = anthropic.refuse({ ...refusal, status: 503, code: 'upstream_overloaded' })
    expect(shed.status).toBe(529)
    expect(JSON.parse(Buffer.from(shed.body).toString())).toMatchObject({
      error: { type: 'overloaded_error', code: 'upstream_overloaded' },
    })
    expect(byName(shed.rawHeaders)).toMatchObject({ 'retry-after': '2', 'retry-after-ms': '2000' })
    expect(anthropic.refuse({ ...refusal, status: 503, code: 'limits_unavailable' }).status).toBe(
      503,
    )
  })

  it('tells no reset where nobody said when the limits were asked', () => {
    const rest = { status: 429, code: 'limit_exceeded', limits: [aLimitState()] } as const
    const without = byName(anthropic.refuse({ ...refusal, ...rest }).rawHeaders)
    expect(without).not.toHaveProperty('anthropic-ratelimit-requests-reset')
    expect(without['ratelimit']).toBe('"requests-1m";r=7;t=30')
    const headers = byName(anthropic.refuse({ ...refusal, ...rest, atMs: AT_MS }).rawHeaders)
    expect(headers['anthropic-ratelimit-requests-reset']).toBe('2026-04-22T23:59:30Z')
  })
})
