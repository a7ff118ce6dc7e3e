import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

/** Every way the admin API says no. The key is the last part of the problem's `type`: a public promise. */
const ADMIN_PROBLEMS = {
  'invalid-host': { status: 421, title: 'This Host is not served here' },
  'cross-site': { status: 403, title: 'Requests of other sites are not accepted' },
  'token-required': { status: 401, title: 'A bearer token is required' },
  'unknown-token': { status: 401, title: 'This token is not known' },
  'too-many-attempts': { status: 429, title: 'Too many failed attempts' },
  'role-required': { status: 403, title: 'The role of this token does not allow this' },
  'not-found': { status: 404, title: 'There is no such resource' },
  'method-not-allowed': { status: 405, title: 'This resource does not take that method' },
  'invalid-parameter': { status: 400, title: 'The request is not valid' },
  conflict: { status: 409, title: 'As it stands this cannot be done' },
  'precondition-required': { status: 428, title: 'Say with If-Match for what this was meant' },
  'precondition-failed': { status: 412, title: 'It has changed since it was looked at' },
  'confirmation-required': { status: 409, title: 'This has to be confirmed' },
  'json-required': { status: 415, title: 'Send the body as application/json' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'policy-invalid': {
    status: 422,
    title: 'The policy files have problems; the last good one stays',
  },
  'policy-problems': {
    status: 422,
    title: 'The documents have problems; nothing was changed',
  },
  'audit-failed': { status: 503, title: 'The change could not be recorded and was not made' },
  'audit-incomplete': { status: 500, title: 'The change was made, its result was not recorded' },
  busy: { status: 503, title: 'Too many questions at once; try again' },
  slow: { status: 503, title: 'No answer in time; narrow the question' },
  unavailable: { status: 503, title: 'The source of this answer cannot be used at the moment' },
  internal: { status: 500, title: 'The request failed' },
} as const satisfies Record<
  string,
  { readonly status: ContentfulStatusCode; readonly title: string }
>

/** Code of a problem of the admin API. */
export type AdminProblemCode = keyof typeof ADMIN_PROBLEMS

/** An answer by RFC 9457, `application/problem+json`; `more` adds members. */
export const problemJson = (
  c: Pick<Context, 'body'>,
  code: AdminProblemCode,
  detail?: string,
  more: { readonly [member: string]: unknown } = {},
): Response => {
  const { status, title } = ADMIN_PROBLEMS[code]
  const problem = { type: `urn:stillwatch:problem:${code}`, title, status, detail, ...more }
  return c.body(JSON.stringify(problem), status, { 'content-type': 'application/problem+json' })
}
