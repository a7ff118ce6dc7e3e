/** Headers the reader understands, or must not see twice. All others are `plain`. */
type JudgedName =
  | 'host'
  | 'connection'
  | 'upgrade'
  | 'content-length'
  | 'content-type'
  | 'content-encoding'
  | 'transfer-encoding'
  | 'authorization'
  | 'x-api-key'
  | 'x-goog-api-key'
  | 'api-key'
  | 'anthropic-version'
  | 'origin'
  | 'access-control-request-method'
  | 'access-control-request-headers'
  | 'x-forwarded-for'
  | 'forwarded'
  | 'user-agent'

/**
 * What becomes of a header by its name alone. `dropped`: never forwarded, never read. `edge`: believed
 * from a trusted proxy, dropped from anyone else. `once`: passed on, refused when repeated.
 */
export type NameClass =
  | JudgedName
  | 'plain'
  | 'once'
  | 'dropped'
  | 'edge'
  | 'method-override'
  | 'http2-settings'
  | 'disguised'
  | 'malformed'

const JUDGED: ReadonlySet<string> = new Set<JudgedName>([
  'host',
  'connection',
  'upgrade',
  'content-length',
  'content-type',
  'content-encoding',
  'transfer-encoding',
  'authorization',
  'x-api-key',
  'x-goog-api-key',
  'api-key',
  'anthropic-version',
  'origin',
  'access-control-request-method',
  'access-control-request-headers',
  'x-forwarded-for',
  'forwarded',
  'user-agent',
])

/** Everything under this prefix is ours to set. */
const OWN_PREFIX = /^x-stillwatch(?:-|$)/

/** Names that select a tenant or a version upstream; two of them would be read differently by two servers. */
const ONCE: ReadonlySet<string> = new Set([
  'openai-organization',
  'openai-project',
  'x-goog-user-project',
])

/**
 * Other names that model servers and gateways take a key from, and names by which servers replace the
 * path that was judged. Proxies in front add some of them to every call, so they are dropped, not refused.
 */
const DROPPED: ReadonlySet<string> = new Set([
  'ocp-apim-subscription-key',
  'x-litellm-api-key',
  'x-goog-iam-authorization-token',
  'x-auth-token',
  'x-original-url',
  'x-rewrite-url',
])

/** Names by which servers replace the method that was judged. A caller who sends one means it: refused. */
const METHOD_OVERRIDES: ReadonlySet<string> = new Set([
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
])

/** RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

const classify = (spelling: string, edgeNames: ReadonlySet<string>): NameClass => {
  if (!TOKEN.test(spelling)) return 'malformed'
  const name = spelling.toLowerCase()
  // CGI-style servers turn `-` and `.` into `_`, so for them these spellings are one name.
  const folded = name.replace(/[_.]/g, '-')
  if (OWN_PREFIX.test(folded) && !edgeNames.has(name)) return 'dropped'
  if (METHOD_OVERRIDES.has(folded)) return 'method-override'
  if (DROPPED.has(folded)) return 'dropped'
  if (folded !== name) {
    return JUDGED.has(folded) || ONCE.has(folded) || edgeNames.has(folded) ? 'disguised' : 'plain'
  }
  if (edgeNames.has(name)) return 'edge'
  if (name === 'http2-settings') return name
  if (ONCE.has(name)) return 'once'
  // JUDGED holds exactly the names of JudgedName.
  return JUDGED.has(name) ? (name as JudgedName) : 'plain'
}

const REMEMBERED = 4096
const MAX_REMEMBERED_LENGTH = 64

/**
 * Classifies header names. Every spelling is classified once and remembered, since callers send the same
 * few on every call; a flood of made-up names fills the memory to a fixed size and is then classified
 * anew each time.
 */
export const createNameClasses = (edgeNames: readonly string[]): ((name: string) => NameClass) => {
  const edge: ReadonlySet<string> = new Set(edgeNames.map((name) => name.toLowerCase()))
  const remembered = new Map<string, NameClass>()
  return (spelling) => {
    const known = remembered.get(spelling)
    if (known !== undefined) return known
    const found = classify(spelling, edge)
    if (spelling.length <= MAX_REMEMBERED_LENGTH && remembered.size < REMEMBERED) {
      remembered.set(spelling, found)
    }
    return found
  }
}
