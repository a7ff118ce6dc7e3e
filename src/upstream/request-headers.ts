import type { Call } from '../core/call.ts'
import { foldName, HOP_BY_HOP, OWN_PREFIX, withConnectionOptions } from './header-names.ts'

/** How the credential reaches the upstream. */
export type CredentialHeader = {
  /** Sent in place of the caller's; `undefined` passes the caller's own. */
  readonly own: readonly [name: string, value: string] | undefined
  /** Where this upstream expects a secret that came some other way. */
  readonly headerFor: (secret: string) => readonly [name: string, value: string]
}

type Treatment = 'drop' | 'credential' | 'content-length' | 'accept-encoding'

/**
 * Headers of the caller that are not passed on as they are. Beside the hop-by-hop ones: what the
 * connection to the upstream sets itself; claims about where the call comes from, which the upstream
 * would believe of us; method and path overrides, which would escape what was judged; cookies, which
 * are credentials nobody judged and belong to our host; and every credential but the judged one.
 */
const TREATMENTS: ReadonlyMap<string, Treatment> = new Map<string, Treatment>([
  ...[
    ...HOP_BY_HOP,
    'host',
    'expect',
    'http2-settings',
    'forwarded',
    'via',
    'x-real-ip',
    'x-client-ip',
    'x-cluster-client-ip',
    'x-originating-ip',
    'true-client-ip',
    'fastly-client-ip',
    'client-ip',
    'x-original-url',
    'x-rewrite-url',
    'x-original-host',
    'x-http-method',
    'x-http-method-override',
    'x-method-override',
    'cookie',
    'cookie2',
    'proxy-authorization',
  ].map((name) => [name, 'drop'] as const),
  ...['authorization', 'x-api-key', 'x-goog-api-key', 'api-key'].map(
    (name) => [name, 'credential'] as const,
  ),
  ['content-length', 'content-length'],
  ['accept-encoding', 'accept-encoding'],
])

const treatmentOf = (folded: string): Treatment | undefined => {
  const known = TREATMENTS.get(folded)
  if (known !== undefined) return known
  if (folded.startsWith('x-')) {
    if (folded.startsWith(OWN_PREFIX) || folded.startsWith('x-forwarded')) return 'drop'
  } else if (folded.startsWith('cf-')) {
    return 'drop'
  }
  return undefined
}

const namedByConnection = (rawHeaders: readonly string[]): ReadonlySet<string> | undefined => {
  let names: Set<string> | undefined
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]
    if (name?.length !== 10 || name.toLowerCase() !== 'connection') continue
    names = withConnectionOptions(names, rawHeaders[i + 1] ?? '')
  }
  return names
}

/**
 * Headers of a call as its upstream gets them, names and values by turns, in the caller's order and
 * case. `host`, `connection` and the length of a judged body are left to the connection. The upstream
 * is asked for an answer without compression (`accept-encoding: identity`), since usage is read out of
 * it and no compressed byte is ever decoded here; what comes compressed all the same passes untouched.
 * O(n) in the number of headers.
 */
export const requestHeaders = (call: Call, credential: CredentialHeader): string[] => {
  const { rawHeaders } = call
  const named = namedByConnection(rawHeaders)
  const carrier = credential.own === undefined ? call.credential?.carrier : undefined
  const out: string[] = []
  let sentCredential = false
  let askedEncoding = false
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? ''
    const value = rawHeaders[i + 1] ?? ''
    const folded = foldName(name)
    if (named?.has(folded) === true) continue
    const treatment = treatmentOf(folded)
    // A look-alike of a header with a meaning of its own has no business here, whatever the meaning.
    if (treatment !== undefined && name.includes('_')) continue
    switch (treatment) {
      case undefined:
        out.push(name, value)
        break
      case 'drop':
        break
      case 'credential':
        if (!sentCredential && folded === carrier) {
          sentCredential = true
          out.push(name, value)
        }
        break
      case 'content-length':
        // A streamed upload keeps its length, so that the upstream is told what the caller told us.
        if (call.body === undefined && call.route.body === 'upload') out.push(name, value)
        break
      case 'accept-encoding':
        if (!askedEncoding) out.push(name, 'identity')
        askedEncoding = true
        break
    }
  }
  if (!askedEncoding) out.push('accept-encoding', 'identity')
  // A preflight carries no credential of its caller, so it gets none of the operator's either.
  if (credential.own !== undefined && call.credential !== undefined) out.push(...credential.own)
  else if (!sentCredential && call.credential !== undefined) {
    out.push(...credential.headerFor(call.credential.secret))
  }
  return out
}
