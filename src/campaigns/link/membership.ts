import { DAY_MS } from '../../core/time.ts'
import { behaviourCell } from './behaviour-cells.ts'
import { NETWORK_UNIT } from './entities.ts'
import type { Columns } from './entity-columns.ts'
import type { Linking } from './link.ts'
import { valuesOf, type LinkFamily } from './link-keys.ts'

/** Probability from which an entity is marked at all, and from which it may lose more than a budget. */
export const MARKED_FROM = 0.99
export const SEVERE_FROM = 0.9999

type ValueFamily = Exclude<LinkFamily, 'cell'>
/** Families that one piece of software decides together: the best counts in full, the others by half. */
const SOFTWARE = ['client', 'template', 'decode'] as const
const OTHERS = ['funding', 'asn', 'week'] as const
const MOST_BITS = 14
/** Sign-up weeks are told by one number that comes from outside. */
const MOST_WEEK_BITS = 5
const MOST_CONDUCT_BITS = 5
/** Bits of having handed conversations over, or repeated tasks, inside the group. */
const EDGE_BITS = 12
const CONDUCT_FROM = 0.6
/** Bits from which a family speaks for membership, and from which one alone is enough. */
const SUPPORTING_BITS = 3
const SUFFICIENT_BITS = 10
/** Things that must speak for a member, and for one that may lose more than a budget. */
const SUPPORTS = 2
const SEVERE_SUPPORTS = 3
/** Highest probability of a row that fewer speak for. */
const UNSUPPORTED_AT_MOST = 0.98
const SEVERE_UNSUPPORTED_AT_MOST = 0.9998
const TELLING_BITS = 4
const TELLING_SHARE = 0.05
const STEADY_DAYS = 4
const ROTATES_FROM = 5 * NETWORK_UNIT
const COUNTRIES_FROM = 3

type Trait = { readonly group: number; readonly reference: number }

/** How members of one group look, beside the reference population. Plain data. */
export type Profile = {
  readonly entities: number
  /** log2 of the odds that an unproven entity belongs to it, before anything is known of it. */
  readonly priorBits: number
  readonly values: {
    readonly [F in ValueFamily]: {
      /** Entities of the group with any value of the family. */
      readonly known: number
      /** Chance that one more member shows a value no member showed (Good, Biometrika 1953). */
      readonly unseen: number
      readonly by: ReadonlyMap<number, { readonly count: number; readonly reference: number }>
    }
  }
  readonly rotates: Trait | undefined
  readonly steady: Trait | undefined
  readonly edges: ReadonlySet<number>
}

const rotatesOf = (columns: Columns, row: number): boolean | undefined => {
  const networks = columns.networks[row] ?? 0
  if (networks === 0) return undefined
  const countries = Math.max(columns.countries[row] ?? 0, columns.countriesBefore[row] ?? 0)
  return networks >= ROTATES_FROM || countries >= COUNTRIES_FROM
}

const steadyOf = (columns: Columns, row: number, today: number): boolean | undefined =>
  today - (columns.firstDay[row] ?? 0) < STEADY_DAYS
    ? undefined
    : behaviourCell(columns, row, today) !== 0

const traitOf = (
  rows: Iterable<number>,
  reference: Iterable<number>,
  of: (row: number) => boolean | undefined,
): Trait | undefined => {
  const shareOf = (some: Iterable<number>): { share: number; known: number } => {
    let yes = 0
    let known = 0
    for (const row of some) {
      const answer = of(row)
      if (answer === undefined) continue
      known++
      if (answer) yes++
    }
    return { share: (yes + 0.5) / (known + 1), known }
  }
  const group = shareOf(rows)
  if (group.known < 10 || group.share < CONDUCT_FROM) return undefined
  return { group: group.share, reference: shareOf(reference).share }
}

/** Reads a profile off the rows of a group; `reference` are some rows of proven entities. */
export const profileOf = (options: {
  readonly columns: Columns
  readonly rows: ReadonlySet<number>
  readonly linking: Linking
  readonly reference: Iterable<number>
  readonly edges: ReadonlySet<number>
  readonly nowMs: number
}): Profile => {
  const { columns, rows, linking, reference, edges, nowMs } = options
  const today = Math.floor(nowMs / DAY_MS)
  const out: number[] = []
  const familyOf = (family: ValueFamily): Profile['values'][ValueFamily] => {
    const counts = new Map<number, number>()
    let known = 0
    for (const row of rows) {
      const n = valuesOf(columns, row, family, out)
      if (n > 0) known++
      for (let i = 0; i < n; i++) counts.set(out[i] ?? 0, (counts.get(out[i] ?? 0) ?? 0) + 1)
    }
    let singles = 0
    const by = new Map<number, { count: number; reference: number }>()
    for (const [value, count] of counts) {
      if (count === 1) singles++
      by.set(value, { count, reference: linking.share(family, value) })
    }
    return { known, unseen: Math.min(1, (singles + 0.5) / (known + 1)), by }
  }
  const others = Math.max(1, linking.unproven - rows.size)
  return {
    entities: rows.size,
    priorBits: Math.min(0, Math.log2(rows.size / others)),
    values: {
      client: familyOf('client'),
      template: familyOf('template'),
      decode: familyOf('decode'),
      funding: familyOf('funding'),
      asn: familyOf('asn'),
      week: familyOf('week'),
    },
    rotates: traitOf(rows, reference, (row) => rotatesOf(columns, row)),
    steady: traitOf(rows, reference, (row) => steadyOf(columns, row, today)),
    edges,
  }
}

const capped = (bits: number, most: number): number => Math.max(-most, Math.min(most, bits))

const scratch: number[] = []
const familyBits = (
  profile: Profile,
  columns: Columns,
  row: number,
  family: ValueFamily,
  isOfGroup: boolean,
): number => {
  const { known, unseen, by } = profile.values[family]
  const n = valuesOf(columns, row, family, scratch)
  // Where hardly anybody of the group has a value there is nothing to compare with.
  if (n === 0 || known < profile.entities / 2) return 0
  let best = -Infinity
  for (let i = 0; i < n; i++) {
    const seen = by.get(scratch[i] ?? 0)
    // A member does not vouch for itself.
    const count = (seen?.count ?? 0) - (isOfGroup && seen !== undefined ? 1 : 0)
    const ratio = unseen + (seen === undefined ? 0 : count / known / seen.reference)
    best = Math.max(best, Math.log2(ratio))
  }
  return capped(best, family === 'week' ? MOST_WEEK_BITS : MOST_BITS)
}

const traitBits = (trait: Trait | undefined, answer: boolean | undefined): number => {
  if (trait === undefined || answer === undefined) return 0
  const ratio = answer
    ? trait.group / trait.reference
    : (1 - trait.group) / Math.max(1e-3, 1 - trait.reference)
  return capped(Math.log2(ratio), MOST_CONDUCT_BITS)
}

/**
 * Probability that a row belongs to the group with this profile, all families taken as independent of each
 * other but for those of one piece of software. One value that a group shares makes no member of whoever
 * shows it too: two things must speak for it, or one very clearly, and three for the higher levels, one of
 * them what it sends or does. Client and decoding profile, which one library decides, are one thing; the
 * week of sign-up, which all newcomers share, is none. `isOfGroup` where the profile was read off it as well.
 */
export const probabilityOf = (
  profile: Profile,
  columns: Columns,
  row: number,
  isOfGroup: boolean,
  nowMs: number,
): number => {
  let bits = profile.priorBits
  let best = 0
  let positive = 0
  const supports = new Set<string>()
  let most = 0
  const support = (of: number, by: string): number => {
    if (of >= SUPPORTING_BITS) supports.add(by)
    most = Math.max(most, of)
    return of
  }
  for (const family of SOFTWARE) {
    const by = family === 'template' ? family : 'library'
    const of = support(familyBits(profile, columns, row, family, isOfGroup), by)
    if (of < 0) bits += of
    else positive += of
    best = Math.max(best, of)
  }
  bits += best + (positive - best) / 2
  for (const family of OTHERS) {
    const of = familyBits(profile, columns, row, family, isOfGroup)
    bits += family === 'week' ? of : support(of, family)
  }
  bits += support(traitBits(profile.rotates, rotatesOf(columns, row)), 'rotates')
  const steady = steadyOf(columns, row, Math.floor(nowMs / DAY_MS))
  bits += support(traitBits(profile.steady, steady), 'steady')
  if (profile.edges.has(row)) bits += support(EDGE_BITS, 'edges')
  const probability = 1 / (1 + 2 ** -bits)
  const isByWork = supports.has('template') || supports.has('edges')
  if (isByWork && supports.size >= SEVERE_SUPPORTS) return probability
  const isMember = supports.size >= SUPPORTS || most >= SUFFICIENT_BITS
  return Math.min(probability, isMember ? SEVERE_UNSUPPORTED_AT_MOST : UNSUPPORTED_AT_MOST)
}

/** Families by whose values a newcomer is known. */
export const TELLING_FAMILIES = [...SOFTWARE, 'funding', 'asn'] as const
type TellingFamily = (typeof TELLING_FAMILIES)[number]

/** Whether a value says enough of membership to look closer at whoever shows it first. */
export const isTelling = (profile: Profile, family: TellingFamily, value: number): boolean => {
  const { known, by } = profile.values[family]
  const seen = by.get(value)
  if (seen === undefined) return false
  const share = seen.count / Math.max(1, known)
  return share >= TELLING_SHARE && Math.log2(share / seen.reference) >= TELLING_BITS
}

/** All values for which {@link isTelling} holds. */
export const tellingValues = (
  profile: Profile,
): readonly { readonly family: TellingFamily; readonly value: number }[] =>
  TELLING_FAMILIES.flatMap((family) =>
    [...profile.values[family].by.keys()]
      .filter((value) => isTelling(profile, family, value))
      .map((value) => ({ family, value })),
  )
