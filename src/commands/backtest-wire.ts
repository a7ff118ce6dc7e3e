import { z } from 'zod'

const text = z.string().max(600)
const count = z.number().nonnegative()
const moment = z.iso.datetime().optional()
const verdict = z.enum(['allow', 'challenge', 'throttle', 'deny'])

const counts = z.object({ calls: count, entities: count, proven: count })
const span = z.object({ calls: count, from: moment, until: moment })

/** A backtest as a guard tells it. */
export const backtestAnswer = z.object({
  revision: z.object({ before: text, after: text }),
  calls: count,
  judged: count,
  window: z.object({
    from: moment,
    until: moment,
    newest: span,
    hits: span,
    ended_by: z.enum(['all_read', 'bytes', 'time']).optional(),
    skipped_lines: count,
    bytes: count,
    ms: count,
    unread: z.boolean(),
  }),
  transitions: z.array(counts.extend({ from: verdict, to: verdict })).max(16),
  rules: z
    .array(
      z.object({
        rule: text,
        acts_before: count,
        acts_after: count,
        shadow_before: count,
        shadow_after: count,
      }),
    )
    .max(100_000),
  limits: z.array(z.object({ limit: text, newly_refused: counts, unjudged: counts })).max(100_000),
  reshaped: z.object({ more: count, less: count }),
  entities: z.object({
    seen: count,
    proven: count,
    proof_unknown: count,
    changed: count,
    newly_refused: count,
    newly_refused_proven: count,
    unjudged_proven: count,
  }),
  calls_without_account: count,
  unjudged: z.object({
    calls: count,
    facts: z.array(z.object({ fact: text, calls: count })).max(200),
  }),
  unlike_record: z.object({ calls: count, same_revision: count }),
  harm: z.object({
    confirm: z.boolean(),
    proven_refused: count,
    proven_unjudged: count,
    because: z.array(text).max(10),
  }),
  examples: z
    .array(
      z.object({
        decision: text,
        at: z.iso.datetime(),
        account: text.optional(),
        entity: text.optional(),
        from: verdict,
        to: verdict,
        rule_before: text.optional(),
        rule_after: text.optional(),
      }),
    )
    .max(200),
  notes: z.array(text).max(20),
})

/** One of {@link backtestAnswer}. */
export type ToldBacktest = z.output<typeof backtestAnswer>

/** What a guard answers to documents that do not compile. */
export const problemsAnswer = z.object({
  type: z.literal('urn:stillwatch:problem:policy-problems'),
  problems: z
    .array(
      z.object({
        file: text,
        line: z.int(),
        col: z.int(),
        what: z.string().max(4_000),
        instead: z.string().max(8_000),
      }),
    )
    .max(1_000),
})
