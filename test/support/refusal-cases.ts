import type { FaultCode, RefusalCode } from '../../src/core/fault.ts'
import type { Spoil } from './wire-tap.ts'

/** A way to be refused, and what the caller must be told. */
export type RefusalCase = {
  /** Also the model that is asked for, so that a call that slipped through is known by it. */
  readonly name: string
  readonly code: FaultCode | RefusalCode
  /** Google says 400 for 401. */
  readonly status: number
  /** What to do next, in the words a person reads. */
  readonly says: RegExp
  /** The wait; a refusal without one, or with one over a minute, is hard: asking again is in vain. */
  readonly waitS?: readonly [least: number, most: number]
  /** A first call that is served and takes what there is. */
  readonly spends?: boolean
  readonly question?: string
  readonly prefix?: string
  readonly spoil?: Spoil
  /** Rule or limit that stands in the record. */
  readonly by?: string
}

const HARD_FROM_S = 60

/** Whether an SDK that retries must not. */
export const isHard = ({ waitS }: RefusalCase): boolean =>
  waitS === undefined || waitS[0] > HARD_FROM_S

const withBody =
  (change: (body: string) => string): Spoil =>
  (_url, init) => ({
    ...init,
    body: typeof init.body === 'string' ? change(init.body) : (init.body ?? null),
  })

const withHeader =
  (name: string, value: string): Spoil =>
  (_url, init, headers) => {
    headers.set(name, value)
    return init
  }

const withoutCredential: Spoil = (_url, init, headers) => {
  for (const name of ['authorization', 'x-api-key', 'x-goog-api-key']) headers.delete(name)
  return init
}

const rule = (id: string, then: string): string =>
  `  - { id: ${id}, when: 'request.model == "${id}"', ${then} }\n`

const limit = (id: string, counts: string): string =>
  `  - { id: ${id}, per: [caller.credential], when: 'request.model == "${id}"', ${counts} }\n`

/** A policy in which the name of the model chooses the rule or limit that is met. */
export const REFUSING_POLICY = `version: 1
rules:
${rule('denied', 'then: deny')}${[5, 60, 61, 120]
  .map((wait) => rule(`throttled-${wait}`, `then: throttle, retry_after_s: ${wait}`))
  .join('')}limits:
${limit('calls-a-moment', 'count: requests, quota: 1, window: 3s')}${limit('calls-short', 'count: requests, quota: 1, window: 50s')}${limit('calls-long', 'count: requests, quota: 1, window: 1h')}${limit('tokens-short', 'count: tokens, quota: 10, window: 50s')}${limit('tokens-long', 'count: output_tokens, quota: 10, window: 30d')}${limit('stall', 'count: concurrent, quota: 1')}`

/** Setting `bodies.max` for the cases. */
export const MAX_BODY = '64KB'

const AGAIN = /Try again in \d+ (s|min|h|d)/

/** Every refusal of policy, of limits, and of what was read; those that a stalled call provokes are apart. */
export const REFUSAL_CASES: readonly RefusalCase[] = [
  {
    name: 'denied',
    code: 'denied',
    status: 403,
    says: /contact the operator and quote/,
    by: 'denied',
  },
  ...[5, 60, 61, 120].map((wait): RefusalCase => ({
    name: `throttled-${wait}`,
    code: 'throttled',
    status: 429,
    says: AGAIN,
    waitS: [wait, wait],
    by: `throttled-${wait}`,
  })),
  ...(
    [
      ['calls-short', 'requests', [1, 50]],
      ['calls-long', 'requests', [3_000, 3_600]],
      ['tokens-short', 'tokens', [1, 50]],
      // 30 days, told as the longest that clients can sleep.
      ['tokens-long', 'output tokens', [2_147_483, 2_147_483]],
    ] as const
  ).map(([name, what, waitS]): RefusalCase => ({
    name,
    code: 'limit_exceeded',
    status: 429,
    says: new RegExp(`The limit of \\d+ ${what}? in \\d+ \\w+ is reached. ${AGAIN.source}`),
    waitS,
    spends: true,
    by: name,
  })),
  {
    name: 'without-credential',
    code: 'missing_credential',
    status: 401,
    says: /Send your key the way your SDK does/,
    spoil: withoutCredential,
  },
  {
    name: 'with-two-credentials',
    code: 'ambiguous_credential',
    status: 400,
    says: /Send exactly one/,
    spoil: withHeader('api-key', 'another'),
  },
  {
    name: 'to-nowhere',
    code: 'unknown_route',
    status: 404,
    says: /Check the base URL/,
    prefix: '/nowhere',
  },
  {
    name: 'with-put',
    code: 'method_not_allowed',
    status: 405,
    says: /does not take that method/,
    spoil: (_url, init) => ({ ...init, method: 'PUT' }),
  },
  {
    name: 'too-large',
    code: 'body_too_large',
    status: 413,
    says: /at most \d+ bytes/,
    question: 'x'.repeat(3_000_000),
  },
  {
    name: 'compressed',
    code: 'unsupported_encoding',
    status: 415,
    says: /Send the body without Content-Encoding/,
    spoil: withHeader('content-encoding', 'gzip'),
  },
  {
    name: 'as-text',
    code: 'unsupported_media_type',
    status: 415,
    says: /content-type: application\/json/,
    spoil: withHeader('content-type', 'text/plain'),
  },
  {
    name: 'with-twin-keys',
    code: 'invalid_body',
    status: 400,
    says: /without duplicate keys/,
    spoil: withBody((body) => body.replace('{', '{"seed":1,"seed":2,')),
  },
  {
    name: 'with-twin-parameters',
    code: 'invalid_query',
    status: 400,
    says: /Send each parameter once/,
    spoil: (url, init) => {
      url.searchParams.append('page', '1')
      url.searchParams.append('page', '2')
      return init
    },
  },
  {
    name: 'served-by-nobody',
    code: 'unknown_model',
    status: 404,
    says: /Check the model name/,
  },
]
