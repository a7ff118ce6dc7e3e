const CODE = /^[A-Z0-9_]{2,40}$/
/** Chains are one or two long; a chain that leads back to itself must end too. */
const MAX_CAUSES = 8

const member = (thrown: unknown, name: 'code' | 'cause' | 'name'): unknown =>
  // An object that is no null may be asked for any name.
  typeof thrown === 'object' && thrown !== null
    ? (thrown as { readonly [key in typeof name]?: unknown })[name]
    : undefined

/**
 * The machine word for why something was thrown, such as `ECONNREFUSED`, `ENOTFOUND`, `CERT_HAS_EXPIRED`,
 * `UND_ERR_HEADERS_TIMEOUT` or `UND_ERR_HTTP_PARSER`: the `code` farthest down the chain of causes.
 * `undefined` where nothing there has one. Messages are never looked at: they may quote a peer.
 */
export const causeCodeOf = (thrown: unknown): string | undefined => {
  let found: string | undefined
  let at = thrown
  for (let n = 0; n < MAX_CAUSES && at !== undefined; n++) {
    const code = member(at, 'code')
    if (typeof code === 'string' && CODE.test(code)) found = code
    // undici 8 has lost the codes of its parser's errors.
    else if (member(at, 'name') === 'HTTPParserError') found = 'UND_ERR_HTTP_PARSER'
    at = member(at, 'cause')
  }
  return found
}
