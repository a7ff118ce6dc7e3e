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
