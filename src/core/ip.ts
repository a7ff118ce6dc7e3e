import { isIPv4, isIPv6 } from 'node:net'

/** The eight 16-bit groups of an IPv6 address that `isIPv6` accepted and that has no zone. */
const groupsOf = (address: string): number[] => {
  let text = address
  const dot = text.indexOf('.')
  if (dot !== -1) {
    const from = text.lastIndexOf(':') + 1
    const [a = 0, b = 0, c = 0, d = 0] = text.slice(from).split('.').map(Number)
    text = `${text.slice(0, from)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
  }
  const [head = '', tail] = text.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length
  return [...left, ...Array<string>(zeros).fill('0'), ...right].map((group) => parseInt(group, 16))
}

/** RFC 5952 text: lower case, no leading zeros, the longest run of two or more zero groups as `::`. */
const textOf = (groups: readonly number[]): string => {
  let best = -1
  let bestLength = 1
  for (let start = 0; start < 8; start++) {
    let length = 0
    while (start + length < 8 && groups[start + length] === 0) length++
    if (length > bestLength) {
      best = start
      bestLength = length
    }
  }
  const hex = groups.map((group) => group.toString(16))
  if (best === -1) return hex.join(':')
  return `${hex.slice(0, best).join(':')}::${hex.slice(best + bestLength).join(':')}`
}

/**
 * The one spelling of an address: IPv4 dotted, IPv6 per RFC 5952, IPv4-mapped IPv6 folded to IPv4.
 * `undefined` for anything else: octal or short IPv4 forms, zones, brackets, ports, blanks.
 */
export const canonicalAddress = (text: string): string | undefined => {
  if (isIPv4(text)) return text
  if (!isIPv6(text) || text.includes('%')) return undefined
  const groups = groupsOf(text)
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  if (!mapped) return textOf(groups)
  const [high = 0, low = 0] = groups.slice(6)
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
}

/**
 * What one subscriber can spread over, of a canonical address: the /24 of an IPv4 address, the /48 of an
 * IPv6 address, which is what a site is given as a rule (RFC 6177).
 */
export const siteOf = (address: string): string =>
  address.includes(':')
    ? `${textOf([...groupsOf(address).slice(0, 3), 0, 0, 0, 0, 0])}/48`
    : networkOf(address)

/**
 * The network of a canonical address: the /24 of an IPv4 address, the /64 of an IPv6 address. One
 * subscriber usually owns a whole /64, so addresses inside it are one caller.
 */
export const networkOf = (address: string): string => {
  if (!address.includes(':')) return `${address.slice(0, address.lastIndexOf('.'))}.0/24`
  return `${textOf([...groupsOf(address).slice(0, 4), 0, 0, 0, 0])}/64`
}
