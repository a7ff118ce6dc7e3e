import { BlockList } from 'node:net'
import { canonicalAddress } from '../core/ip.ts'

/** Widest prefix that may be trusted: nobody's own proxies fill more than a /8, or than `fc00::/7`. */
const WIDEST = { ipv4: 8, ipv6: 7 } as const
const BITS = { ipv4: 32, ipv6: 128 } as const

type Family = keyof typeof BITS

/** Family of a canonical address. */
const familyOf = (address: string): Family => (address.includes(':') ? 'ipv6' : 'ipv4')

/** A canonical address as one number. */
const numberOf = (address: string): bigint => {
  if (familyOf(address) === 'ipv4') {
    return address.split('.').reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n)
  }
  const [head = '', tail] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array<string>(8 - left.length - right.length).fill('0')
  return [...left, ...zeros, ...right].reduce(
    (sum, group) => (sum << 16n) | BigInt(`0x${group}`),
    0n,
  )
}

type Block = { readonly address: string; readonly family: Family; readonly prefix: number }

const blockOf = (text: string): Block => {
  const fail = (what: string): Error =>
    new Error(`trusted_proxies: ${JSON.stringify(text)} ${what}`)
  const [plain = '', length, ...rest] = text.split('/')
  const address = canonicalAddress(plain)
  if (address === undefined || rest.length > 0) {
    throw fail('is not an address or CIDR block, such as 10.0.0.0/8 or 2001:db8::/32')
  }
  const family = familyOf(address)
  if (length === undefined) return { address, family, prefix: BITS[family] }
  if (plain.includes(':') && family === 'ipv4') throw fail('must be written as IPv4')
  const prefix = /^(?:0|[1-9]\d{0,2})$/.test(length) ? Number(length) : Number.NaN
  if (!(prefix <= BITS[family])) throw fail(`needs a length of 0 to ${BITS[family]} bits`)
  if (prefix < WIDEST[family]) {
    throw fail(
      `would let nearly anyone name the address they call from; list your proxies in blocks of /${WIDEST[family]} or longer`,
    )
  }
  const hostBits = (1n << BigInt(BITS[family] - prefix)) - 1n
  if ((numberOf(address) & hostBits) !== 0n) {
    throw fail(`has bits beyond its length; write ${plain} alone for one address, or clear them`)
  }
  return { address, family, prefix }
}

/**
 * Whether a canonical address is one of the operator's own proxies. An empty list trusts nobody. Throws
 * an `Error` with one sentence for an entry that is malformed, carries bits beyond its length (it was
 * probably meant as one address), or is so wide that the forwarded chain would prove nothing.
 */
export const createTrustedProxies = (cidrs: readonly string[]): ((address: string) => boolean) => {
  const trusted = new BlockList()
  for (const { address, family, prefix } of cidrs.map(blockOf)) {
    trusted.addSubnet(address, prefix, family)
  }
  if (cidrs.length === 0) return () => false
  return (address) => trusted.check(address, familyOf(address))
}
