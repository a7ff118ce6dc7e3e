import { z } from 'zod'
import { canonicalAddress, networkOf } from '../../core/ip.ts'
import {
  MAX_OVERRIDE_MS,
  MAX_OVERRIDE_WHY_CHARS,
  OVERRIDE_KINDS,
  OVERRIDE_VERDICTS,
  type OverrideSubject,
} from '../../core/override.ts'
import { parseDurationMs } from '../../core/time.ts'

const MAX_LISTED = 1_000
const MAX_ASN = 2 ** 32 - 1

const why = z
  .string('say why')
  .max(MAX_OVERRIDE_WHY_CHARS)
  .refine((text) => text.trim() !== '', 'say why')

const id = z.string().regex(/^[\x21-\x7e]{1,256}$/, 'not an id: 1 to 256 characters without spaces')

const credential = z
  .string()
  .regex(/^[\w-]{22}$/, 'not a keyed hash of a credential: 22 characters, as records tell it')

/** The /24 or /64 that an address or network names. */
const networkNamed = (text: string): string | undefined => {
  const [address = '', bits, ...more] = text.split('/')
  const canonical = canonicalAddress(address)
  if (canonical === undefined || more.length > 0) return undefined
  const network = networkOf(canonical)
  return bits === undefined || network.endsWith(`/${bits}`) ? network : undefined
}

const network = z
  .string()
  .max(60)
  .refine((text) => networkNamed(text) !== undefined, 'write an address, its /24 or its /64')
  .transform((text) => networkNamed(text) ?? '')

const asn = z
  .int('write the number of the autonomous system, such as 64500')
  .min(1)
  .max(MAX_ASN)
  .transform(String)

const asnText = z
  .string()
  .regex(/^[1-9]\d{0,9}$/, 'write the number of the autonomous system, such as 64500')

const subject = z
  .strictObject({
    account: id.optional(),
    entity: id.optional(),
    credential: credential.optional(),
    network: network.optional(),
    asn: asn.optional(),
  })
  .refine(
    (named) => Object.values(named).filter((value) => value !== undefined).length === 1,
    'write one of account, entity, credential, network, asn',
  )

/** Whom an operator named; `undefined` where nobody. */
export const overrideSubject = (named: {
  readonly [kind in OverrideSubject['of']]?: string | undefined
}): OverrideSubject | undefined => {
  for (const of of OVERRIDE_KINDS) {
    const name = named[of]
    if (name !== undefined) return { of, name }
  }
  return undefined
}

/** Of an operator who sets an override. */
export const setOverrideBody = z.strictObject({
  subject,
  verdict: z.enum(OVERRIDE_VERDICTS, 'write allow or deny'),
  for: z
    .string('write a duration such as 12h, 90d at most')
    .transform((text) => parseDurationMs(text) ?? 0)
    .refine((ms) => ms > 0 && ms <= MAX_OVERRIDE_MS, 'write a duration such as 12h, 90d at most'),
  why,
  confirm: z.boolean().default(false),
})

/** Of an operator who ends one. */
export const endOverrideBody = z.strictObject({ why })

/** Filters and place of a list. */
export const overridesQuery = z
  .strictObject({
    account: id.optional(),
    entity: id.optional(),
    credential: credential.optional(),
    network: network.optional(),
    asn: asnText.optional(),
    of: z.enum(OVERRIDE_KINDS).optional(),
    verdict: z.enum(OVERRIDE_VERDICTS).optional(),
    state: z.enum(['on', 'ended', 'all']).default('on'),
    limit: z
      .string()
      .regex(/^\d{1,4}$/, 'write a whole number')
      .transform(Number)
      .refine((n) => n >= 1 && n <= MAX_LISTED, `write 1 to ${MAX_LISTED}`)
      .default(100),
    after: z
      .string()
      .regex(/^\d{1,15}\.[\w-]{22}$/, 'not a cursor of this API')
      .optional(),
  })
  .refine(
    (query) => OVERRIDE_KINDS.filter((of) => query[of] !== undefined).length <= 1,
    'write at most one of account, entity, credential, network, asn',
  )
