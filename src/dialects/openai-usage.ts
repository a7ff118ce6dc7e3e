import type { Route } from '../core/call.ts'
import { nestedCount, tokenCount, usageWith } from './usage-report.ts'
import type { JsonObject } from './json-object.ts'
import { usageShape, type UsageShape } from './usage-shape.ts'

const MEMBERS = [
  'prompt_tokens',
  'completion_tokens',
  'input_tokens',
  'output_tokens',
  'total_tokens',
  'prompt_tokens_details',
  'completion_tokens_details',
  'input_tokens_details',
  'output_tokens_details',
]

/**
 * OpenAI's two families of names: prompt and completion (Chat Completions, Completions, Embeddings,
 * runs), input and output (Responses, images, transcriptions). Cached and reasoning tokens are parts of
 * the totals. Embeddings report no output; it is what the total leaves.
 */
const usageOf = (report: JsonObject) => {
  const inputTokens = tokenCount(report['prompt_tokens'] ?? report['input_tokens'])
  const total = tokenCount(report['total_tokens'])
  const outputTokens =
    tokenCount(report['completion_tokens'] ?? report['output_tokens']) ??
    (total !== undefined && inputTokens !== undefined
      ? Math.max(0, total - inputTokens)
      : undefined)
  return usageWith(
    { inputTokens, outputTokens },
    nestedCount(report['prompt_tokens_details'] ?? report['input_tokens_details'], 'cached_tokens'),
    nestedCount(
      report['completion_tokens_details'] ?? report['output_tokens_details'],
      'reasoning_tokens',
    ),
  )
}

const shapeWith = (text: readonly string[]): UsageShape =>
  usageShape({ field: 'usage', within: ['response'], members: MEMBERS, text, usageOf })

const CHAT = shapeWith(['content', 'arguments', 'reasoning_content', 'reasoning', 'refusal'])
const COMPLETIONS = shapeWith(['text'])
/** Embeddings and images, which are no text. */
const NO_TEXT = shapeWith([])
/** Responses and audio repeat the whole text in their closing events: only deltas count. */
const DELTAS = shapeWith(['delta'])
/** Deltas of an assistant's run: `delta.content[].text.value` and `…function.arguments`. */
const RUNS = shapeWith(['value', 'arguments'])

/** How the answers of a route report usage. */
export const openaiUsageShape = (route: Route): UsageShape => {
  if (route.operation === 'chat.completions.create') return CHAT
  if (route.operation === 'completions.create') return COMPLETIONS
  if (route.kind === 'embed' || route.operation.startsWith('images.')) return NO_TEXT
  return route.operation.startsWith('threads.') ? RUNS : DELTAS
}
