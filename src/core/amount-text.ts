import type { Counted } from './decision.ts'

/** Billionths of a dollar in a dollar: what `usd` is counted in. */
export const NANO_PER_USD = 1e9

/** Unit of an amount as operators read it; money in dollars. */
export type AmountUnit = 'calls' | 'tokens' | 'usd'

/** The unit in which {@link shownAmount} gives an amount of this kind. */
export const unitOf = (counted: Counted): AmountUnit => {
  switch (counted) {
    case 'requests':
    case 'concurrent':
      return 'calls'
    case 'input_tokens':
    case 'output_tokens':
    case 'tokens':
      return 'tokens'
    case 'usd':
      return 'usd'
  }
}

/** An amount as a number in {@link unitOf}: billionths of a dollar become dollars, the rest stays. */
export const shownAmount = (counted: Counted, amount: number): number =>
  counted === 'usd' ? amount / NANO_PER_USD : amount

/** Dollars with two decimals, and up to nine where there is more to say: `$12.50`, `$0.000042`. */
const dollars = (nanoUsd: number): string => {
  const [whole = '0', rest = ''] = (nanoUsd / NANO_PER_USD).toFixed(9).split('.')
  return `$${whole}.${rest.replace(/0{1,7}$/, '')}`
}

/** One of it, and more of it. */
const NAMES: { readonly [C in Exclude<Counted, 'usd'>]: readonly [string, string] } = {
  requests: ['request', 'requests'],
  input_tokens: ['input token', 'input tokens'],
  output_tokens: ['output token', 'output tokens'],
  tokens: ['token', 'tokens'],
  concurrent: ['call at the same time', 'calls at the same time'],
}

/** An amount of what a limit counts without saying what that is: `200000`, `$12.50`. */
export const formatAmount = (counted: Counted, amount: number): string =>
  counted === 'usd' ? dollars(amount) : String(amount)

/** An amount of what a limit counts, in words: `200000 tokens`, `$12.50`, `5 calls at the same time`. */
export const formatQuota = (counted: Counted, amount: number): string =>
  counted === 'usd' ? dollars(amount) : `${amount} ${NAMES[counted][amount === 1 ? 0 : 1]}`
