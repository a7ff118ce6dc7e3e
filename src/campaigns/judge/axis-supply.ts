import { isPrepaid, sharesInstrument, tally, type Tally } from './axis-marks.ts'
import { evidence, percent, type Group, type JudgeAxis } from './group.ts'
import { shareOf, type Reference, type ValueShares } from './reference.ts'
import { binomialLogRatio } from './statistics.ts'

const LLR_FROM = 20
const MEMBERS_FROM = 10
const SHARE_FROM = 0.3
const LIFT_FROM = 3
/** A value everybody in a class or a company has, such as the form of their addresses, must be this rare. */
const PATTERN_LIFT_FROM = 8
/** Signing up together is what a launch and a class do as well: it helps, and no more. */
const SYNCHRONY_AT_MOST = 6
const WEEK_MS = 7 * 86_400_000
/** Share of sign-ups that fall in the busiest week of an ordinary group of young accounts. */
const BUSIEST_WEEK = 0.3

/** One way in which accounts come from one supplier. */
type Part = {
  readonly what: string
  readonly counted: Tally
  readonly rate: number
  readonly logRatio: number
  /** Whether it may make the axis positive. */
  readonly leads: boolean
}

const partOf = (what: string, counted: Tally, rate: number, liftFrom: number): Part => {
  const share = counted.of === 0 ? 0 : counted.yes / counted.of
  const enough = counted.of >= MEMBERS_FROM
  return {
    what,
    counted,
    rate,
    logRatio: enough ? binomialLogRatio(counted.yes, counted.of, rate) : 0,
    leads: enough && share >= SHARE_FROM && share >= Math.min(0.9, liftFrom * rate),
  }
}

/** The value that stands out most against the reference. */
const mostUnusual = (
  what: string,
  values: readonly (number | undefined)[],
  shares: ValueShares,
  liftFrom: number,
): Part => {
  const known = values.filter((value) => value !== undefined)
  let best = partOf(what, { yes: 0, of: known.length }, 0.5, liftFrom)
  for (const [value, same] of Map.groupBy(known, (of) => of)) {
    const counted = { yes: same.length, of: known.length }
    const part = partOf(what, counted, shareOf(shares, value), liftFrom)
    // Only what many of them have is a supplier; many small coincidences are none.
    if (part.leads && part.logRatio > best.logRatio) best = part
  }
  return best
}

/** Sign-ups in the busiest seven days, against an ordinary group. */
const synchrony = ({ conduct }: Group): Part => {
  const made = conduct
    .map(({ createdAtMs }) => createdAtMs)
    .filter((atMs) => atMs !== undefined)
    .toSorted((a, b) => a - b)
  let from = 0
  let most = 0
  for (const [to, atMs] of made.entries()) {
    while (atMs - (made[from] ?? atMs) > WEEK_MS) from++
    most = Math.max(most, to - from + 1)
  }
  const part = partOf('signed up in one week', { yes: most, of: made.length }, BUSIEST_WEEK, 1)
  return { ...part, leads: false, logRatio: Math.min(SYNCHRONY_AT_MOST, part.logRatio) }
}

const partsOf = (group: Group, reference: Reference): readonly Part[] => {
  const { conduct, linkedBy } = group
  const instruments = tally(conduct, sharesInstrument)
  const parts = [
    partOf('share an instrument of 4 or more', instruments, reference.sharesInstrument, LIFT_FROM),
    mostUnusual(
      'have one form of address',
      conduct.map(({ emailPattern }) => emailPattern),
      reference.emailPattern,
      PATTERN_LIFT_FROM,
    ),
  ]
  if (!linkedBy.has('funding')) {
    // Prepaid is one of the words funding is made of, so the two are one fact: the larger counts.
    const prepaid = partOf('pay prepaid', tally(conduct, isPrepaid), reference.prepaid, LIFT_FROM)
    const funding = mostUnusual(
      'have one kind of funding',
      conduct.map((of) => of.funding),
      reference.funding,
      LIFT_FROM,
    )
    parts.push(prepaid.logRatio > funding.logRatio ? prepaid : funding)
  }
  if (!linkedBy.has('week')) parts.push(synchrony(group))
  return parts
}

/**
 * Supply: where the accounts come from. Bought or made in series, they share cards, prepaid cards of one
 * issuer, one generator of addresses, and the days of their making. What linked the group does not count
 * again.
 */
export const judgeSupply: JudgeAxis = (group, reference) => {
  const parts = partsOf(group, reference)
  const sum = parts.reduce((total, part) => total + part.logRatio, 0)
  const telling = parts
    .filter(({ logRatio }) => logRatio > 0)
    .map(({ what, counted }) => `${percent(counted.yes / counted.of)} ${what}`)
  return evidence('supply', {
    positive: sum >= LLR_FROM && parts.some(({ leads }) => leads),
    measured: telling.length === 0 ? 'nothing in common beyond the reference' : telling.join(', '),
    value: sum,
    threshold: LLR_FROM,
    logRatio: sum,
  })
}
