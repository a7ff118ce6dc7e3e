import type { Demand, LimitState } from '../../core/decision.ts'
import { Facts, Unknown, type FactName } from '../../core/facts.ts'
import { limitView } from './limit-view.ts'
import type { AdminParts } from './parts.ts'
import { problemJson } from './problem-json.ts'
import { factsOfQuery, factsQuery } from './query-facts.ts'
import type { AdminResource } from './resource.ts'

/** What names a counter: the facts of its limit with the values asked about. */
const keyOf = (per: readonly FactName[], facts: Facts): object =>
  Object.fromEntries(per.map((name) => [name, facts.known(name)]))

/** Any counter, by the facts that name it. */
export const limitResources = (parts: AdminParts): readonly AdminResource[] => {
  const { accounts, clock, demands, limiter, policy, readiness } = parts

  /** What the account source says of the account that is asked about; `failed` where it does not answer. */
  const accountFacts = async (
    given: Facts,
    atMs: number,
  ): Promise<Facts | undefined | 'failed'> => {
    const id = given.known('account.id')
    if (id === undefined) return undefined
    try {
      return await accounts.facts(id, atMs)
    } catch {
      return 'failed'
    }
  }

  return [
    {
      method: 'GET',
      path: '/limits',
      role: 'viewer',
      query: factsQuery,
      says: 'any counter by the facts that name it, such as ?account.id=acct_1&caller.network=198.51.100.0/24: quota, consumed, remaining, reset',
      handle: async (c) => {
        const query = factsOfQuery(c.req.queries())
        if (!query.ok) return problemJson(c, 'invalid-parameter', query.what)
        const atMs = clock.now()
        const degraded = [...readiness().degraded]
        const known = await accountFacts(query.facts, atMs)
        // The tier, and with it the quota, follows from the account; what the operator names counts more.
        const facts = known instanceof Facts ? new Facts(known.values) : new Facts()
        for (const [slot, value] of query.facts.values.entries()) {
          if (!(value instanceof Unknown)) facts.values[slot] = value
        }
        if (known === 'failed' && !degraded.includes('accounts')) degraded.push('accounts')
        const view = policy.view()
        const asked: readonly Demand[] = demands(facts)
        let states: readonly LimitState[]
        try {
          states = await limiter.peek(asked, atMs)
        } catch {
          return problemJson(c, 'unavailable', 'the counters cannot be read')
        }
        const perOf = new Map(view.limits.map(({ id, per }) => [id, per ?? []]))
        return c.json({
          at: new Date(atMs).toISOString(),
          revision: view.revision,
          facts,
          limits: asked.flatMap(({ limit, key, align, posture }, index) => {
            const state = states[index]
            if (state === undefined) return []
            const per = perOf.get(limit) ?? []
            return {
              ...limitView(state, atMs),
              key: per.length === 0 ? key : keyOf(per, facts),
              align: state.windowMs === 0 ? undefined : align,
              posture,
            }
          }),
          // Those whose facts were not given, and those that do not apply to them.
          others: view.limits
            .map(({ id }) => id)
            .filter((id) => !asked.some(({ limit }) => limit === id)),
          degraded,
        })
      },
    },
  ]
}
