/**
 * Programs in a browser may answer challenges from any origin: who knows the sealed id may answer it, and
 * nothing here looks at a cookie, so that another site can do with a visitor's browser only what it can
 * do without it.
 */
export const ANY_ORIGIN = [
  'access-control-allow-origin',
  '*',
  'access-control-expose-headers',
  'retry-after, x-should-retry, x-stillwatch-decision',
  'cross-origin-resource-policy',
  'cross-origin',
] as const

/** Answer to the preflight of such a program; a key may come along, since a clearance can be bound to it. */
export const PREFLIGHT = [
  ...ANY_ORIGIN,
  'access-control-allow-methods',
  'GET, HEAD, POST',
  'access-control-allow-headers',
  'authorization, content-type, x-api-key, x-goog-api-key, api-key',
  'access-control-max-age',
  '7200',
] as const
