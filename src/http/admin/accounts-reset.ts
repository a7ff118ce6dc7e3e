import { z } from 'zod'
import type { Demand, LimitState } from '../../core/decision.ts'
import type { Facts } from '../../core/facts.ts'
import { LedgerFailure } from '../../core/ledger.ts'
import { nearest } from '../../policy/nearest.ts'
import { makeChange } from './change.ts'
import { accountId } from './clearances-words.ts'
import { limitView } from './limit-view.ts'
import type { AdminParts } from './parts.ts'
import { problemJson } from './problem-json.ts'
import { readJson, type AdminResource } from './resource.ts'

const body = z.strictObject({
  limit: z.string().min(1).max(64).optional(),
  why: z
    .string('say why')
    .max(500)
    .refine((text) => text.trim() !== '', 'say why'),
})

type Reset = { readonly ok: true; readonly states: readonly LimitState[] } | { readonly ok: false }

/** Limits whose counters are of one account alone: others would lose what is not theirs to give. */
const isOwn = ({ own, counted }: Demand): boolean => own && counted !== 'concurrent'

/** Gives an account back what it has used of its own limits, once. */
export const resetResource = ({
  accounts,
  audit,
  clock,
  demands,
  limiter,
}: AdminParts): AdminResource => ({
  method: 'POST',
  path: '/accounts/:id/reset',
  role: 'operator',
  body,
  says: 'gives an account back what it has used of the limits that are its own, or of one of them, once; calls in progress stay counted; body {"limit": "…", "why": "…"}',
  handle: async (c, who) => {
    const id = accountId.safeParse(c.req.param('id') ?? '')
    if (!id.success) return problemJson(c, 'invalid-parameter', 'not an account id')
    const asked = readJson(c, body)
    if (!asked.ok) return asked.no
    const atMs = clock.now()
    let facts: Facts | undefined
    try {
      facts = await accounts.facts(id.data, atMs)
    } catch {
      return problemJson(c, 'unavailable', 'the account source does not answer')
    }
    if (facts === undefined) return problemJson(c, 'not-found')
    const { limit, why } = asked.value
    const own = demands(facts).filter(isOwn)
    const wanted = own.filter((demand) => limit === undefined || demand.limit === limit)
    if (wanted.length === 0) {
      const names = own.map((demand) => demand.limit)
      const near = limit === undefined ? undefined : nearest(limit, names)
      const detail = `no limit of that name is the account's own${near === undefined ? '' : `; is it ${near}?`}`
      return problemJson(c, 'not-found', detail)
    }
    const shown = (states: readonly LimitState[]): readonly object[] =>
      states.map((state) => limitView(state, atMs))
    let before: readonly LimitState[]
    try {
      before = await limiter.peek(wanted, atMs)
    } catch {
      return problemJson(c, 'unavailable', 'the counters cannot be read')
    }
    return makeChange<Reset>(c, audit, {
      who: who.name,
      what: 'account.reset',
      why,
      before: { account: id.data, limits: shown(before) },
      make: async () => {
        try {
          return { ok: true, states: await limiter.forget(wanted, atMs) }
        } catch (error) {
          if (error instanceof LedgerFailure) return { ok: false }
          throw error
        }
      },
      after: (made) => (made.ok ? { limits: shown(made.states) } : { failed: 'unavailable' }),
      answer: (made) =>
        made.ok
          ? c.json({ id: id.data, limits: shown(made.states) })
          : problemJson(
              c,
              'unavailable',
              'the shared counters cannot be reached; look at the limits before saying it again',
            ),
    })
  },
})
