import { UNKNOWN, Unknown, type FactName, type Findings } from '../core/facts.ts'
import type { SignalSource } from '../core/seams.ts'
import type { AnonymityRecord, AsnRecord, CountryRecord } from './geo-records.ts'
import { hidesUser, rankOfKind, type IpKind } from './ip-kind.ts'
import type { MmdbReader } from './mmdb-reader.ts'
import type { NetworkLists } from './network-lists.ts'
import { createRecent } from '../core/recent.ts'

/** What {@link createGeoSource} reads; what is absent is not configured. */
export type GeoSourceOptions = {
  readonly country?: MmdbReader<CountryRecord> | undefined
  readonly asn?: MmdbReader<AsnRecord> | undefined
  readonly anonymous?: MmdbReader<AnonymityRecord> | undefined
  readonly residentialProxy?: MmdbReader<AnonymityRecord> | undefined
  readonly lists?: NetworkLists | undefined
}

const CACHED_ADDRESSES = 20_000

/** The kind of an address by everyone who names kinds, and how sure that is. */
type Verdict = {
  kind: IpKind | 'unknown'
  provider: string | undefined
  anonymous: boolean
  unsure: boolean
  unsureOfAnonymity: boolean
}

const heard = (verdict: Verdict, kind: IpKind | 'unknown', provider: string | undefined): void => {
  if (rankOfKind(kind) > rankOfKind(verdict.kind)) return
  if (rankOfKind(kind) === rankOfKind(verdict.kind)) {
    verdict.provider ??= provider
    return
  }
  verdict.kind = kind
  verdict.provider = provider
}

/**
 * Everything known of an address: `ip.country`, `ip.asn`, `ip.as_name` from databases, and `ip.kind`,
 * `ip.provider`, `ip.anonymous` from databases and the operator's lists together. One source, because the
 * lists name AS numbers and the kinds must be weighed against each other.
 *
 * - `ip.kind` is what the first in the order of kinds says who names the address. Where nobody does it is the
 *   known value `unknown`, which means no more than that; where nobody does and somebody could not be
 *   asked, it is unknown (`failed`). What is named stays named although a more dangerous list is broken.
 * - `ip.anonymous` is provided only where something is configured that could say yes: a database of
 *   anonymisers or a list of a kind that hides its user. No means that none of those names the address, so
 *   it is as good as they are; where one of them could not be asked, the fact is unknown (`failed`). An
 *   address that a relay list names, and nothing before it in the order, is not anonymous.
 *
 * What was derived for an address is remembered until one of the files changes.
 */
export const createGeoSource = (options: GeoSourceOptions): SignalSource => {
  const { country, asn, anonymous, residentialProxy } = options
  const lists = options.lists?.count === 0 ? undefined : options.lists
  const databases = [anonymous, residentialProxy].filter((reader) => reader !== undefined)
  const tellsKind = databases.length > 0 || lists !== undefined
  const tellsAnonymity = databases.length > 0 || lists?.tellAnonymity === true
  const provides: readonly FactName[] = [
    ...(country === undefined ? [] : (['ip.country'] as const)),
    ...(asn === undefined ? [] : (['ip.asn', 'ip.as_name'] as const)),
    ...(tellsKind ? (['ip.kind', 'ip.provider'] as const) : []),
    ...(tellsAnonymity ? (['ip.anonymous'] as const) : []),
  ]

  const verdictOf = (address: string, number: number | Unknown): Verdict => {
    const verdict: Verdict = {
      kind: 'unknown',
      provider: undefined,
      anonymous: false,
      unsure: false,
      unsureOfAnonymity: false,
    }
    const match = lists?.match(address, number)
    if (match !== undefined) {
      verdict.unsure = match.unsure
      verdict.unsureOfAnonymity = match.unsureOfAnonymity
      if (match.kind !== undefined) heard(verdict, match.kind, match.provider)
    }
    for (const database of databases) {
      const record = database.find(address)
      if (!(record instanceof Unknown)) {
        heard(verdict, record.kind, record.provider)
        verdict.anonymous ||= record.anonymous
      } else if (record.why !== 'absent') {
        verdict.unsure = true
        verdict.unsureOfAnonymity = true
      }
    }
    // Of a relay the databases say "anonymous" as well; the operator's own list knows better.
    verdict.anonymous = verdict.kind !== 'relay' && (verdict.anonymous || hidesUser(verdict.kind))
    return verdict
  }

  const derive = (address: string): Findings => {
    const place = country?.find(address)
    const system = asn?.find(address) ?? UNKNOWN.failed
    const number = system instanceof Unknown ? system : system.asn
    const verdict = tellsKind ? verdictOf(address, number) : undefined
    const kind = verdict?.kind === 'unknown' && verdict.unsure ? UNKNOWN.failed : verdict?.kind
    const hidden =
      verdict?.anonymous === false && verdict.unsureOfAnonymity
        ? UNKNOWN.failed
        : verdict?.anonymous
    return {
      'ip.country': (place instanceof Unknown ? place : place?.country) ?? UNKNOWN.absent,
      'ip.asn': number,
      'ip.as_name': (system instanceof Unknown ? system : system.asName) ?? UNKNOWN.absent,
      'ip.kind': kind ?? UNKNOWN.absent,
      'ip.provider':
        verdict?.provider ?? (kind instanceof Unknown ? UNKNOWN.failed : UNKNOWN.absent),
      'ip.anonymous': hidden ?? UNKNOWN.absent,
    }
  }

  const known = createRecent<string, Findings>(CACHED_ADDRESSES)
  const revisionOf = (): number =>
    (country?.revision ?? 0) +
    (asn?.revision ?? 0) +
    (anonymous?.revision ?? 0) +
    (residentialProxy?.revision ?? 0) +
    (lists?.revision ?? 0)
  let revision = revisionOf()

  return {
    name: 'geo',
    provides,
    budgetMs: 0,
    wave: 0,
    read: ({ caller: { address } }) => {
      const now = revisionOf()
      if (now !== revision) {
        known.clear()
        revision = now
      }
      const before = known.get(address)
      if (before !== undefined) return before
      const findings = derive(address)
      known.set(address, findings)
      return findings
    },
  }
}
