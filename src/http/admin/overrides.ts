import type { Context } from 'hono'
import { LedgerFailure } from '../../core/ledger.ts'
import type { Override, OverrideSubject } from '../../core/override.ts'
import { isOverrideId } from '../../core/override-row.ts'
import { OverridesFull } from '../../overrides/override-administration.ts'
import { makeChange } from './change.ts'
import { seenThere, type SeenThere } from './overrides-seen.ts'
import { overrideView, seenView } from './overrides-view.ts'
import {
  endOverrideBody,
  overridesQuery,
  overrideSubject,
  setOverrideBody,
} from './overrides-words.ts'
import type { AdminParts } from './parts.ts'
import { problemJson } from './problem-json.ts'
import { readJson, readQuery, type AdminResource } from './resource.ts'

const NO_OVERRIDES = 'this guard keeps no overrides'
const UNREACHABLE =
  'overrides cannot be changed at the moment, those that are known hold; list them before saying it again, see /readyz and the log'
const FULL =
  'as many overrides as are kept stand already; ended ones count until they would have run out'

type Changed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: 'unavailable' | 'conflict'; readonly detail: string }

const tryChange = async <T>(change: () => Promise<T>): Promise<Changed<T>> => {
  try {
    return { ok: true, value: await change() }
  } catch (error) {
    if (error instanceof OverridesFull) return { ok: false, code: 'conflict', detail: FULL }
    if (error instanceof LedgerFailure) {
      return { ok: false, code: 'unavailable', detail: UNREACHABLE }
    }
    throw error
  }
}

/** What an operator is asked to confirm. */
const mayHit = (
  { of, name }: OverrideSubject,
  { accounts, proven, partial }: SeenThere,
): string => {
  const where = of === 'asn' ? `AS${name}` : name
  const least = partial ? 'at least ' : ''
  const seen = `${least}${accounts} accounts, ${proven} of proven customers, were seen there in the last day, as far as the index knows`
  return `everybody in ${where} would be refused: ${seen}; say it again with confirm`
}

/** Overrides: what operators have said of single callers, and who set it, why and for how long. */
export const overrideResources = (parts: AdminParts): readonly AdminResource[] => {
  const { audit, clock, decisions, networkWanted, overrides } = parts
  const nobody = (c: Context): Response => problemJson(c, 'unavailable', NO_OVERRIDES)

  const list: AdminResource = {
    method: 'GET',
    path: '/overrides',
    role: 'viewer',
    query: overridesQuery,
    says: 'what operators have said of single callers, newest first; filters account, entity, credential, network, asn, of, verdict, state (on, ended, all); limit, after',
    handle: (c) => {
      const query = readQuery(c, overridesQuery)
      if (!query.ok) return query.no
      if (overrides === undefined) return nobody(c)
      const { verdict, state, limit, after } = query.value
      const subject = overrideSubject(query.value)
      const page = overrides.administration.list({
        of: subject?.of ?? query.value.of,
        name: subject?.name,
        verdict,
        state: state === 'all' ? undefined : state,
        limit,
        after,
      })
      return c.json({
        overrides: page.overrides.map(overrideView),
        next: page.next,
        degraded: overrides.degraded(),
      })
    },
  }

  const set: AdminResource = {
    method: 'POST',
    path: '/overrides',
    role: 'operator',
    body: setOverrideBody,
    says: 'lets a caller skip the rules (never the limits), or refuses it; the most specific of several counts, of equal ones a refusal; body {"subject": {"account|entity|credential|network|asn": …}, "verdict": "allow|deny", "for": "12h", "why": "…"}; a refusal of a network or autonomous system also "confirm": true',
    handle: async (c, who) => {
      const asked = readJson(c, setOverrideBody)
      if (!asked.ok) return asked.no
      if (overrides === undefined) return nobody(c)
      const { verdict, for: lifetimeMs, why, confirm } = asked.value
      const subject = overrideSubject(asked.value.subject)
      if (subject === undefined) return problemJson(c, 'invalid-parameter', 'subject: name one')
      const { administration } = overrides
      const isWide = verdict === 'deny' && (subject.of === 'network' || subject.of === 'asn')
      const seen = isWide
        ? await seenThere(subject, {
            decisions,
            networkWanted,
            isProven: (facts) => overrides.isProven(facts),
            nowMs: clock.now(),
          })
        : undefined
      if (seen !== undefined && !confirm) {
        return problemJson(c, 'confirmation-required', mayHit(subject, seen), {
          seen: seenView(seen),
        })
      }
      const { of, name } = subject
      return makeChange(c, audit, {
        who: who.name,
        what: 'override.set',
        why,
        before: {
          subject: { [of]: name },
          verdict,
          lifetime_s: lifetimeMs / 1_000,
          ...(seen && { confirmed: seenView(seen) }),
        },
        make: () =>
          tryChange(() =>
            administration.set({ ...subject, verdict, lifetimeMs, by: who.name, why }),
          ),
        after: (made) => (made.ok ? overrideView(made.value) : { failed: made.code }),
        answer: (made) =>
          made.ok ? c.json(overrideView(made.value)) : problemJson(c, made.code, made.detail),
      })
    },
  }

  const end: AdminResource = {
    method: 'POST',
    path: '/overrides/:id/end',
    role: 'operator',
    body: endOverrideBody,
    says: 'ends an override before its time; body {"why": "…"}',
    handle: (c, who) => {
      const id = c.req.param('id') ?? ''
      if (!isOverrideId(id)) return problemJson(c, 'invalid-parameter', 'not the id of an override')
      const asked = readJson(c, endOverrideBody)
      if (!asked.ok) return asked.no
      if (overrides === undefined) return nobody(c)
      const { administration } = overrides
      const before = administration.find(id)
      if (before === undefined)
        return problemJson(c, 'not-found', 'no such override, or it has run out')
      if (before.ended !== undefined) return problemJson(c, 'conflict', 'it was ended before')
      const { why } = asked.value
      return makeChange<Changed<Override | undefined>>(c, audit, {
        who: who.name,
        what: 'override.end',
        why,
        before: overrideView(before),
        make: () => tryChange(() => administration.end(id, { by: who.name, why })),
        after: (made) => {
          if (!made.ok) return { failed: made.code }
          return made.value === undefined ? { found: false } : overrideView(made.value)
        },
        answer: (made) => {
          if (!made.ok) return problemJson(c, made.code, made.detail)
          return made.value === undefined
            ? problemJson(c, 'not-found', 'it has run out by now')
            : c.json(overrideView(made.value))
        },
      })
    },
  }

  return [list, set, end]
}
