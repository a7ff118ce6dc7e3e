import type { Random } from './random.ts'

/** Tokens of one call: input and output. */
export type Size = readonly [input: number, output: number]

/** Token sizes of calls by the kind of work. */
export type Sizes = {
  readonly chat: (random: Random) => Size
  readonly app: (random: Random) => Size
  /** `turns` messages are in the conversation. */
  readonly agent: (random: Random, turns: number) => Size
}

const whole = (value: number): number => Math.max(1, Math.round(value))

/**
 * Published figures as log-normals: conversations of the Azure traces of 2023 (prompt p50 1,020, p90 2,735;
 * output p50 129, p90 424), their code calls (1,469 and 5,194; 13), and agents with a median of 18,000 in
 * and 350 out, whose context grows from call to call.
 */
export const BUILT_IN_SIZES: Sizes = {
  chat: (random) => [whole(random.logNormal(1_020, 0.77)), whole(random.logNormal(129, 0.93))],
  app: (random) => [whole(random.logNormal(1_469, 0.98)), whole(random.logNormal(13, 1.2))],
  agent: (random, turns) => [
    whole(random.logNormal(8_000, 0.4) + 420 * turns),
    whole(random.logNormal(350, 0.9)),
  ],
}

/**
 * Sizes drawn from recorded calls of each kind. An agent's recorded calls stand at the middle of a
 * conversation; its context grows from call to call.
 */
export const sizesFrom = (
  chat: readonly Size[],
  app: readonly Size[],
  agent: readonly Size[],
): Sizes => ({
  chat: chat.length === 0 ? BUILT_IN_SIZES.chat : (random) => random.pick(chat),
  app: app.length === 0 ? BUILT_IN_SIZES.app : (random) => random.pick(app),
  agent:
    agent.length === 0
      ? BUILT_IN_SIZES.agent
      : (random, turns) => {
          const [input, output] = random.pick(agent)
          return [whole(input * 0.6 + 240 * turns), output]
        },
})
