import type { Conduct } from './conduct.ts'
import { volumeOf } from './conduct-volume.ts'
import {
  asksForTraining,
  contradicts,
  isManyMachines,
  isPrepaid,
  rateOf,
  rotates,
  sharesInstrument,
  tally,
  trainingShare,
  type MemberMark,
  type Tally,
} from './axis-marks.ts'
import { trimmedSpread } from './spread.ts'

/** Shares of the values of one family. */
export type ValueShares = {
  /** Entities whose value is known. */
  readonly of: number
  /** Entities by interned value. */
  readonly counts: ReadonlyMap<number, number>
}

/** What a population asks for. */
export type Mix = {
  /** Entities that ask mostly for reasoning, grading and data. */
  readonly training: Tally
  /** Mean share of such conversations, 0 to 1. */
  readonly share: number
}

/** How proven entities behave: what every group is measured against. Rates are from 0 to 1, exclusive. */
export type Reference = {
  readonly entities: number
  /** Standard deviation of ln weekly calls between entities. */
  readonly lnWeekSd: number
  readonly rotates: number
  readonly contradicts: number
  readonly manyMachines: number
  readonly sharesInstrument: number
  readonly prepaid: number
  readonly mix: Mix
  /** The same of the users of one template, for templates with at least 20. */
  readonly mixByTemplate: ReadonlyMap<number, Mix>
  readonly funding: ValueShares
  readonly emailPattern: ValueShares
  /** Hand-overs for each continued conversation. */
  readonly handOver: number
}

/**
 * Least spread between entities that is believed: honest callers of an API differ by 2.2 to 3.5 (ServeGen,
 * 14 days of production traffic), and a reference of one kind of customer must not make others look alike.
 */
const LN_WEEK_SD_AT_LEAST = 1.2
const TEMPLATE_USERS_FROM = 20
/** Below this many answers a rate is not measured, and what is assumed instead is told by the mark. */
const RATE_FROM = 20
/** Hand-overs for each continued conversation while too few were seen: people with two accounts. */
const HAND_OVER_AT_LEAST = 1e-4

const rateOr = (conducts: readonly Conduct[], mark: MemberMark, assumed: number): number => {
  const counted = tally(conducts, mark)
  // Few answers may raise what is assumed, never lower it: unknown is never permissive to the group.
  return counted.of < RATE_FROM ? Math.max(assumed, rateOf(counted)) : rateOf(counted)
}

const mixOf = (conducts: readonly Conduct[]): Mix => {
  const shares = conducts.map(trainingShare).filter((share) => share !== undefined)
  const sum = shares.reduce((total, share) => total + share, 0)
  // Half an entity that asks for nothing else, so that no mix is ever exactly without it.
  return { training: tally(conducts, asksForTraining), share: (sum + 0.5) / (shares.length + 1) }
}

const sharesOf = (values: readonly (number | undefined)[]): ValueShares => {
  const counts = new Map<number, number>()
  const known = values.filter((value) => value !== undefined)
  for (const value of known) counts.set(value, (counts.get(value) ?? 0) + 1)
  return { of: known.length, counts }
}

/** Share of one value, never quite 0. */
export const shareOf = ({ of, counts }: ValueShares, value: number): number =>
  rateOf({ yes: counts.get(value) ?? 0, of })

/**
 * Reads the reference off proven entities. `handOvers` are their continued conversations and those among
 * them that another entity had begun.
 */
export const referenceOf = (
  conduct: Iterable<Conduct>,
  handOvers: { readonly continued: number; readonly handedOver: number } = {
    continued: 0,
    handedOver: 0,
  },
): Reference => {
  const all = [...conduct]
  const volumes = all.flatMap((of) => volumeOf(of, 3)?.lnWeek ?? [])
  const byTemplate = Map.groupBy(all, ({ template }) => template)
  const mixByTemplate = new Map<number, Mix>()
  for (const [template, users] of byTemplate) {
    if (template === undefined || users.length < TEMPLATE_USERS_FROM) continue
    const mix = mixOf(users)
    if (mix.training.of >= TEMPLATE_USERS_FROM) mixByTemplate.set(template, mix)
  }
  return {
    entities: all.length,
    lnWeekSd: Math.max(LN_WEEK_SD_AT_LEAST, trimmedSpread(volumes)?.sd ?? 0),
    rotates: rateOr(all, rotates, 0.05),
    contradicts: rateOr(all, contradicts, 0.05),
    manyMachines: rateOr(all, isManyMachines, 0.25),
    sharesInstrument: rateOr(all, sharesInstrument, 0.02),
    prepaid: rateOr(all, isPrepaid, 0.1),
    mix: mixOf(all),
    mixByTemplate,
    funding: sharesOf(all.map(({ funding }) => funding)),
    emailPattern: sharesOf(all.map(({ emailPattern }) => emailPattern)),
    handOver: Math.max(
      HAND_OVER_AT_LEAST,
      rateOf({ yes: handOvers.handedOver, of: handOvers.continued + 1 / HAND_OVER_AT_LEAST }),
    ),
  }
}
