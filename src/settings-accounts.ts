import { z } from 'zod'
import { duration, httpUrl } from './settings-values.ts'
import { CLAIM_MAP } from './signals/account-claims.ts'
import { HEADER_MAP } from './signals/account-headers.ts'
import { JWT_ALGORITHMS } from './signals/account-jwt-keys.ts'

const accountUrl = z
  .string()
  .refine(
    (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
    'not a URL; write http://… or https://…',
  )
const reach = z.enum(['public', 'private']).default('public')

/** Headers of a trusted edge bear our own prefix, so that none of them is ever passed on upstream. */
export const EDGE_PREFIX = 'x-stillwatch-'

/** Where accounts come from: one of a file, a service, signed tokens, headers of an edge. */
export const accountsSettings = z.strictObject({
  file: z
    .string()
    .min(1)
    .optional()
    .describe('JSON Lines, one account a line; reloaded when it changes'),
  http: z
    .strictObject({
      url: accountUrl.describe(
        'POST gets the SHA-256 of the credential; {credential} in it makes it a GET',
      ),
      headers: z.record(z.string(), z.string()).default({}),
      reach: reach.describe('private allows addresses of your own network'),
      timeout_ms: z.int().min(1).max(5_000).default(150).describe('how long a call waits for it'),
      cache: duration.prefault('60s'),
      stale: duration
        .prefault('1h')
        .describe('how long an old answer serves while the source is down'),
    })
    .optional(),
  jwt: z
    .strictObject({
      issuer: z.string().min(1),
      audience: z.union([
        z
          .string()
          .min(1)
          .transform((one) => [one]),
        z.array(z.string().min(1)).min(1),
      ]),
      algorithms: z.array(z.enum(JWT_ALGORITHMS)).min(1),
      keys: z
        .union([
          z.strictObject({
            url: httpUrl,
            reach: reach.describe('private allows addresses of your own network'),
          }),
          z.strictObject({ file: z.string().min(1) }),
        ])
        .describe('the key set (JWKS): a URL or a file'),
      claims: CLAIM_MAP.prefault({}).describe('fact: claim that states it'),
    })
    .optional(),
  headers: HEADER_MAP.refine(
    (map) => Object.values(map).every((name) => name.startsWith(EDGE_PREFIX)),
    `not a header of the edge; begin every name with ${EDGE_PREFIX}`,
  )
    .optional()
    .describe('fact: header of a trusted edge that states it; read only from trusted_proxies'),
})
