import { z } from 'zod'
import { UNKNOWN, type Unknown } from '../core/facts.ts'
import type { Account, AccountTools } from './account.ts'
import { STATED_FACTS, statedFact, type StatedFact } from './account-fact.ts'
import { accountOfStatement } from './account-stated.ts'

/** A claim by its name, or by the names that lead to it inside objects. */
const PATH = z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(8)])

/**
 * Which claim states which fact: `{ "account.id": sub, "account.plan": plan, "account.age_days":
 * { since: created_at } }`. `account.id` is `sub` unless said otherwise. `since` names a claim with a
 * date: a number is seconds since 1970 (RFC 7519), a string is RFC 3339. `reseller` names a boolean.
 */
export const CLAIM_MAP = z.strictObject({
  ...(Object.fromEntries(STATED_FACTS.map((name) => [name, PATH.optional()])) as {
    // Exactly the names of the list it is made from.
    readonly [N in StatedFact]: z.ZodOptional<typeof PATH>
  }),
  'account.id': PATH.default('sub'),
  'account.age_days': z.strictObject({ since: PATH }).optional(),
  reseller: PATH.optional(),
})

/** A checked claim map. */
export type ClaimMap = z.output<typeof CLAIM_MAP>

const claimAt = (claims: unknown, path: z.output<typeof PATH> | undefined): unknown => {
  if (path === undefined) return undefined
  let value = claims
  for (const name of typeof path === 'string' ? [path] : path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    // An own property of an object that came out of JSON.
    value = (value as { readonly [key: string]: unknown })[name]
  }
  // A claim of null states nothing.
  return value ?? undefined
}

const YEAR_2000_S = Date.UTC(2000, 0) / 1000
const YEAR_2200_S = Date.UTC(2200, 0) / 1000
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/

const dateMs = (value: unknown): number | Unknown => {
  if (value === undefined) return UNKNOWN.absent
  const seconds =
    typeof value === 'string' && RFC_3339.test(value) ? Date.parse(value) / 1000 : value
  return typeof seconds === 'number' && seconds >= YEAR_2000_S && seconds <= YEAR_2200_S
    ? seconds * 1000
    : UNKNOWN.failed
}

/**
 * The account that verified claims speak of; `undefined` where they name none. A claim of the wrong type
 * makes its own fact unknown (`failed`) and no other.
 */
export const accountOfClaims = (
  claims: unknown,
  map: ClaimMap,
  tools: AccountTools,
): Account | undefined => {
  const id = statedFact('account.id', claimAt(claims, map['account.id']))
  if (typeof id !== 'string') return undefined
  return accountOfStatement(
    {
      id,
      reseller: claimAt(claims, map.reseller) === true,
      createdAtMs: dateMs(claimAt(claims, map['account.age_days']?.since)),
      fact: (name) => statedFact(name, claimAt(claims, map[name])),
    },
    tools,
  )
}
