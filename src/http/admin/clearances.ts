import type { Context } from 'hono'
import { isClearanceId } from '../../core/clearance-row.ts'
import { makeChange } from './change.ts'
import { settleResource } from './clearances-settle.ts'
import { NO_CLEARANCES, tryLedger } from './clearances-trouble.ts'
import { clearanceView } from './clearances-view.ts'
import {
  accountId,
  grantBody,
  listOfAccountQuery,
  listQuery,
  revokeBody,
  subjectNamed,
} from './clearances-words.ts'
import type { AdminParts } from './parts.ts'
import { problemJson } from './problem-json.ts'
import { readJson, readQuery, type AdminResource } from './resource.ts'

const NOBODY_KNOWN = 'no account of this id is known here'
const FILTERS = 'newest first; filters kind, state (granted, refused, revoked); limit, after'

/** Clearances: what accounts have passed, and what operators say of it. */
export const clearanceResources = (parts: AdminParts): readonly AdminResource[] => {
  const { accounts, audit, clearances, clock } = parts
  const nobody = (c: Context): Response => problemJson(c, 'unavailable', NO_CLEARANCES)

  /** What an operator may have mistyped. A source that does not answer, or is asked by credential, knows none. */
  const noteOn = async (account: string | undefined): Promise<string | undefined> => {
    if (account === undefined) return undefined
    try {
      const known = await accounts.facts(account, clock.now())
      return known === undefined ? NOBODY_KNOWN : undefined
    } catch {
      return undefined
    }
  }

  const list: AdminResource = {
    method: 'GET',
    path: '/clearances',
    role: 'viewer',
    query: listQuery,
    says: `challenges that were passed or refused and have not run out, as far as this process has heard; ${FILTERS}; account: as the store has them`,
    handle: async (c) => {
      const query = readQuery(c, listQuery)
      if (!query.ok) return query.no
      if (clearances === undefined) return nobody(c)
      const { account, credential, ...filters } = query.value
      const subject = subjectNamed({ account, credential })
      const page = await clearances.list({ ...filters, subject })
      return c.json({
        clearances: page.clearances.map(clearanceView),
        next: page.next,
        degraded: subject !== undefined && page.isHearsay ? ['clearances'] : [],
      })
    },
  }

  const ofAccount: AdminResource = {
    method: 'GET',
    path: '/accounts/:id/clearances',
    role: 'viewer',
    query: listOfAccountQuery,
    says: `the same of one account; ${FILTERS}`,
    handle: async (c) => {
      const account = accountId.safeParse(c.req.param('id') ?? '')
      if (!account.success) return problemJson(c, 'invalid-parameter', 'not an account id')
      const query = readQuery(c, listOfAccountQuery)
      if (!query.ok) return query.no
      if (clearances === undefined) return nobody(c)
      const page = await clearances.list({ ...query.value, subject: `a:${account.data}` })
      return c.json({
        account: account.data,
        clearances: page.clearances.map(clearanceView),
        next: page.next,
        degraded: page.isHearsay ? ['clearances'] : [],
      })
    },
  }

  const grant: AdminResource = {
    method: 'POST',
    path: '/clearances',
    role: 'operator',
    body: grantBody,
    says: 'lets an account pass challenges of a kind and weaker ones; a rule takes it for as long as it takes any; note: where no account of that id is known; body {"account" or, where no account source knows the caller, "credential": "…", "kind": "proof_of_work|human|step_up", "lifetime": "12h", "why": "…"}',
    handle: async (c, who) => {
      const asked = readJson(c, grantBody)
      if (!asked.ok) return asked.no
      if (clearances === undefined) return nobody(c)
      const { account, credential, kind, lifetime, why } = asked.value
      // The form has checked that one of them is there.
      const subject = subjectNamed({ account, credential }) ?? ''
      const note = await noteOn(account)
      return makeChange(c, audit, {
        who: who.name,
        what: 'clearance.grant',
        why,
        before: { account, credential, kind, lifetime_s: lifetime / 1_000 },
        make: () => tryLedger(() => clearances.grant({ subject, kind, lifetimeMs: lifetime })),
        after: (made) => (made.ok ? clearanceView(made.value) : { failed: made.code }),
        answer: (made) =>
          made.ok
            ? c.json({ ...clearanceView(made.value), note })
            : problemJson(c, made.code, made.detail),
      })
    },
  }

  const revoke: AdminResource = {
    method: 'POST',
    path: '/clearances/:id/revoke',
    role: 'operator',
    body: revokeBody,
    says: 'ends a clearance, one that is carried as a token too; of a refusal: takes it back; body {"why": "…"}',
    handle: (c, who) => {
      const id = c.req.param('id') ?? ''
      if (!isClearanceId(id)) return problemJson(c, 'invalid-parameter', 'not a clearance id')
      const asked = readJson(c, revokeBody)
      if (!asked.ok) return asked.no
      if (clearances === undefined) return nobody(c)
      const before = clearances.find(id)
      if (before === undefined) {
        return problemJson(c, 'not-found', 'it has run out, or list those of its account first')
      }
      if (before.state === 'revoked') return problemJson(c, 'conflict', 'it is revoked already')
      return makeChange(c, audit, {
        who: who.name,
        what: 'clearance.revoke',
        why: asked.value.why,
        before: clearanceView(before),
        make: () => tryLedger(() => clearances.revoke(id)),
        after: (made) => {
          if (!made.ok) return { failed: made.code }
          return made.value === undefined ? { found: false } : clearanceView(made.value)
        },
        answer: (made) => {
          if (!made.ok) return problemJson(c, made.code, made.detail)
          return made.value === undefined
            ? problemJson(c, 'not-found', 'it has run out by now')
            : c.json(clearanceView(made.value))
        },
      })
    },
  }

  return [list, ofAccount, grant, revoke, settleResource(parts)]
}
