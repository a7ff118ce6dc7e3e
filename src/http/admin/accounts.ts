import { FACT_NAMES, FACTS, Unknown, type FactName, type Facts } from '../../core/facts.ts'
import { clearanceView } from './clearances-view.ts'
import { limitView } from './limit-view.ts'
import type { AdminParts } from './parts.ts'
import { problemJson } from './problem-json.ts'
import type { AdminResource } from './resource.ts'

const MAX_ID_CHARS = 256

const MAX_CLEARANCES = 100

/**
 * Facts of a call, not of an account: without a call there is nothing to say about them. Which clearances
 * hold depends on where a call comes from.
 */
const ofACall = (name: FactName): boolean =>
  /^(?:caller|request|ip|upstream|clearance)\./.test(name)

const factView = (facts: Facts, name: FactName): object | undefined => {
  const value = facts.get(name)
  const row: { readonly says: string; readonly unit?: string } = FACTS[name]
  const about = { fact: name, unit: row.unit, says: row.says }
  if (!(value instanceof Unknown)) return { ...about, value }
  return ofACall(name) ? undefined : { ...about, unknown: value.why }
}

/** What is known of an account now, and what its limits have left. */
export const accountResources = (parts: AdminParts): readonly AdminResource[] => {
  const { accounts, clearances, clock, demands, limiter } = parts

  /** The limits of a call with these facts; `undefined` where the counters cannot be read. */
  const limitsOf = async (facts: Facts, atMs: number): Promise<object[] | undefined> => {
    try {
      return (await limiter.peek(demands(facts), atMs)).map((state) => limitView(state, atMs))
    } catch {
      return undefined
    }
  }

  return [
    {
      method: 'GET',
      path: '/accounts/:id',
      role: 'viewer',
      says: 'facts of an account with their meaning, its limits (quota, consumed, remaining, reset), and its newest clearances; which of those hold depends on the call, so there are no facts of them here',
      handle: async (c) => {
        const id = c.req.param('id') ?? ''
        if (id === '' || id.length > MAX_ID_CHARS) {
          return problemJson(c, 'invalid-parameter', `id: 1 to ${MAX_ID_CHARS} characters`)
        }
        const atMs = clock.now()
        let facts: Facts | undefined
        try {
          facts = await accounts.facts(id, atMs)
        } catch {
          return problemJson(c, 'unavailable', 'the account source does not answer')
        }
        if (facts === undefined) return problemJson(c, 'not-found')
        const known = facts
        const [limits, held] = await Promise.all([
          limitsOf(known, atMs),
          clearances?.list({ subject: `a:${id}`, limit: MAX_CLEARANCES }),
        ])
        return c.json({
          id,
          at: new Date(atMs).toISOString(),
          facts: FACT_NAMES.flatMap((name) => factView(known, name) ?? []),
          limits,
          clearances: held?.clearances.map(clearanceView),
          degraded: [
            ...(limits === undefined ? ['limits'] : []),
            ...(held?.isHearsay === true ? ['clearances'] : []),
          ],
        })
      },
    },
  ]
}
