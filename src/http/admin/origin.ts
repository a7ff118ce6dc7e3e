import { canonicalAddress } from '../../core/ip.ts'

const HOST = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?$/

/** Name or address of a Host header without its port, lower case; `undefined` for a malformed one. */
const hostNameOf = (host: string): string | undefined => HOST.exec(host)?.[1]?.toLowerCase()

/**
 * Whether a Host header may be answered. Addresses always are: against a page that had its own name
 * point here (DNS rebinding) only the name in Host helps, and there it is the page's.
 */
export const createHostCheck = (
  hosts: readonly string[],
): ((host: string | undefined) => boolean) => {
  const names = new Set(['localhost', ...hosts.map((name) => name.toLowerCase())])
  return (host) => {
    const name = host === undefined ? undefined : hostNameOf(host)
    if (name === undefined) return false
    const address = name.startsWith('[') ? name.slice(1, -1) : name
    return names.has(name) || canonicalAddress(address) !== undefined
  }
}

/**
 * Whether a request can be one of our own pages or of a program: no `Origin` of another site (`null`
 * included), and no `Sec-Fetch-Site` that says so. Browsers set both where no script can change them.
 */
export const isSameSite = (headers: {
  readonly host: string | undefined
  readonly origin: string | undefined
  readonly fetchSite: string | undefined
}): boolean => {
  const { host, origin, fetchSite } = headers
  if (fetchSite !== undefined && fetchSite !== 'same-origin' && fetchSite !== 'none') return false
  if (origin === undefined) return true
  return (
    host !== undefined &&
    [`http://${host.toLowerCase()}`, `https://${host.toLowerCase()}`].includes(origin.toLowerCase())
  )
}
