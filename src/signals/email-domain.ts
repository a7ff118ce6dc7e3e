import { domainToASCII } from 'node:url'

const HOSTNAME = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}$/

/**
 * The domain of an e-mail address or address pattern (`a{5}9{3}@mail.example`), or of a bare domain, in
 * its one spelling: lower case, punycode, without a trailing dot. `undefined` where there is none or
 * where it is ambiguous: two `@`, no dot, characters no host name has.
 */
export const emailDomainOf = (text: string): string | undefined => {
  const at = text.indexOf('@')
  if (at !== text.lastIndexOf('@')) return undefined
  let domain = text.slice(at + 1)
  if (domain.length > 254) return undefined
  if (domain.endsWith('.')) domain = domain.slice(0, -1)
  // Of a plain lower-case name nothing is left to map, and the mapping is the dear part.
  const plain = HOSTNAME.test(domain) && !domain.includes('xn--')
  const ascii = plain ? domain : domainToASCII(domain)
  return ascii.length <= 253 && HOSTNAME.test(ascii) ? ascii : undefined
}

/** Whether a domain of {@link emailDomainOf}, or a domain it lies under, is on a list. */
export const isListedDomain = (domain: string, listed: ReadonlySet<string>): boolean => {
  let rest = domain
  for (;;) {
    if (listed.has(rest)) return true
    const dot = rest.indexOf('.')
    if (dot === -1) return false
    rest = rest.slice(dot + 1)
  }
}
