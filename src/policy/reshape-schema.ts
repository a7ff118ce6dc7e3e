import { z } from 'zod'
import { REASONING_SWITCHES, type Reshape } from '../core/reshape.ts'

/** A Responses call under 16 output tokens is refused (OpenAI's API reference, `max_output_tokens`). */
const LEAST_TOKENS = 16

const hidden = z.literal('hide', {
  error: 'reasoning can only be hidden; write hide, or leave the key out',
})
const off = z.literal('off', {
  error: 'log-probabilities can only be switched off; write off, or leave the key out',
})

const SWITCHES = `not a switch that is known; write one of ${REASONING_SWITCHES.join(', ')}`
const TOKENS = `not a ceiling of output tokens; write a whole number from ${LEAST_TOKENS} to 10000000`
const ANSWERS = 'not a number of answers; write a whole number from 1 to 128'

/** What a reshape rule takes away, as written. */
export const reshapeSchema = z
  .strictObject({
    reasoning: hidden
      .optional()
      .describe('hide: the model reasons as before and the answer does not show it.'),
    reasoning_switch: z
      .enum(REASONING_SWITCHES, { error: SWITCHES })
      .optional()
      .describe(
        'What your servers of the OpenAI dialect document for hiding reasoning in chat; set where a caller sends none of them and the model is not one of OpenAI. Without it none is added.',
      ),
    max_tokens: z
      .int({ error: TOKENS })
      .min(LEAST_TOKENS, TOKENS)
      .max(10_000_000, TOKENS)
      .optional()
      .describe('Most output tokens of one answer; a lower cap of the caller stays.'),
    candidates: z
      .int({ error: ANSWERS })
      .min(1, ANSWERS)
      .max(128, ANSWERS)
      .optional()
      .describe('Most answers to one request.'),
    logprobs: off.optional().describe('off: no log-probabilities.'),
  })
  .refine((written) => written.reasoning_switch === undefined || written.reasoning !== undefined, {
    error:
      'a switch for reasoning that is not hidden; write reasoning: hide beside it, or remove it',
    path: ['reasoning_switch'],
  })
  .refine((written) => Object.values(written).some((value) => value !== undefined), {
    error:
      'nothing to take away; write at least one of reasoning, max_tokens, candidates, logprobs',
  })

/** The same in the words of the code. */
export const reshapeOf = (written: z.output<typeof reshapeSchema>): Reshape => ({
  hideReasoning: written.reasoning !== undefined,
  reasoningSwitch: written.reasoning_switch,
  maxTokens: written.max_tokens,
  candidates: written.candidates,
  noLogprobs: written.logprobs !== undefined,
})
