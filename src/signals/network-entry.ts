import { isIPv4, isIPv6 } from 'node:net'
import { canonicalAddress } from '../core/ip.ts'

/** One line of a list of networks. A single address has the full prefix. */
export type NetworkEntry =
  | { readonly asn: number }
  | { readonly address: string; readonly prefix: number }

/** Why a line is no entry, and what to write in its place. */
export type BadEntry = { readonly what: string; readonly instead: string }

const MAX_ASN = 2 ** 32 - 1
// No one party owns more than this; a line that claims more is a slip that would catch everybody.
const SHORTEST_PREFIX = { ipv4: 8, ipv6: 16 } as const
const EXAMPLES = 'write an address, a CIDR such as 192.0.2.0/24, or an AS number such as AS64500'

const bitsOf = (address: string, family: 'ipv4' | 'ipv6'): bigint => {
  if (family === 'ipv4') {
    return address.split('.').reduce((bits, part) => (bits << 8n) | BigInt(part), 0n)
  }
  const [head = '', tail = ''] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === '' ? [] : tail.split(':')
  const zeros = address.includes('::')
    ? Array<string>(8 - left.length - right.length).fill('0')
    : []
  return [...left, ...zeros, ...right].reduce(
    (bits, group) => (bits << 16n) | BigInt(`0x${group}`),
    0n,
  )
}

const cidrOf = (text: string): NetworkEntry | BadEntry => {
  const slash = text.indexOf('/')
  const written = slash === -1 ? text : text.slice(0, slash)
  const address = canonicalAddress(written)
  if (address === undefined) {
    return { what: `${JSON.stringify(text)} is no network`, instead: EXAMPLES }
  }
  const family = isIPv4(address) ? 'ipv4' : 'ipv6'
  const full = family === 'ipv4' ? 32 : 128
  if (slash === -1) return { address, prefix: full }
  if (isIPv6(written) && family === 'ipv4') {
    return { what: `${text} is an IPv4 network in IPv6 form`, instead: 'write it as IPv4' }
  }
  const length = text.slice(slash + 1)
  const prefix = /^(0|[1-9]\d{0,2})$/.test(length) ? Number(length) : Infinity
  if (prefix > full) {
    return { what: `${text} has no valid prefix length`, instead: `write one up to ${full}` }
  }
  if (prefix < SHORTEST_PREFIX[family]) {
    return {
      what: `${text} covers more than any one network can`,
      instead: `write prefixes of at least ${SHORTEST_PREFIX[family]}`,
    }
  }
  const hostBits = (1n << BigInt(full - prefix)) - 1n
  if ((bitsOf(address, family) & hostBits) !== 0n) {
    return {
      what: `${text} names an address, not the start of a network`,
      instead: `write ${address}/${full} for the address alone, or clear the bits behind ${prefix}`,
    }
  }
  return { address, prefix }
}

/**
 * Reads a line of a list: an address, a CIDR or `AS` and a number; what follows a `#` is a comment.
 * `undefined` for a line without an entry.
 */
export const parseNetworkEntry = (line: string): NetworkEntry | BadEntry | undefined => {
  const hash = line.indexOf('#')
  const text = (hash === -1 ? line : line.slice(0, hash)).trim()
  if (text === '') return undefined
  if (text.length > 64) return { what: 'the line is too long for an entry', instead: EXAMPLES }
  const as = /^AS([1-9]\d{0,9})$/i.exec(text)
  if (as === null) return cidrOf(text)
  const asn = Number(as[1])
  if (asn <= MAX_ASN) return { asn }
  return { what: `${text} is no AS number`, instead: `write one up to ${MAX_ASN}` }
}
