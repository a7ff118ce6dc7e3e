import { CAPABILITIES } from '../../core/traits.ts'
import type { Conduct } from './conduct.ts'

/**
 * Yes or no of one entity for one question; `undefined` where what is known of it does not answer. The same
 * questions are put to the reference population, for the rate at which honest callers say yes.
 */
export type MemberMark = (conduct: Conduct) => boolean | undefined

/** Fewest calls a week that say how an entity moves about. */
const MOVES_FROM_CALLS = 10
/** Fewest calls on which headers and body both told a system. */
const COMPARABLE_FROM = 5
/** Fewest first calls of conversations that say what an entity wants. */
const ROOTS_FROM = 3

/** Calls from ever new networks, or from several countries on one day. */
export const rotates: MemberMark = ({ weekCalls, networksPer10Calls, countriesPerDay }) =>
  weekCalls < MOVES_FROM_CALLS ? undefined : networksPer10Calls >= 5 || countriesPerDay >= 3

/** Bodies that tell another system than the headers do. */
export const contradicts: MemberMark = ({ contradictions, comparable }) =>
  comparable < COMPARABLE_FROM ? undefined : contradictions >= 0.3 * comparable

/** One client by its headers, many machines by its bodies. */
export const isManyMachines: MemberMark = ({ environmentsPerWeek }) =>
  environmentsPerWeek === 0 ? undefined : environmentsPerWeek >= 4

/** Conversations it began, as far back as conduct goes. */
export const rootsOf = ({ rootsByCapability }: Conduct): number =>
  CAPABILITIES.reduce((sum, capability) => sum + rootsByCapability[capability], 0)

/** Share of its conversations that ask for what models are trained on; `undefined` for too few. */
export const trainingShare = (conduct: Conduct): number | undefined => {
  const roots = rootsOf(conduct)
  if (roots < ROOTS_FROM) return undefined
  const { reasoning, grading, data } = conduct.rootsByCapability
  return (reasoning + grading + data) / roots
}

/** Asks mostly for reasoning, grading and data. */
export const asksForTraining: MemberMark = (conduct) => {
  const share = trainingShare(conduct)
  return share === undefined ? undefined : share >= 0.5
}

/** Pays with an instrument that at least four entities use; `undefined` without one. */
export const sharesInstrument: MemberMark = ({ instrumentEntities }) =>
  instrumentEntities === 0 ? undefined : instrumentEntities >= 4

/** Pays with something prepaid. */
export const isPrepaid: MemberMark = ({ prepaid }) => prepaid

/** How many of how many. */
export type Tally = { readonly yes: number; readonly of: number }

/** Counts the answers that there are. */
export const tally = (conducts: Iterable<Conduct>, mark: MemberMark): Tally => {
  let yes = 0
  let of = 0
  for (const conduct of conducts) {
    const answer = mark(conduct)
    if (answer === undefined) continue
    of++
    if (answer) yes++
  }
  return { yes, of }
}

/** Rate of a tally, never quite 0 or 1: half an entity is added on either side (Krichevsky, Trofimov 1981). */
export const rateOf = ({ yes, of }: Tally): number => (yes + 0.5) / (of + 1)
