import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anthropic } from '../../../src/dialects/anthropic.ts'
import { openai } from '../../../src/dialects/openai.ts'
import { LimitMerge } from '../../../src/upstream/limit-merge.ts'
import { responseHead } from '../../../src/upstream/response-head.ts'
import { aLimitState } from '../../support/a-limit-state.ts'
import { rawOf, valuesOf } from '../../support/raw-headers.ts'

const AT_MS = Date.UTC(2026, 3, 22)

/** Ours: 500 of 1000 tokens left for 30 s. */
const OURS = aLimitState({ counted: 'tokens', quota: 1_000, remaining: 500 })
const OUR_LINES = [
  'x-ratelimit-limit-tokens: 1000',
  'x-ratelimit-remaining-tokens: 500',
  'x-ratelimit-reset-tokens: 30s',
]

const merged = (lines: readonly string[], limits = [OURS], dialect = openai) => {
  const told = dialect.limitHeaders(limits, AT_MS, 0)
  const merge = told && new LimitMerge(told, (text) => dialect.resetMs(text, AT_MS))
  const added = ['x-stillwatch-decision', '01k0']
  return responseHead(rawOf(...lines), 200, added, merge).rawHeaders
}

const theirs = (limit: string, remaining: string, reset: string): string[] => [
  `X-RateLimit-Limit-Tokens: ${limit}`,
  `X-RateLimit-Remaining-Tokens: ${remaining}`,
  `X-RateLimit-Reset-Tokens: ${reset}`,
]

const DECISION = 'x-stillwatch-decision: 01k0'

describe('a head with limits of both sides', () => {
  it.each([
    ['has less left', theirs('2000', '499', '1s')],
    ['has the same left for longer', theirs('2000', '500', '31s')],
    ['has the same left for as long', theirs('2000', '500', '30s')],
    ['has nothing left', theirs('2000', '0', '6m0s')],
    ['tells only what is left', ['x-ratelimit-remaining-tokens: 3']],
    ['tells no reset', theirs('2000', '499', '1s').slice(0, 2)],
  ])('keeps the upstream as it stood where it %s', (_what, lines) => {
    expect(merged(['a: b', ...lines])).toEqual(rawOf('a: b', ...lines, DECISION))
  })

  it.each([
    ['has more left', theirs('2000', '501', '1h0m0s')],
    ['has the same left for less time', theirs('2000', '500', '29s')],
    ['sends -1', theirs('-1', '-1', '0s')],
    ['sends 0 for a limit', theirs('0', '0', '0s')],
    ['sends no number', theirs('2000', 'many', '1s')],
    ['sends a number with a sign', theirs('2000', '+3', '1s')],
    ['sends a number beyond any budget', theirs('2000', '1'.repeat(16), '1s')],
    ['sends nothing', theirs('', '', '')],
    ['sends a reset that is none', theirs('2000', '3', 'soon')],
    ['sends one of them twice', [...theirs('2000', '3', '1s'), 'x-ratelimit-remaining-tokens: 4']],
    ['tells no remaining', ['x-ratelimit-limit-tokens: 5', 'x-ratelimit-reset-tokens: 1s']],
    ['tells nothing', []],
  ])('has ours as a whole where the upstream %s', (_what, lines) => {
    expect(merged([...lines, 'a: b'])).toEqual(rawOf('a: b', DECISION, ...OUR_LINES))
  })

  it('decides each group by itself and leaves alone what only the upstream tells of', () => {
    const requests = [
      'x-ratelimit-limit-requests: -1',
      'x-ratelimit-remaining-requests: 1',
      'x-ratelimit-limit-images: 4',
    ]
    expect(merged([...requests, ...theirs('2000', '900', '1s')])).toEqual(
      rawOf(...requests, DECISION, ...OUR_LINES),
    )
    const calls = aLimitState({ remaining: 0 })
    const both = merged([...requests, ...theirs('2000', '9', '1s')], [OURS, calls])
    expect(valuesOf(both, 'x-ratelimit-remaining-requests')).toEqual(['0'])
    expect(valuesOf(both, 'x-ratelimit-limit-requests')).toEqual(['10'])
    expect(valuesOf(both, 'x-ratelimit-remaining-tokens')).toEqual(['9'])
    expect(valuesOf(both, 'x-ratelimit-limit-images')).toEqual(['4'])
  })

  it('compares the times of day that Anthropic tells', () => {
    const limit = aLimitState({ counted: 'output_tokens', quota: 800, remaining: 40 })
    const name = 'anthropic-ratelimit-output-tokens'
    const lines = (seconds: string): string[] => [
      `${name}-limit: 4000`,
      `${name}-remaining: 40`,
      `${name}-reset: 2026-04-22T00:00:${seconds}Z`,
    ]
    const limitOf = (seconds: string) =>
      valuesOf(merged(lines(seconds), [limit], anthropic), `${name}-limit`)
    expect(limitOf('31')).toEqual(['4000'])
    expect(limitOf('29')).toEqual(['800'])
    expect(limitOf('99')).toEqual(['800'])
  })

  it('never touches the waits of the upstream', () => {
    const lines = ['retry-after: 7', 'retry-after-ms: 6500', 'x-should-retry: true']
    expect(merged(lines).slice(0, 6)).toEqual(rawOf(...lines))
  })

  it('has the fields of both sides where they make one list, else ours alone', () => {
    const calls = [aLimitState()]
    const list = ['RateLimit-Policy: "burst";q=5;w=1', 'RateLimit: "burst";r=4;t=1']
    const both = merged(list, calls)
    expect(valuesOf(both, 'ratelimit')).toEqual(['"burst";r=4;t=1', '"requests-1m";r=7;t=30'])
    expect(valuesOf(both, 'ratelimit-policy')).toHaveLength(2)
    const old = ['ratelimit: limit=5, remaining=4, reset=1', 'ratelimit-policy: 5;w=1']
    expect(valuesOf(merged(old, calls), 'ratelimit')).toEqual(['"requests-1m";r=7;t=30'])
    // A limit over tokens has no field, and so no say in one.
    expect(merged(old)).toEqual(rawOf(...old, DECISION, ...OUR_LINES))
  })

  it('knows where its length stands, whatever is taken out before it', () => {
    const told = openai.limitHeaders([OURS], AT_MS, 0)
    const merge = told && new LimitMerge(told, (text) => openai.resetMs(text, AT_MS))
    const lines = [...theirs('2000', '3', '1s'), 'a: b', 'content-length: 2']
    const head = responseHead(rawOf(...lines), 200, [], merge)
    expect(head.rawHeaders[head.lengthAt]).toBe('content-length')
  })

  it('never leaves more than either side does, whatever an upstream sends', () => {
    const value = fc.oneof(
      fc.nat(2_000).map(String),
      fc.constantFrom('', '-1', '0', '1s', '6m0s', 'x', '1e3', ' 5', '5, 5', '\u00ff'),
      fc.string({ maxLength: 12, unit: 'grapheme-ascii' }),
    )
    const line = fc.tuple(
      fc.constantFrom(
        'x-ratelimit-limit-tokens',
        'X-Ratelimit-Remaining-Tokens',
        'x-ratelimit-reset-tokens',
        'ratelimit',
        'x-ratelimit-',
      ),
      value,
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
        const head = merged(lines.map(([name, text]) => `${name}: ${text}`))
        const left = valuesOf(head, 'x-ratelimit-remaining-tokens')
        expect(left).toHaveLength(1)
        expect(left[0]).toMatch(/^\d+$/)
        expect(Number(left[0])).toBeLessThanOrEqual(500)
      }),
    )
  })
})
