import type { OutputTokens } from './guard/settlement.ts'
import type { Settings } from './settings.ts'
import { compileGlob } from './upstream/glob.ts'

/** Output reserved for the models of the settings; the first that matches counts. */
export const outputTokensOf = (models: Settings['models']): ((model: string) => OutputTokens) => {
  const rows = models.map(({ match, default_output_tokens, max_output_tokens }) => ({
    matches: compileGlob(match),
    tokens: { byDefault: default_output_tokens, atMost: max_output_tokens },
  }))
  // A model no row matches must not be free: the strictest row stands for it.
  const strictest = {
    byDefault: Math.max(...rows.map(({ tokens }) => tokens.byDefault)),
    atMost: Math.max(...rows.map(({ tokens }) => tokens.atMost)),
  }
  return (model) => rows.find(({ matches }) => matches(model))?.tokens ?? strictest
}
