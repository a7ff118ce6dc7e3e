import { nestedCount, sumOfCounts, tokenCount, usageWith } from './usage-report.ts'
import { usageShape, type UsageShape } from './usage-shape.ts'

/**
 * Anthropic's report: `message_start` carries the input (under `message`), `message_delta` the running
 * totals. `input_tokens` leaves out what was read from or written to the prompt cache; both are input
 * all the same. `output_tokens` includes thinking.
 */
export const ANTHROPIC_USAGE: UsageShape = usageShape({
  field: 'usage',
  within: ['message'],
  members: [
    'input_tokens',
    'output_tokens',
    'cache_read_input_tokens',
    'cache_creation_input_tokens',
    'output_tokens_details',
  ],
  text: ['text', 'partial_json', 'thinking', 'completion'],
  usageOf: (report) =>
    usageWith(
      {
        inputTokens: sumOfCounts(
          report['input_tokens'],
          report['cache_read_input_tokens'],
          report['cache_creation_input_tokens'],
        ),
        outputTokens: tokenCount(report['output_tokens']),
      },
      tokenCount(report['cache_read_input_tokens']),
      nestedCount(report['output_tokens_details'], 'thinking_tokens'),
    ),
})
