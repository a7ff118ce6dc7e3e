import { formatQuota, NANO_PER_USD } from '../core/amount-text.ts'
import type { EntryCompiler } from './compile-entry.ts'
import type { Scale } from './condition.ts'
import type { Draft } from './read-policy-document.ts'
import { MAX_QUOTA, MAX_SCALE } from './schema.ts'

const MAX_USD = 1_000_000
const USD_DECIMALS = 6
const MICRO_PER_USD = 10 ** USD_DECIMALS

const USD_FORMS = `write US dollars up to ${MAX_USD}, with at most ${USD_DECIMALS} decimals, such as 12.5`

const inMillionths = (usd: number): boolean => Number(usd.toFixed(USD_DECIMALS)) === usd

/** Billionths of a dollar of a quota in dollars; `undefined` where it cannot be counted. */
const nanoUsdOf = (
  draft: Draft<'limits'>,
  usd: number,
  { capabilities, report }: EntryCompiler,
): number | undefined => {
  if (!capabilities.prices) {
    const instead = 'add prices to the settings, or write count: tokens'
    report(draft.problem('count', 'nothing has a price, so no money can be counted', instead))
  }
  if (usd > MAX_USD) {
    report(draft.problem('quota', 'more dollars than can be counted', USD_FORMS))
  } else if (!inMillionths(usd)) {
    report(draft.problem('quota', 'finer than a millionth of a dollar', USD_FORMS))
  } else if (capabilities.prices) {
    return Math.round(usd * MICRO_PER_USD) * (NANO_PER_USD / MICRO_PER_USD)
  }
  return undefined
}

/**
 * The quota of a limit as it is counted, a whole number; `undefined` where it cannot be, which is then
 * reported. What is no number at all, or none in range, is a wrong shape and has been reported.
 */
export const countedQuota = (
  draft: Draft<'limits'>,
  compiler: EntryCompiler,
): number | undefined => {
  const written = draft.raw['quota']
  if (typeof written !== 'number' || !(written > 0 && written <= MAX_QUOTA)) return undefined
  if (draft.raw['count'] === 'usd') return nanoUsdOf(draft, written, compiler)
  if (Number.isInteger(written)) return written
  const what = 'only whole numbers of this are counted'
  compiler.report(
    draft.problem('quota', what, `write ${Math.ceil(written)}, or count: usd for dollars`),
  )
  return undefined
}

/**
 * Whether a scale leaves something to enforce; reports where it is the same for every call and does not.
 * One that reads facts is only known when a call is there.
 */
export const reportScale = (
  draft: Draft<'limits'>,
  quota: number,
  { constant }: Scale,
  { report }: EntryCompiler,
): boolean => {
  if (constant === undefined) return true
  // A plain number out of range is a wrong shape and has been reported.
  if (typeof draft.raw['scale'] === 'number' && !(constant > 0 && constant <= MAX_SCALE))
    return false
  const complain = (what: string, instead: string): boolean => {
    report(draft.problem('scale', what, instead))
    return false
  }
  if (!Number.isFinite(constant)) {
    return complain('no number comes out of it', 'write a number, such as 0.5')
  }
  if (constant <= 0) {
    const instead = 'write a number above 0, or a rule with then: deny'
    return complain(`a scale of ${constant} refuses every call`, instead)
  }
  if (quota * constant < 1) {
    const instead = 'raise the quota or the scale, or write a rule with then: deny'
    return complain(`nothing is left of a quota of ${quota}, so every call is refused`, instead)
  }
  if (quota * constant > Number.MAX_SAFE_INTEGER) {
    const most = formatQuota(draft.raw['count'] === 'usd' ? 'usd' : 'tokens', quota)
    return complain(`${most} times ${constant} is more than can be counted`, 'lower the scale')
  }
  return true
}
