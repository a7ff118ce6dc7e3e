import { z } from 'zod'
import { FACTS } from '../core/facts.ts'
import { canonicalAddress } from '../core/ip.ts'
import { CARD_ISSUER } from './card-issuer.ts'
import { emailDomainOf } from './email-domain.ts'

// Messages read "what; what to write instead".
const NAME = /^[\x21-\x7e]{1,256}$/
const LINE = /^[^\p{Cc}\p{Cs}]{1,512}$/u
const YEAR_2000_MS = Date.UTC(2000, 0)
const YEAR_2200_MS = Date.UTC(2200, 0)

const name = z
  .string()
  .regex(NAME, 'not a plain identifier; write 1 to 256 printable ASCII characters without blanks')
const line = z.string().regex(LINE, 'not a line of text; write 1 to 512 printable characters')
const country = z
  .string()
  .regex(/^[A-Z]{2}$/, 'not a country code; write two capital letters of ISO 3166-1, such as DE')
const count = z.int('not a count; write a whole number of at least 0').min(0).max(1e12)
const usd = z.number().min(0).max(1e12)
// A date in seconds would read as 1970 and make every account very old, hence very trusted.
const dateMs = z
  .number()
  .min(YEAR_2000_MS, 'before the year 2000; write milliseconds since 1970, not seconds')
  .max(YEAR_2200_MS, 'after the year 2200; write milliseconds since 1970')
const address = z.string().transform((text, context) => {
  const canonical = canonicalAddress(text)
  if (canonical !== undefined) return canonical
  context.addIssue('not an IP address; write IPv4 dotted or IPv6, without port or brackets')
  return z.NEVER
})
const domain = z.string().transform((text, context) => {
  const canonical = emailDomainOf(text)
  if (canonical !== undefined) return canonical
  context.addIssue('not a mail domain; write the part after the @, such as mail.example')
  return z.NEVER
})
const issuer = z
  .string()
  .regex(
    CARD_ISSUER,
    'not an issuer identification number; write the first 6 to 8 digits of the card as text',
  )
const credential = z
  .string()
  .regex(
    /^(?:sha256:[0-9a-fA-F]{64}|(?!sha256:)[\x21-\x7e]{1,8192})$/,
    'not a credential; write the key itself or sha256: and the 64 hexadecimal digits of its SHA-256',
  )

/**
 * Shape of one account as operators hand it over: a line of the accounts file, or the answer of an
 * account source. Unknown keys are problems. A key that is left out is a fact that is unknown, never
 * zero. Dates are milliseconds since 1970; facts that follow from them are not written down.
 */
export const ACCOUNT_RECORD = z
  .strictObject({
    id: name,
    credentials: z.array(credential).max(1000).optional(),
    entity: name.optional(),
    created_at: dateMs.optional(),
    /** The account passes calls of its own users on; each end user counts as an entity. */
    reseller: z.boolean().optional(),
    signup: z
      .strictObject({
        at: dateMs.optional(),
        ip: address.optional(),
        user_agent: line.optional(),
        email_pattern: line.optional(),
      })
      .optional(),
    settled: z
      .array(z.strictObject({ at: dateMs, usd }))
      .max(10_000)
      .optional(),
    account: z
      .strictObject({
        active_days: count.optional(),
        status: z.enum(FACTS['account.status'].values).optional(),
        plan: line.optional(),
        country: country.optional(),
        verified: z.enum(FACTS['account.verified'].values).optional(),
        email_domain: domain.optional(),
        email_disposable: z.boolean().optional(),
        /** Instead of that of the sign-up. */
        email_pattern: line.optional(),
      })
      .optional(),
    payment: z
      .strictObject({
        status: z.enum(FACTS['payment.status'].values).optional(),
        verified: z.boolean().optional(),
        funding: line.optional(),
        issuer: issuer.optional(),
        country: country.optional(),
        /** Any stable name of the instrument; only a keyed hash of it is kept. */
        instrument: line.optional(),
        instrument_entities: count.optional(),
        settled_count: count.optional(),
        settled_usd: usd.optional(),
        disputes: count.optional(),
      })
      .optional(),
  })
  .check((context) => {
    const { settled, payment } = context.value
    if (settled === undefined) return
    for (const key of ['settled_count', 'settled_usd'] as const) {
      if (payment?.[key] === undefined) continue
      context.issues.push({
        code: 'custom',
        path: ['payment', key],
        input: payment[key],
        message: 'follows from the list "settled"; remove this key or that list',
      })
    }
  })

/** One account as an operator hands it over, checked. */
export type AccountRecord = z.output<typeof ACCOUNT_RECORD>
