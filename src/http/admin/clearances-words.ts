import { z } from 'zod'
import {
  correctionsShape,
  sealedIdShape,
  STEP_UP_RESULTS,
} from '../../challenges/step-up-message.ts'
import { CHALLENGE_KINDS, type Subject } from '../../core/challenge.ts'
import { DAY_MS, parseDurationMs } from '../../core/time.ts'

const MAX_WHY_CHARS = 500
const MAX_LISTED = 1_000
const MAX_LIFETIME_MS = 90 * DAY_MS

/** It is read months later by somebody else. */
const why = z
  .string('say why')
  .max(MAX_WHY_CHARS)
  .refine((text) => text.trim() !== '', 'say why')

/** Form of an account id that a clearance can be for. */
export const accountId = z
  .string()
  .regex(/^[\x21-\x7e]{1,256}$/, 'not an account id: 1 to 256 characters without spaces')

/** Form of a credential without an account: its keyed hash, as records and clearances tell it. */
const credentialHash = z
  .string()
  .regex(/^[\w-]{22}$/, 'not a keyed hash of a credential: 22 characters, as records tell it')

/** Whom a clearance is for, by what an operator wrote; `undefined` where that names nobody. */
export const subjectNamed = (named: {
  readonly account?: string | undefined
  readonly credential?: string | undefined
}): Subject | undefined => {
  if (named.account !== undefined) return `a:${named.account}`
  return named.credential === undefined ? undefined : `c:${named.credential}`
}

const kind = z.enum(CHALLENGE_KINDS)

const lifetime = z
  .string()
  .transform((text) => parseDurationMs(text) ?? 0)
  .refine((ms) => ms > 0 && ms <= MAX_LIFETIME_MS, 'write a duration such as 12h, 90d at most')

/** Filters and place of a list that is of one account already. */
export const listOfAccountQuery = z.strictObject({
  kind: kind.optional(),
  state: z.enum(['granted', 'refused', 'revoked']).optional(),
  limit: z
    .string()
    .regex(/^\d{1,4}$/, 'write a whole number')
    .transform(Number)
    .refine((n) => n >= 1 && n <= MAX_LISTED, `write 1 to ${MAX_LISTED}`)
    .default(100),
  after: z
    .string()
    .regex(/^\d{1,15}(?:\.\d{1,9})?\.[\w-]{22}$/, 'not a cursor of this API')
    .optional(),
})

/** The same of all accounts. */
export const listQuery = listOfAccountQuery
  .extend({ account: accountId.optional(), credential: credentialHash.optional() })
  .refine(
    ({ account, credential }) => account === undefined || credential === undefined,
    'write account or credential',
  )

/** Of an operator who lets an account pass. */
export const grantBody = z
  .strictObject({
    account: accountId.optional(),
    credential: credentialHash.optional(),
    kind,
    lifetime,
    why,
  })
  .refine(
    ({ account, credential }) => (account === undefined) !== (credential === undefined),
    'write account, or credential where no account source knows the caller',
  )

/** Of an operator who ends a clearance, or takes back a refusal. */
export const revokeBody = z.strictObject({ why })

/** Form of a decision id, as in records, in `x-request-id` and in the id of a request. */
const decisionId = z.string().regex(/^[\w-]{1,64}$/, 'not a decision id')

/** Of an operator who confirms a step-up, or refuses it. */
export const settleBody = z
  .strictObject({
    challenge: sealedIdShape.optional(),
    decision: decisionId.optional(),
    result: z.enum(STEP_UP_RESULTS),
    facts: correctionsShape.optional(),
    lifetime: lifetime.optional(),
    why,
  })
  .refine(
    ({ challenge, decision }) => (challenge === undefined) !== (decision === undefined),
    'write challenge, or decision where only the id of the request is known',
  )
  .refine(
    ({ challenge, lifetime: given }) => challenge === undefined || given === undefined,
    'lifetime goes with decision; a challenge says its own',
  )
