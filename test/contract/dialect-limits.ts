import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { LimitState } from '../../src/core/decision.ts'
import type { Dialect, LimitHeaders } from '../../src/core/seams.ts'
import { aLimitState, byName } from '../support/a-limit-state.ts'

const AT_MS = Date.UTC(2026, 3, 22, 10)
const DAY_MS = 86_400_000

/** What a structured field of these two names looks like, and nothing else. */
const POLICY = /^"requests-\d+[smhd]";q=\d{1,15};w=[1-9]\d*$/
const LEFT = /^"requests-\d+[smhd]";r=\d{1,15};t=\d+$/

const amount = fc.oneof(
  fc.nat(),
  fc.constantFrom(0, 1, Number.MAX_SAFE_INTEGER, Number.NaN, Infinity, -1),
)

const state = (changes: Partial<{ [K in keyof LimitState]: fc.Arbitrary<LimitState[K]> }>) =>
  fc.record<LimitState>({
    limit: fc.constantFrom('secret-rule-id', 'another-secret'),
    key: fc.constant('acct_secret'),
    counted: fc.constantFrom(
      'requests',
      'tokens',
      'input_tokens',
      'output_tokens',
      'usd',
      'concurrent',
    ),
    quota: amount,
    cost: fc.nat(5),
    remaining: amount,
    resetMs: fc.oneof(
      fc.integer({ min: -5, max: 90 * DAY_MS }),
      fc.constantFrom(Infinity, Number.NaN, 1e300),
    ),
    windowMs: fc.constantFrom(0, 1_000, 60_000, 90_000, 3_600_000, DAY_MS, 30 * DAY_MS),
    enforced: fc.constant(true),
    own: fc.constant(true),
    exceeded: fc.boolean(),
    ...changes,
  })

const flat = (told: LimitHeaders | undefined): { readonly [name: string]: string } =>
  byName([
    ...(told?.fields ?? []),
    ...(told?.groups.flatMap(({ names, values }) =>
      names.flatMap((name, at) => [name, values[at] ?? '']),
    ) ?? []),
  ])

/** What holds for the limits every dialect tells of. */
export const limitContract = (dialect: Dialect): void => {
  const told = (limits: readonly LimitState[], ageMs = 0) =>
    flat(dialect.limitHeaders(limits, AT_MS, ageMs))

  it('tells well-formed headers whatever the counters say, and no name of the policy', () => {
    fc.assert(
      fc.property(
        fc.array(state({ own: fc.boolean(), enforced: fc.boolean() }), { maxLength: 8 }),
        fc.integer({ min: 0, max: 2 * DAY_MS }),
        (limits, ageMs) => {
          const headers = told(limits, ageMs)
          for (const [name, value] of Object.entries(headers)) {
            expect(name).toMatch(/^[a-z-]*ratelimit[a-z-]*$/)
            expect(value).toMatch(/^[\x20-\x7e]+$/)
            expect(value).not.toMatch(/secret|NaN|Infinity|undefined|e\+|--|[=^]-/)
            if (name === 'ratelimit-policy' || name === 'ratelimit') {
              const items = value.split(', ')
              expect(items.length).toBeLessThanOrEqual(4)
              expect(new Set(items.map((item) => item.split(';')[0])).size).toBe(items.length)
              for (const item of items) expect(item).toMatch(name === 'ratelimit' ? LEFT : POLICY)
            }
            // A reset written here is one that is read here.
            if (name.includes('-reset')) {
              expect(dialect.resetMs(value, AT_MS + ageMs)).toBeGreaterThanOrEqual(0)
            }
          }
        },
      ),
    )
  })

  it('tells the same whatever groups share, shadows count, money is spent and calls run beside', () => {
    const hidden = fc.oneof(
      state({ own: fc.constant(false) }),
      state({ enforced: fc.constant(false) }),
      state({ counted: fc.constantFrom('usd', 'concurrent') }),
      state({ windowMs: fc.constant(0) }),
    )
    fc.assert(
      fc.property(
        fc.array(state({ counted: fc.constantFrom('requests', 'tokens') }), { maxLength: 4 }),
        fc.array(hidden, { maxLength: 4 }),
        (own, others) => {
          expect(told([...others, ...own])).toEqual(told(own))
          expect(told(others)).toEqual({})
        },
      ),
    )
  })

  it('tells nothing where no limit is the own one of the caller', () => {
    expect(dialect.limitHeaders([], AT_MS, 0)).toBe(undefined)
    const shared = aLimitState({ own: false })
    expect(dialect.limitHeaders([shared, shared], AT_MS, 0)).toBe(undefined)
  })

  it('tells calls in the fields of the draft: the tightest first, one a window, four at most', () => {
    const at = (windowMs: number, remaining: number, quota = 100) =>
      aLimitState({ windowMs, remaining, quota, resetMs: windowMs - 1_500 })
    const headers = told([
      at(30 * DAY_MS, 900),
      at(60_000, 7),
      at(3_600_000, 40),
      at(90_000, 9),
      at(60_000, 5, 50),
      at(DAY_MS, 300),
      at(60_000, 6),
    ])
    expect(headers['ratelimit-policy']).toBe(
      '"requests-1m";q=50;w=60, "requests-90s";q=100;w=90, "requests-1h";q=100;w=3600, "requests-1d";q=100;w=86400',
    )
    expect(headers['ratelimit']).toBe(
      '"requests-1m";r=5;t=59, "requests-90s";r=9;t=89, "requests-1h";r=40;t=3599, "requests-1d";r=300;t=86399',
    )
  })

  it('counts a reset from now, and not from when the limits were asked', () => {
    const limits = [aLimitState({ resetMs: 30_000 })]
    expect(told(limits, 12_001)['ratelimit']).toBe('"requests-1m";r=7;t=18')
    expect(told(limits, 600_000)['ratelimit']).toBe('"requests-1m";r=7;t=0')
    // What is left is all there is for the whole of a window that the next call begins.
    const unused = aLimitState({ resetMs: 0, remaining: 10 })
    expect(told([unused], 600_000)['ratelimit']).toBe('"requests-1m";r=10;t=60')
  })

  it('tells them on a refusal too, the wait of a limit that refused not after the true one', () => {
    const limits = [
      aLimitState({ windowMs: 3_600_000, resetMs: 3_000_000, remaining: 0, exceeded: true }),
      aLimitState({ remaining: 4 }),
    ]
    const rest = { status: 429, code: 'limit_exceeded', message: 'No.', id: '01k0' } as const
    const refusal = { ...rest, retryAfterMs: 20_500, limits, atMs: AT_MS }
    const headers = byName(dialect.refuse(refusal).rawHeaders)
    expect(headers['ratelimit']).toBe('"requests-1h";r=0;t=21, "requests-1m";r=4;t=30')
    expect(headers['retry-after']).toBe('21')
    const without = byName(dialect.refuse({ ...rest, retryAfterMs: 20_500 }).rawHeaders)
    expect(Object.keys(without).filter((name) => name.includes('ratelimit'))).toEqual([])
  })
}
