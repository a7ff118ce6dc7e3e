import { describe, expect, it } from 'vitest'
import { Facts } from '../../src/core/facts.ts'
import type { AdminParts } from '../../src/http/admin/parts.ts'
import { createEmbeddedLimiter } from '../../src/limits/embedded-limiter.ts'
import { demandsOf } from '../../src/policy/demands.ts'
import { listRules } from '../../src/policy/rule-list.ts'
import { aPolicy } from '../support/a-policy.ts'
import { adminParts, anAdmin, VIEWER } from '../support/an-admin.ts'
import { createFakeClock } from '../support/clock.ts'
import { someFacts } from '../support/some-facts.ts'

const POLICY = aPolicy(
  `tiers:
  - { id: paying, when: payment.verified, factor: 5 }
  - { id: rest, when: true, factor: 0.5 }
limits:
  - { id: tokens, per: [account.id], count: tokens, quota: 1000, window: 1d, scale: trust.factor }
  - { id: calls, per: [account.id, caller.network], count: requests, quota: 10, window: 1h, align: utc, posture: closed }
  - { id: money, per: [account.id], count: usd, quota: 12.5, window: 30d, align: rolling, mode: shadow }
  - { id: running, per: [account.id], count: concurrent, quota: 4 }
  - { id: by-card, per: [payment.instrument], count: requests, quota: 7, window: 1d }
  - { id: switched-off, per: [account.id], count: requests, quota: 7, window: 1d, mode: "off" }
`,
  { prices: true },
)

const NETWORK = '198.51.100.0/24'

/** An admin over real counters of a real policy, in which `acct_1` has made one call. */
const counted = (changes: Partial<AdminParts> = {}) => {
  const clock = createFakeClock()
  const limiter = createEmbeddedLimiter({ clock })
  const account = someFacts({ 'account.id': 'acct_1', 'payment.verified': true })
  const facts = new Facts(account.values)
  facts.set('caller.network', NETWORK)
  const cost = { inputTokens: 100, outputTokens: 150, nanoUsd: 1_250_000_001 }
  const admission = limiter.admit(demandsOf(POLICY, facts), cost, clock.now())
  const view = adminParts().policy.view()
  const limits = listRules(POLICY).map(({ place: { file, line }, ...listed }) => ({
    ...listed,
    file,
    line,
  }))
  const ask = anAdmin({
    clock,
    limiter,
    demands: (asked) => demandsOf(POLICY, asked),
    accounts: { facts: (id) => (id === 'acct_1' ? account : undefined) },
    policy: { view: () => ({ ...view, limits }), reload: () => Promise.resolve({ ok: true }) },
    ...changes,
  })
  const limitsAt = async (query: string) => {
    const response = await ask('GET', `/api/v1/limits${query}`, { token: VIEWER })
    // Tests look at single members of it only.
    return { status: response.status, body: (await response.json()) as Answer }
  }
  return { limitsAt, clock, admission }
}

type Answer = {
  readonly limits: readonly { readonly [key: string]: unknown; readonly limit: string }[]
  readonly others: readonly string[]
  readonly degraded: readonly string[]
  readonly facts: object
  readonly detail?: string
}

describe('the counters of any key', () => {
  it('are shown with what was used, what is left, and when the window ends', async () => {
    const { limitsAt, clock } = counted()
    clock.advance(60_000)
    const { status, body } = await limitsAt(`?account.id=acct_1&caller.network=${NETWORK}`)
    expect(status).toBe(200)
    expect(body.limits).toEqual([
      {
        limit: 'tokens',
        key: { 'account.id': 'acct_1' },
        counted: 'tokens',
        unit: 'tokens',
        quota: 5_000,
        consumed: 250,
        remaining: 4_750,
        reset_ms: 86_340_000,
        resets_at: '2026-04-23T00:00:00.000Z',
        window_ms: 86_400_000,
        align: 'first_use',
        enforced: true,
        posture: 'insured',
      },
      expect.objectContaining({
        limit: 'calls',
        key: { 'account.id': 'acct_1', 'caller.network': NETWORK },
        consumed: 1,
        remaining: 9,
        resets_at: '2026-04-22T01:00:00.000Z',
        align: 'utc',
        posture: 'closed',
      }),
      expect.objectContaining({
        limit: 'money',
        unit: 'usd',
        quota: 12.5,
        consumed: 1.250000001,
        remaining: 11.249999999,
        align: 'rolling',
        enforced: false,
      }),
      expect.objectContaining({ limit: 'running', unit: 'calls', consumed: 1, reset_ms: 0 }),
    ])
    expect(body.limits[3]).not.toHaveProperty('resets_at')
    expect(body.others).toEqual(['by-card', 'switched-off'])
  })

  it('take tier and quota from the account, unless the operator says otherwise', async () => {
    const { limitsAt } = counted()
    const quotaAt = async (query: string) => (await limitsAt(query)).body.limits[0]?.['quota']
    expect(await quotaAt('?account.id=acct_1')).toBe(5_000)
    expect(await quotaAt('?account.id=acct_1&payment.verified=false')).toBe(500)
    expect(await quotaAt('?account.id=unheard-of')).toBe(500)
  })

  it('may be named by any fact, also one of an account nobody knows', async () => {
    const { limitsAt } = counted()
    const { body } = await limitsAt('?payment.instrument=card-hash')
    expect(body.limits.map(({ limit }) => limit)).toEqual(['by-card'])
    expect((await limitsAt('')).body).toMatchObject({ limits: [], others: expect.any(Array) })
  })

  it('take an address in any spelling, and its network from it', async () => {
    const { limitsAt } = counted()
    const { body } = await limitsAt('?account.id=acct_1&caller.ip=::ffff:198.51.100.77')
    expect(body.facts).toMatchObject({ 'caller.ip': '198.51.100.77', 'caller.network': NETWORK })
    expect(body.limits[1]).toMatchObject({ limit: 'calls', consumed: 1 })
  })

  it.each([
    ['?acount.id=x', '"acount.id" is not the name of a fact'],
    ['?__proto__=x', '"__proto__" is not the name of a fact'],
    ['?account.age_days=old', '"account.age_days" is not a number'],
    ['?account.age_days=0x10', '"account.age_days" is not a number'],
    ['?account.age_days=1e999', '"account.age_days" is not a number'],
    ['?payment.verified=yes', '"payment.verified" is not true or false'],
    ['?account.status=gone', '"account.status" is not one of active, trial, suspended, closed'],
    ['?account.id=a&account.id=b', '"account.id" is not one value'],
    [`?account.id=${'x'.repeat(513)}`, '"account.id" is not at most 512 characters'],
    ['?caller.ip=nowhere', '"caller.ip" is not an address'],
    ['?caller.network=198.51.100.7', '"caller.network" is not a network; write 198.51.100.0/24'],
    ['?caller.network=everything', '"caller.network" is not a network'],
    ['?trust.tier=paying', '"trust.tier" is worked out by the policy; give the facts it reads'],
  ])('are a problem for %s', async (query, detail) => {
    const { status, body } = await counted().limitsAt(query)
    expect({ status, detail: body.detail }).toEqual({ status: 400, detail })
  })

  it('are read from counters that answer later', async () => {
    const { body } = await counted({
      limiter: {
        peek: () => new Promise((resolve) => setImmediate(() => resolve([]))),
        forget: () => [],
      },
    }).limitsAt('?account.id=acct_1')
    expect(body.limits).toEqual([])
  })

  it('are a problem of their own where the counters cannot be read', async () => {
    const peek = () => Promise.reject(new Error('gone'))
    const { status } = await counted({ limiter: { peek, forget: peek } }).limitsAt(
      '?account.id=acct_1',
    )
    expect(status).toBe(503)
  })

  it('say what they had to do without', async () => {
    const { status, body } = await counted({
      accounts: { facts: () => Promise.reject(new Error('gone')) },
      readiness: () => ({ state: 'ready', degraded: ['store'] }),
    }).limitsAt('?account.id=acct_1')
    expect(status).toBe(200)
    expect(body.degraded).toEqual(['store', 'accounts'])
    expect(body.limits[0]).toMatchObject({ limit: 'tokens', quota: 500 })
  })
})
