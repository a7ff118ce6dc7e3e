import { describe, expect, it } from 'vitest'
import { LedgerFailure } from '../../src/core/ledger.ts'
import type { AdminParts } from '../../src/http/admin/parts.ts'
import { createEmbeddedLimiter } from '../../src/limits/embedded-limiter.ts'
import { aCost, aDemand, admitted, refused } from '../support/a-demand.ts'
import { anAdmin, rememberedAudit, VIEWER } from '../support/an-admin.ts'
import { createFakeClock } from '../support/clock.ts'

const AT = '/api/v1/accounts/acct_1/reset'

const CALLS = aDemand({ limit: 'calls', quota: 3 })
const TOKENS = aDemand({ limit: 'tokens', counted: 'tokens', quota: 100 })
const SHARED = aDemand({ limit: 'network', key: '203.0.113.0/24', quota: 3, own: false })
const RUNNING = aDemand({ limit: 'running', counted: 'concurrent', quota: 1, windowMs: 0 })
const ALL = [CALLS, TOKENS, SHARED, RUNNING]

const scene = (changes: Partial<AdminParts> = {}) => {
  const clock = createFakeClock()
  const limiter = createEmbeddedLimiter({ clock, maxKeys: 1_000 })
  const audit = rememberedAudit()
  const call = anAdmin({ clock, limiter, audit, demands: () => ALL, ...changes })
  const reset = async (body: object, token?: string, path = AT) => {
    const sent = { body: JSON.stringify(body), ...(token !== undefined && { token }) }
    const answer = await call('POST', path, sent)
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  const use = () => limiter.admit([CALLS, TOKENS, SHARED], aCost(40), clock.now())
  const left = async () =>
    (await limiter.peek(ALL, clock.now())).map(({ limit, remaining }) => [limit, remaining])
  return { limiter, audit, reset, use, left }
}

describe('resetting an account', () => {
  it('gives back what it has used of its own limits and of no others, once, and is audited', async () => {
    const { reset, use, left, audit } = scene()
    for (let time = 0; time < 2; time++) admitted(await use())
    refused(await use())
    expect(await reset({ why: 'their test ran wild' })).toMatchObject({
      status: 200,
      body: {
        id: 'acct_1',
        limits: [
          { limit: 'calls', consumed: 0, remaining: 3 },
          { limit: 'tokens', consumed: 0, remaining: 100 },
        ],
      },
    })
    expect(await left()).toEqual([
      ['calls', 3],
      ['tokens', 100],
      ['network', 1],
      ['running', 1],
    ])
    admitted(await use())
    expect(audit.entries).toMatchObject([
      {
        what: 'account.reset',
        who: 'ops',
        why: 'their test ran wild',
        before: { account: 'acct_1', limits: [{ consumed: 2 }, { consumed: 80 }] },
      },
      { phase: 'done', after: { limits: [{ consumed: 0 }, { consumed: 0 }] } },
    ])
  })

  it('gives back one of them', async () => {
    const { reset, use, left } = scene()
    admitted(await use())
    expect((await reset({ limit: 'tokens', why: 'x' })).status).toBe(200)
    expect((await left()).slice(0, 2)).toEqual([
      ['calls', 2],
      ['tokens', 100],
    ])
  })

  it.each([
    ['a limit that is not its own', { limit: 'network', why: 'x' }, 404],
    ['calls in progress', { limit: 'running', why: 'x' }, 404],
    ['a limit that is misspelled', { limit: 'tokns', why: 'x' }, 404],
    ['no reason', {}, 400],
    ['more than it knows', { why: 'x', all: true }, 400],
  ])('refuses %s and changes nothing', async (_, body, status) => {
    const { reset, use, left, audit } = scene()
    admitted(await use())
    const before = await left()
    expect((await reset(body)).status).toBe(status)
    expect([await left(), audit.entries]).toEqual([before, []])
  })

  it('is refused for viewers, for accounts nobody knows, and where counters cannot be reached', async () => {
    const { reset, limiter } = scene()
    expect((await reset({ why: 'x' }, VIEWER)).status).toBe(403)
    expect((await reset({ why: 'x' }, undefined, '/api/v1/accounts/nobody/reset')).status).toBe(404)
    const gone = () => Promise.reject(new LedgerFailure('unreachable', 'gone'))
    const apart = scene({ limiter: { ...limiter, forget: gone } })
    expect((await apart.reset({ why: 'x' })).status).toBe(503)
    expect(apart.audit.entries.at(-1)).toMatchObject({ after: { failed: 'unavailable' } })
    const down = scene({ accounts: { facts: () => Promise.reject(new Error('down')) } })
    expect((await down.reset({ why: 'x' })).status).toBe(503)
  })
})
