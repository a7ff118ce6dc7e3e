import type { Route } from '../core/call.ts'
import { sumOfCounts, tokenCount, usageWith } from './usage-report.ts'
import { usageShape, type UsageShape } from './usage-shape.ts'

/** Output that a total leaves beside the input; Google's JSON leaves out fields that are zero. */
const remainder = (total: unknown, inputTokens: number | undefined): number | undefined => {
  const sum = tokenCount(total)
  return sum === undefined ? undefined : Math.max(0, sum - (inputTokens ?? 0))
}

/**
 * `usageMetadata` of generateContent and its kin: running totals in every chunk. Thoughts are output
 * beside the candidates; the results of tools are input beside the prompt, cached content a part of it.
 */
const contentShape = (text: readonly string[]): UsageShape =>
  usageShape({
    field: 'usageMetadata',
    within: [],
    members: [
      'promptTokenCount',
      'toolUsePromptTokenCount',
      'candidatesTokenCount',
      'thoughtsTokenCount',
      'cachedContentTokenCount',
      'totalTokenCount',
    ],
    text,
    usageOf: (report) => {
      const inputTokens = sumOfCounts(report['promptTokenCount'], report['toolUsePromptTokenCount'])
      const outputTokens =
        sumOfCounts(report['candidatesTokenCount'], report['thoughtsTokenCount']) ??
        remainder(report['totalTokenCount'], inputTokens)
      return usageWith(
        { inputTokens, outputTokens },
        tokenCount(report['cachedContentTokenCount']),
        tokenCount(report['thoughtsTokenCount']),
      )
    },
  })

const CONTENT = contentShape(['text'])
/** Embeddings and images, which are no text. */
const NO_TEXT = contentShape([])

/** `usage` of an interaction, in its last event under `interaction`. */
const INTERACTION = usageShape({
  field: 'usage',
  within: ['interaction'],
  members: [
    'total_input_tokens',
    'total_tool_use_tokens',
    'total_output_tokens',
    'total_thought_tokens',
    'total_cached_tokens',
    'total_tokens',
  ],
  text: ['text', 'arguments'],
  usageOf: (report) => {
    const inputTokens = sumOfCounts(report['total_input_tokens'], report['total_tool_use_tokens'])
    const outputTokens =
      sumOfCounts(report['total_output_tokens'], report['total_thought_tokens']) ??
      remainder(report['total_tokens'], inputTokens)
    return usageWith(
      { inputTokens, outputTokens },
      tokenCount(report['total_cached_tokens']),
      tokenCount(report['total_thought_tokens']),
    )
  },
})

/** How the answers of a route report usage. */
export const geminiUsageShape = (route: Route): UsageShape => {
  if (route.operation.startsWith('interactions.')) return INTERACTION
  return route.kind === 'embed' || route.operation === 'models.predict' ? NO_TEXT : CONTENT
}
