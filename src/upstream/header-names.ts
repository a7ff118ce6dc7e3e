/**
 * The form in which header names are compared: lower case, and `-` for `_`, because servers that hand
 * headers on as variables (CGI, WSGI) take `x_api_key` for `X-Api-Key`.
 */
export const foldName = (name: string): string => {
  const lower = name.toLowerCase()
  return lower.includes('_') ? lower.replaceAll('_', '-') : lower
}

/** Fields of one connection only (RFC 9110 section 7.6.1), the de facto ones included. */
export const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
] as const

/** Prefix of our own headers: a caller's or an upstream's claim to one is never passed on. */
export const OWN_PREFIX = 'x-stillwatch'

/**
 * `named` with the names that one more `Connection` field makes hop-by-hop (RFC 9110 section 7.6.1),
 * folded. No set is made while there is nothing beyond the usual `keep-alive` and `close`.
 */
export const withConnectionOptions = (
  named: Set<string> | undefined,
  value: string,
): Set<string> | undefined => {
  const folded = foldName(value)
  if (folded === 'keep-alive' || folded === 'close') return named
  const names = named ?? new Set()
  for (const name of folded.split(',')) names.add(name.trim())
  return names
}
