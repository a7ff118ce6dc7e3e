import {
  addressText,
  BUILT_IN_NETWORKS,
  type NetworkBook,
  type NetworkKind,
  type Range,
} from './networks.ts'
import { csvRows } from './read-rows.ts'

const MIN_SIZE = 2 ** 10
/** Operators kept of each kind, the largest first. */
const KEPT: { readonly [kind in NetworkKind]: number } = {
  residential: 4_000,
  mobile: 300,
  hosting: 500,
  corporate: 2_000,
  campus: 600,
  vpn: 40,
}

/**
 * What an operator's name says of it. Rough, as any such reading is: it is enough that a simulated
 * population spreads over real operators in about the right numbers.
 */
const kindByName = (name: string): NetworkKind | undefined => {
  if (/mobile|wireless|cellular|\blte\b|\bgsm\b/i.test(name)) return 'mobile'
  if (/universit|college|school|campus|education/i.test(name)) return 'campus'
  if (/telecom|cable|broadband|fib(?:er|re)|internet|communication|\bisp\b|dsl|telekom/i.test(name))
    return 'residential'
  if (/\b(?:inc|corp|gmbh|bank|insurance|group|s\.?a)\b/i.test(name)) return 'corporate'
  return undefined
}

const WHOLE_32 = /^([0-9a-f]{1,4}:[0-9a-f]{1,4}):(?:0*:)*(?:0*)$/i

/** First 32 bits of a whole block of each operator that has one; other blocks are left out. */
const sixOf = (folder: string): ReadonlyMap<number, string> => {
  const found = new Map<number, string>()
  for (const [start = '', end = '', number] of csvRows(folder, 'ip/asn_ipv6_ranges.csv.gz')) {
    const six = WHOLE_32.exec(start)?.[1]
    const asn = Number(number)
    // What ends with all bits set in its third group is at least as large.
    if (six !== undefined && !found.has(asn) && /^[^:]+:[^:]+:ffff:/i.test(end)) found.set(asn, six)
  }
  return found
}

/** Country of an address, where somebody knows. */
export type CountryOf = (address: string) => string | undefined

/**
 * Ranges of real operators from a folder of tables: the largest range of each, by kind. Kinds that the
 * tables do not tell come built in.
 */
export const networksFromData = (folder: string, countryOf: CountryOf): NetworkBook => {
  const largest = new Map<number, { first: number; size: number; total: number }>()
  for (const [start, end, number] of csvRows(folder, 'ip/asn_ipv4_ranges.csv.gz')) {
    const first = Number(start)
    const size = Number(end) - first + 1
    const asn = Number(number)
    if (!Number.isSafeInteger(first) || !(size >= MIN_SIZE) || !Number.isSafeInteger(asn)) continue
    const known = largest.get(asn)
    if (known === undefined) largest.set(asn, { first, size, total: size })
    else {
      known.total += size
      if (size > known.size) Object.assign(known, { first, size })
    }
  }
  const kinds = new Map<number, NetworkKind>()
  for (const [number, name = ''] of csvRows(folder, 'ip/asn_names.csv.gz')) {
    const kind = kindByName(name)
    if (kind !== undefined) kinds.set(Number(number), kind)
  }
  for (const [number, type] of csvRows(folder, 'ip/asn_type.csv.gz')) {
    const asn = Number(number)
    if (type === 'vpn') kinds.set(asn, 'vpn')
    else if (type === 'datacenter' && kinds.get(asn) !== 'vpn') kinds.set(asn, 'hosting')
  }
  const six = sixOf(folder)
  const operators = [...largest].toSorted(([, one], [, other]) => other.total - one.total)
  const of = (kind: NetworkKind): readonly Range[] => {
    const ranges = operators
      .filter(([asn]) => kinds.get(asn) === kind)
      .slice(0, KEPT[kind])
      .map(([asn, { first, size }]): Range => {
        const country = countryOf(addressText(first + 1))
        const prefix = six.get(asn)
        // An operator in many countries has blocks of each; one elsewhere would contradict the other.
        const isThere = prefix !== undefined && countryOf(`${prefix}:1::1`) === country
        return { asn, country, first, size, ...(isThere ? { six: prefix } : {}) }
      })
      // Nobody calls from there by the rules of most countries; a guard refuses it before it looks further.
      .filter(({ country }) => country === undefined || !['CU', 'IR', 'KP'].includes(country))
    return ranges.length === 0 ? BUILT_IN_NETWORKS[kind] : ranges
  }
  return {
    residential: of('residential'),
    mobile: of('mobile'),
    hosting: of('hosting'),
    corporate: of('corporate'),
    campus: of('campus'),
    vpn: of('vpn'),
  }
}
