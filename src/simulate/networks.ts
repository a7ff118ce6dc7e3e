import { createZipf, type Random } from './random.ts'

/** What kind of line an address belongs to. */
export type NetworkKind = 'residential' | 'mobile' | 'hosting' | 'corporate' | 'campus' | 'vpn'

/** A range of IPv4 addresses that one operator announces, and where it has IPv6. */
export type Range = {
  readonly asn: number
  /** ISO 3166-1, where it is known. */
  readonly country: string | undefined
  /** First address as a number. */
  readonly first: number
  readonly size: number
  /** First 32 bits of IPv6 addresses of the same operator, such as `2601:280`, where it has any. */
  readonly six?: string
}

/** Ranges by kind, those of an operator with many addresses first. */
export type NetworkBook = { readonly [kind in NetworkKind]: readonly Range[] }

/** Dotted form of an IPv4 address. */
export const addressText = (value: number): string =>
  `${(value >>> 24) & 255}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`

const parsed = (cidr: string): { first: number; size: number } => {
  const [address = '', bits = '32'] = cidr.split('/')
  const first = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  return { first, size: 2 ** (32 - Number(bits)) }
}

const range = (asn: number, country: string, cidr: string, six?: string): Range => ({
  asn,
  country,
  ...parsed(cidr),
  ...(six === undefined ? {} : { six }),
})

// Pieces of this size stand for operators where only a few large blocks are known.
const PIECE = 2 ** 15

/** Large blocks cut into pieces with numbers of their own, from the range for private use (RFC 6996). */
const inPieces = (ranges: readonly Range[], firstAsn: number): readonly Range[] => {
  const pieces = ranges.flatMap(({ country, first, size, six }) =>
    Array.from({ length: Math.max(1, Math.floor(size / PIECE)) }, (_, at) => ({
      country,
      first: first + at * PIECE,
      size: Math.min(size, PIECE),
      ...(six === undefined ? {} : { six }),
    })),
  )
  // Neighbouring pieces go to different ranks.
  const step = 619
  return pieces.map((_, at) => {
    const piece = pieces[(at * step) % pieces.length]
    if (piece === undefined) throw new RangeError('no piece')
    return { asn: firstAsn + at, ...piece }
  })
}

/**
 * Blocks as the registries assign them, for a checkout without real tables of operators. Countries are
 * right, so that a country database and an account agree; operators are made up where a block is cut.
 */
export const BUILT_IN_NETWORKS: NetworkBook = {
  residential: inPieces(
    [
      range(7922, 'US', '73.0.0.0/9', '2601:280'),
      range(7922, 'US', '98.192.0.0/10', '2601:600'),
      range(3320, 'DE', '79.192.0.0/10', '2003:d0'),
      range(3215, 'FR', '90.0.0.0/10', '2a01:cb00'),
      range(2856, 'GB', '86.128.0.0/11', '2a00:23c4'),
      range(24560, 'IN', '122.160.0.0/12', '2401:4900'),
      range(4713, 'JP', '114.144.0.0/12', '2400:4050'),
      range(4766, 'KR', '121.128.0.0/11'),
      range(28573, 'BR', '187.0.0.0/11', '2804:14c'),
      range(1221, 'AU', '120.144.0.0/13', '2001:8003'),
    ],
    4_200_000_000,
  ),
  mobile: [
    range(21928, 'US', '172.56.0.0/16', '2607:fb90'),
    range(55836, 'IN', '49.36.0.0/16', '2409:4040'),
    range(3320, 'DE', '80.187.0.0/16', '2003:c0'),
    range(20057, 'US', '107.77.0.0/16', '2600:380'),
    range(16232, 'IT', '37.159.0.0/16', '2a02:b000'),
    range(25135, 'GB', '85.255.232.0/21', '2a01:4c8'),
    range(2516, 'JP', '106.128.0.0/13', '240f:10'),
  ],
  hosting: [
    range(14618, 'US', '52.0.0.0/12'),
    range(396982, 'US', '34.64.0.0/11'),
    range(8075, 'US', '20.40.0.0/13'),
    range(16509, 'US', '54.144.0.0/12'),
    range(24940, 'DE', '88.198.0.0/16'),
    range(16276, 'FR', '51.68.0.0/16'),
    range(14061, 'US', '159.65.0.0/16'),
    range(63949, 'US', '45.79.0.0/16'),
    range(20473, 'US', '45.76.0.0/16'),
  ],
  corporate: inPieces(
    [range(7018, 'US', '12.0.0.0/11'), range(3356, 'US', '4.0.0.0/12')],
    4_210_000_000,
  ),
  campus: [
    range(25, 'US', '128.32.0.0/16'),
    range(3, 'US', '18.10.0.0/16'),
    range(559, 'CH', '129.132.0.0/16'),
    range(680, 'DE', '141.14.0.0/16'),
    range(786, 'GB', '131.111.0.0/16'),
    range(73, 'US', '128.95.0.0/16'),
    range(2907, 'JP', '133.11.0.0/16'),
  ],
  vpn: [
    range(9009, 'GB', '185.192.16.0/22'),
    range(62371, 'CH', '185.159.156.0/22'),
    range(39351, 'SE', '185.213.152.0/22'),
    range(212238, 'GB', '185.216.32.0/22'),
  ],
}

/** Chooses operators and addresses out of a book. */
export type Networks = {
  /** A range of this kind: Zipf over the operators, exponent 0.9; the first `asns` of them where given. */
  readonly draw: (kind: NetworkKind, random: Random, asns?: number) => Range
}

/** See {@link Networks}. */
export const createNetworks = (book: NetworkBook): Networks => {
  const byCount = new Map<number, (random: Random) => number>()
  return {
    draw: (kind, random, asns) => {
      const ranges = book[kind]
      const count = Math.max(1, Math.min(ranges.length, asns ?? ranges.length))
      const known = byCount.get(count) ?? createZipf(count, 0.9)
      byCount.set(count, known)
      const drawn = ranges[known(random)]
      if (drawn === undefined) throw new RangeError(`no networks of the kind ${kind}`)
      return drawn
    },
  }
}

/** Any host address of a range. */
export const anyAddress = (of: Range, random: Random): string =>
  addressText(of.first + 256 * random.below(Math.max(1, of.size / 256)) + 1 + random.below(254))

const hextet = (random: Random): string => random.below(65_536).toString(16)

/** A network of 64 bits that an operator hands to a household or a phone; `undefined` where it has none. */
export const anySixNetwork = (of: Range, random: Random): string | undefined =>
  of.six === undefined ? undefined : `${of.six}:${hextet(random)}:${hextet(random)}`

/** A host of such a network, at an address for privacy, as systems make them up (RFC 8981). */
export const sixAddress = (network: string, random: Random): string =>
  `${network}:${hextet(random)}:${hextet(random)}:${hextet(random)}:${(1 + random.below(65_535)).toString(16)}`

/** One of the few addresses that all customers of a carrier or of a VPN share. */
export const sharedAddress = (of: Range, random: Random, addresses: number): string => {
  const nth = random.below(addresses)
  return addressText(of.first + 256 * (nth % Math.max(1, of.size / 256)) + 1 + (nth % 250))
}
