import { describe, expect, it } from 'vitest'
import type { LimitState } from '../../../src/core/decision.ts'
import { openai } from '../../../src/dialects/openai.ts'
import { aLimitState, byName } from '../../support/a-limit-state.ts'

const AT_MS = Date.UTC(2026, 3, 22)

const groupsOf = (...limits: readonly LimitState[]) =>
  openai
    .limitHeaders(limits, AT_MS, 0)
    ?.groups.map(({ names, values }) => names.map((name, at) => `${name}: ${values[at]}`))

describe("the limits of a caller in OpenAI's headers", () => {
  it('are calls and tokens, of each the tightest as a whole', () => {
    expect(
      groupsOf(
        aLimitState({ quota: 1_000, remaining: 800, windowMs: 86_400_000, resetMs: 7_200_000 }),
        aLimitState({ quota: 10, remaining: 7 }),
        aLimitState({ counted: 'tokens', quota: 90_000, remaining: 500, resetMs: 12 }),
        aLimitState({ counted: 'tokens', quota: 40_000, remaining: 500, resetMs: 11_100 }),
      ),
    ).toEqual([
      [
        'x-ratelimit-limit-requests: 10',
        'x-ratelimit-remaining-requests: 7',
        'x-ratelimit-reset-requests: 30s',
      ],
      [
        'x-ratelimit-limit-tokens: 40000',
        'x-ratelimit-remaining-tokens: 500',
        'x-ratelimit-reset-tokens: 12s',
      ],
    ])
  })

  it('are not those over one half of the tokens, which have no header', () => {
    const half = aLimitState({ counted: 'output_tokens' })
    expect(openai.limitHeaders([half], AT_MS, 0)).toBe(undefined)
  })

  it.each([
    [0, '0ms'],
    [0.2, '1ms'],
    [12, '12ms'],
    [999, '999ms'],
    [1_000, '1s'],
    [59_001, '1m0s'],
    [360_000, '6m0s'],
    [3_599_000, '59m59s'],
    [3_600_000, '1h0m0s'],
    [90 * 86_400_000, '2160h0m0s'],
  ])('tell a reset in %d ms as %s, which reads back no sooner', (resetMs, text) => {
    const state = aLimitState({ resetMs, windowMs: 90 * 86_400_000 })
    expect(groupsOf(state)?.[0]?.[2]).toBe(`x-ratelimit-reset-requests: ${text}`)
    expect(openai.resetMs(text, AT_MS)).toBeGreaterThanOrEqual(resetMs)
  })

  it.each([
    ['1.5s', 1_500],
    ['8.64s', 8_640],
    ['1h2m3s', 3_723_000],
    ['2d', 172_800_000],
    ['1m0.5s', 60_500],
  ])('are read from %s', (text, ms) => {
    expect(openai.resetMs(text, AT_MS)).toBe(ms)
  })

  it.each([
    '',
    '12',
    's',
    '-1s',
    '1 s',
    '1y',
    '1..2s',
    '1s ',
    'ms12',
    '1e3s',
    '9'.repeat(30) + 's',
  ])('are not read from %j', (text) => {
    expect(openai.resetMs(text, AT_MS)).toBe(undefined)
  })
})

describe("a refusal by a limit in OpenAI's words", () => {
  const typeOf = (counted: LimitState['counted'], retryAfterMs: number): unknown => {
    const refusal = { status: 429, code: 'limit_exceeded', message: 'No.', id: '01k0' } as const
    const { body } = openai.refuse({ ...refusal, counted, retryAfterMs })
    const json = JSON.parse(Buffer.from(body).toString()) as { error: { type: string } }
    return json.error.type
  }

  it.each([
    ['requests', 5_000, 'requests'],
    ['concurrent', 1_000, 'requests'],
    ['tokens', 5_000, 'tokens'],
    ['input_tokens', 60_000, 'tokens'],
    ['output_tokens', 60_001, 'insufficient_quota'],
    ['usd', 5_000, 'insufficient_quota'],
    ['usd', 86_400_000, 'insufficient_quota'],
  ] as const)('over %s for %d ms is %s', (counted, retryAfterMs, type) => {
    expect(typeOf(counted, retryAfterMs)).toBe(type)
  })

  it('over money tells no amount of it in any header', () => {
    const limits = [
      aLimitState({ counted: 'usd', quota: 5_000_000_000, remaining: 0, exceeded: true }),
    ]
    const { rawHeaders } = openai.refuse({
      status: 429,
      code: 'limit_exceeded',
      message: 'No.',
      id: '01k0',
      counted: 'usd',
      retryAfterMs: 90_000,
      limits,
      atMs: AT_MS,
    })
    expect(Object.keys(byName(rawHeaders)).filter((name) => name.includes('ratelimit'))).toEqual([])
  })

  it('says that the API is overloaded as OpenAI does, with a code of its own', () => {
    const { status, body } = openai.refuse({
      status: 503,
      code: 'upstream_overloaded',
      message: 'No.',
      id: '01k0',
      retryAfterMs: 2_000,
    })
    expect(status).toBe(503)
    expect(JSON.parse(Buffer.from(body).toString())).toMatchObject({
      error: { type: 'service_unavailable_error', code: 'upstream_overloaded' },
    })
  })
})
