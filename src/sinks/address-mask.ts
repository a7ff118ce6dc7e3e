import { canonicalAddress, networkOf } from '../core/ip.ts'
import type { KeyedHash } from '../core/keyed-hash.ts'

/** How addresses stand in records: in clear, as their /24 or /64, or as keyed hashes. */
export type Addresses = 'full' | 'network' | 'hash'

/** Turns addresses into what a record may hold. */
export type AddressMask = {
  /** An address with its network, as the record shows it. */
  address(address: string, network: string): string
  /** A network, as the record shows it. */
  network(network: string): string
  /** Address of a socket's peer, in whatever form the socket gave it. */
  peer(address: string): string | undefined
  /**
   * What to look for in records where an operator asks for an address or network, `undefined` for text
   * that is neither.
   */
  wanted(text: string): string | undefined
}

/** The network that an operator's text names: an address or its /24 or /64. */
const networkNamed = (text: string): string | undefined => {
  const [address = '', bits, ...more] = text.split('/')
  const canonical = canonicalAddress(address)
  if (canonical === undefined || more.length > 0) return undefined
  const network = networkOf(canonical)
  if (bits === undefined || network.endsWith(`/${bits}`)) return network
  return undefined
}

/** The mask of the `decisions.addresses` setting. With `network` and `hash` no address passes in clear. */
export const createAddressMask = (options: {
  readonly addresses: Addresses
  readonly hash: KeyedHash
}): AddressMask => {
  const { addresses, hash } = options
  const network = (text: string): string => (addresses === 'hash' ? hash(text) : text)
  const forms: Readonly<Record<Addresses, AddressMask['address']>> = {
    full: (text) => text,
    network: (_, itsNetwork) => itsNetwork,
    hash: (text) => hash(text),
  }
  const address = forms[addresses]
  return {
    address,
    network,
    peer(text) {
      const canonical = canonicalAddress(text)
      return canonical === undefined ? undefined : address(canonical, networkOf(canonical))
    },
    wanted(text) {
      const named = networkNamed(text)
      return named === undefined ? undefined : network(named)
    },
  }
}
