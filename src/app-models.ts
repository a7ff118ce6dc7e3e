import { createRecent } from './core/recent.ts'
import type { ModelTerms } from './guard/settlement.ts'
import type { TokenPrice } from './guard/token-price.ts'
import { LEAST_CAPABILITIES, type Capabilities } from './policy/compile-entry.ts'
import type { PricesValue } from './settings-prices.ts'
import type { Settings } from './settings.ts'
import { compileGlob } from './upstream/glob.ts'

/** Names of models callers ask for lately, and how long a name may be to be remembered. */
const REMEMBERED = 256
const MAX_NAME_CHARS = 128

/** A dollar for a million tokens, in millionths of a millionth of a dollar for one. */
const PICO_PER_TOKEN = 1e6

/** Whole, rounded up; beyond the third decimal lies only what doubles add to `0.1 * 3`. */
const pico = (usdPerMillion: number): number =>
  Math.ceil(Number((usdPerMillion * PICO_PER_TOKEN).toFixed(3)))

const priceWith = (row: PricesValue[number], factor: number): TokenPrice => ({
  input: pico(row.input * factor),
  cachedInput: pico((row.cached_input ?? row.input) * factor),
  output: pico(row.output * factor),
  reasoning: pico((row.reasoning ?? row.output) * factor),
})

/** The dearest of each kind of token: no row, and no mixture of tokens, costs more. */
const dearest = (prices: readonly TokenPrice[]): TokenPrice => ({
  input: Math.max(...prices.map(({ input }) => input)),
  cachedInput: Math.max(...prices.map(({ cachedInput }) => cachedInput)),
  output: Math.max(...prices.map(({ output }) => output)),
  reasoning: Math.max(...prices.map(({ reasoning }) => reasoning)),
})

/** What the settings offer to the policies. */
export const capabilitiesOf = (
  settings: Pick<Settings, 'models'> & {
    readonly prices?: PricesValue
    readonly challenges?: Pick<Settings['challenges'], 'human'>
  },
): Capabilities => ({
  prices: settings.prices !== undefined && settings.prices.length > 0,
  challenges:
    settings.challenges?.human === undefined
      ? LEAST_CAPABILITIES.challenges
      : new Set([...LEAST_CAPABILITIES.challenges, 'human']),
})

type Prices = Pick<ModelTerms, 'price' | 'batchPrice'>

const pricesOf = (prices: PricesValue): ((model: string) => Prices) => {
  if (prices.length === 0) return () => ({})
  const rows = prices.map((row) => ({
    matches: compileGlob(row.match),
    prices: { price: priceWith(row, 1), batchPrice: priceWith(row, row.batch_factor) },
  }))
  const unknown = {
    price: dearest(rows.map((row) => row.prices.price)),
    batchPrice: dearest(rows.map((row) => row.prices.batchPrice)),
  }
  return (model) => rows.find(({ matches }) => matches(model))?.prices ?? unknown
}

/**
 * Output reserved for the models of the settings, and what their tokens cost; of each table the first
 * row that matches counts. A model that no row matches must not be cheap: the strictest rows stand for it.
 */
export const modelTermsOf = (
  models: Settings['models'],
  prices: PricesValue = [],
): ((model: string) => ModelTerms) => {
  const rows = models.map(({ match, default_output_tokens, max_output_tokens }) => ({
    matches: compileGlob(match),
    tokens: { byDefault: default_output_tokens, atMost: max_output_tokens },
  }))
  const strictest = {
    byDefault: Math.max(...rows.map(({ tokens }) => tokens.byDefault)),
    atMost: Math.max(...rows.map(({ tokens }) => tokens.atMost)),
  }
  const priced = pricesOf(prices)
  const lately = createRecent<string, ModelTerms>(REMEMBERED)
  return (model) => {
    const known = lately.get(model)
    if (known !== undefined) return known
    const tokens = rows.find(({ matches }) => matches(model))?.tokens ?? strictest
    const found = { ...tokens, ...priced(model) }
    // Callers choose these names: a long one is worked out each time, and many push each other out.
    if (model.length <= MAX_NAME_CHARS) lately.set(model, found)
    return found
  }
}
