import { describe, expect, it } from 'vitest'
import { capabilitiesOf, modelTermsOf } from '../../src/app-models.ts'
import { challengesSettings } from '../../src/settings-challenges.ts'
import { pricesSettings } from '../../src/settings-prices.ts'

const MODELS = [{ match: '*', default_output_tokens: 500, max_output_tokens: 9_000 }]

const PRICES = pricesSettings.parse([
  { match: 'gpt-mini*', input: 0.15, cached_input: 0.075, output: 0.6, batch_factor: 0.5 },
  { match: 'gpt-*', input: 2.5, output: 10, reasoning: 12 },
  { match: 'embed-*', input: 3, output: 0, batch_factor: 0.5 },
  { match: 'gift', input: 0, output: 0 },
])

describe('prices of the settings', () => {
  const outputOf = modelTermsOf(MODELS, PRICES)

  it('are those of the first row that matches, in whole millionths of a millionth of a dollar a token', () => {
    expect(outputOf('gpt-mini-2')).toEqual({
      byDefault: 500,
      atMost: 9_000,
      price: { input: 150_000, cachedInput: 75_000, output: 600_000, reasoning: 600_000 },
      batchPrice: { input: 75_000, cachedInput: 37_500, output: 300_000, reasoning: 300_000 },
    })
    expect(outputOf('gpt-5').price).toEqual({
      input: 2_500_000,
      cachedInput: 2_500_000,
      output: 10_000_000,
      reasoning: 12_000_000,
    })
  })

  it('let zero be zero where it is written', () => {
    expect(outputOf('gift').price).toEqual({ input: 0, cachedInput: 0, output: 0, reasoning: 0 })
  })

  it.each(['unheard-of', '', 'GPT-5', 'gpt'])('cost the dearest for the model "%s"', (model) => {
    expect(outputOf(model)).toMatchObject({
      price: {
        input: 3_000_000,
        cachedInput: 3_000_000,
        output: 10_000_000,
        reasoning: 12_000_000,
      },
      batchPrice: { input: 2_500_000, output: 10_000_000, reasoning: 12_000_000 },
    })
  })

  it('give the same answer however often and however late a model is asked for', () => {
    const first = outputOf('gpt-5')
    for (let n = 0; n < 10_000; n++) outputOf(`hostile-${n}`)
    outputOf('x'.repeat(1_000_000))
    expect(outputOf('gpt-5')).toEqual(first)
    expect(outputOf('gpt-5')).toBe(outputOf('gpt-5'))
  })

  it('are absent where there are none', () => {
    expect(modelTermsOf(MODELS)('gpt-5')).toEqual({ byDefault: 500, atMost: 9_000 })
    expect(capabilitiesOf({ models: MODELS }).prices).toBe(false)
    expect(capabilitiesOf({ models: MODELS, prices: [] }).prices).toBe(false)
    expect(capabilitiesOf({ models: MODELS, prices: PRICES }).prices).toBe(true)
  })

  it.each([
    [{ match: '*', input: -1, output: 1 }],
    [{ match: '*', input: Number.NaN, output: 1 }],
    [{ match: '*', input: Infinity, output: 1 }],
    [{ match: '*', input: '2.5', output: 1 }],
    [{ match: '*', input: 1e6, output: 1 }],
    [{ match: '', input: 1, output: 1 }],
    [{ match: '*', input: 1 }],
    [{ match: '*', input: 1, output: 1, batch_factor: -1 }],
    [{ match: '*', input: 1, output: 1, cache: 1 }],
  ])('are a problem as %j', (row) => {
    expect(pricesSettings.safeParse([row]).success).toBe(false)
  })
})

describe('challenges of the settings', () => {
  it('are those that need nobody else, and human where a vendor verifies it', () => {
    const kinds = (challenges: object) => [
      ...capabilitiesOf({ models: MODELS, challenges: challengesSettings.parse(challenges) })
        .challenges,
    ]
    const human = { vendor: 'turnstile', site_key: 'k', secret_key: 's' }
    expect(kinds({})).toEqual(['proof_of_work', 'step_up'])
    expect(kinds({ human })).toEqual(['proof_of_work', 'step_up', 'human'])
  })
})
