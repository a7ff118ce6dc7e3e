import { z } from 'zod'

const text = z.string().max(1_000)
const mode = z.enum(['enforce', 'shadow', 'off'])
const rollout = z.number().min(0).max(100)

/** A switch as a guard tells it. What a later version adds is left out. */
const switchAnswer = z.object({
  id: text,
  mode: mode.optional(),
  rollout: rollout.optional(),
  written: z.object({ mode, rollout }).optional(),
  in_files: z.boolean(),
  differs: z.boolean(),
  by: text,
  why: text,
  since: z.iso.datetime(),
  until: z.iso.datetime().optional(),
  confirmed: z.boolean(),
  version: z.int().min(0),
})

/** One of {@link switchAnswer}. */
export type ToldSwitch = z.output<typeof switchAnswer>

/** All of them. */
export const switchesAnswer = z.object({
  version: z.int().min(0),
  switches: z.array(switchAnswer).max(10_000),
  degraded: z.array(text).max(20),
})

/** The switches of a guard or fleet as a guard tells them. */
export type ToldSwitches = z.output<typeof switchesAnswer>

const verdict = z.enum(['allow', 'challenge', 'throttle', 'deny'])
const count = z.int().min(0)

/** Why a change of switches has to be confirmed, as a guard tells it; without `harm` where it could not weigh it. */
export const harmAnswer = z.object({
  type: z.literal('urn:stillwatch:problem:confirmation-required'),
  detail: text,
  harm: z
    .object({
      proven_refused: count,
      proven_unjudged: count,
      because: z.array(text).max(10),
    })
    .optional(),
  calls: count.optional(),
  judged: count.optional(),
  examples: z
    .array(
      z.object({
        decision: text,
        at: z.iso.datetime(),
        entity: text.optional(),
        from: verdict,
        to: verdict,
        rule_before: text.optional(),
        rule_after: text.optional(),
      }),
    )
    .max(200)
    .default([]),
})

/** One of {@link harmAnswer}. */
export type ToldHarm = z.output<typeof harmAnswer>
