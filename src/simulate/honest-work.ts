import type { Archetype } from './archetypes.ts'
import { agentAsking, appAsking, chatAsking, listAsking } from './asking.ts'
import { gradingText } from './campaign-tasks.ts'
import { createHandover } from './handover.ts'
import type { Machine } from './header-stacks.ts'
import { ownStack } from './honest-clients.ts'
import { weighted, type Random } from './random.ts'
import { createAgentTalk, createAppTalk, createChatTalk } from './talks.ts'
import type { Templates } from './templates.ts'
import type { Tie } from './ties.ts'
import { containerPlace, workplaceOf, type Workplace } from './workplaces.ts'
import type { Talk, World } from './world.ts'

/** Decoding fields by how often they are set so; 0.7 with 0.95 is what many playgrounds begin with. */
const DECODES: { readonly [fields: string]: number } = {
  '': 0.25,
  '"temperature":0': 0.17,
  '"temperature":0.2': 0.08,
  '"temperature":0.7': 0.14,
  '"temperature":0.7,"stream":true': 0.06,
  '"stream":true': 0.12,
  '"temperature":0.7,"top_p":0.95': 0.08,
  '"temperature":0.3,"top_p":0.9': 0.04,
  '"temperature":1,"top_p":0.95': 0.06,
}
const CAPS = [256, 512, 1000, 1024, 1024, 2000, 2048, 4096, 4096] as const

/**
 * Share of agents' users whose agent works elsewhere than its client: containers for development, a
 * subsystem for Linux, another machine by SSH. A guess; half of their sessions.
 */
const ELSEWHERE = 0.06
/** Of the places on Linux, those in containers. A guess. */
const CONTAINERS = 0.25

/** Programs that do what campaigns do, for honest ends; shares of all programs are guesses. */
const UNUSUAL = { judge: 0.03, generate: 0.02, benchmark: 0.04 }

/** What an honest customer does all day, and the name of its client. */
export type Work = { readonly talk: Talk; readonly stack: string; readonly updates: boolean }

const elsewhere = (machine: Machine, random: Random): Workplace => ({
  ...(machine.os === 'Linux'
    ? workplaceOf({ os: random.pick(['MacOS', 'Windows'] as const), arch: 'x64' }, random)
    : containerPlace(random)),
  machine: 0,
})

/** Folders that an agent's user works in, on each of the machines. */
export const workplacesOn = (machines: readonly Machine[], random: Random): Workplace[] => {
  const own = machines.flatMap((machine, at) =>
    Array.from({ length: 1 + random.below(3) }, () => ({
      ...(machine.os === 'Linux' && random.chance(CONTAINERS)
        ? containerPlace(random)
        : workplaceOf(machine, random)),
      machine: at,
    })),
  )
  const [first] = machines
  if (first === undefined || !random.chance(ELSEWHERE)) return own
  const away = elsewhere(first, random)
  return [...own, ...own.filter(({ machine }) => machine === 0).map(() => away)]
}

/** A program of a customer's own, in a few cases one that judges, generates or evaluates. */
export const programTalk = (world: World, templates: Templates, random: Random): Talk => {
  const { texts } = world
  const decode = weighted(random, DECODES)
  const maxTokens = random.pick(CAPS)
  const draw = random.unit()
  const app = (
    system: string,
    input: (draws: Random) => string,
    tools: NonNullable<Parameters<typeof createAppTalk>[2]['tools']> = [],
  ): Talk => createAppTalk(world, random, { system, decode, maxTokens, input, tools })
  if (draw < UNUSUAL.judge) {
    const asks = appAsking(texts, random)
    return app(random.pick(texts.pipelines.grade), (draws) => gradingText(asks(draws), draws))
  }
  if (draw < UNUSUAL.judge + UNUSUAL.generate) {
    const harvest = texts.harvest.generate
    return app(
      random.pick(texts.pipelines.generate),
      (draws) => `${draws.pick(harvest)}\n${draws.pick(harvest)}\n${draws.pick(harvest)}`,
    )
  }
  if (draw < UNUSUAL.judge + UNUSUAL.generate + UNUSUAL.benchmark) {
    return app('', listAsking(texts.benchmarks, random))
  }
  const kind = random.unit()
  const system = kind < 0.5 ? templates.framework(random) : kind < 0.9 ? templates.own(random) : ''
  const tools = random.chance(0.2) ? random.pick(texts.toolsets) : []
  return app(system, appAsking(texts, random), tools)
}

/** See {@link Work}. */
export const workOf = (
  world: World,
  templates: Templates,
  kind: Archetype,
  random: Random,
  who: {
    readonly id: string
    readonly machines: readonly Machine[]
    readonly tie?: Tie | undefined
  },
): Work => {
  const { id, machines, tie } = who
  const shared = tie?.handover
  const swap: Partial<Talk> =
    shared === undefined
      ? {}
      : { swap: createHandover(shared.waiting, id, { chance: shared.chance, random, keep: 8 }) }
  if (kind === 'app' || kind === 'batch') {
    const stack = ownStack(world, random)
    return { talk: programTalk(world, templates, random), stack, updates: false }
  }
  if (kind === 'agent' || kind === 'seat') {
    const agent = templates.agent(random)
    const talk = createAgentTalk(world, random, {
      agent,
      workplaces: workplacesOn(machines, random),
      ask: agentAsking(world.texts),
    })
    return { talk: { ...talk, ...swap }, stack: agent.stack, updates: true }
  }
  const draw = random.unit()
  const system =
    tie?.system ??
    (draw < 0.5 ? templates.framework(random) : draw < 0.9 ? templates.own(random) : '')
  const talk = createChatTalk(world, random, {
    system,
    decode: weighted(random, DECODES),
    maxTokens: random.pick(CAPS),
    ask: chatAsking(world.texts),
  })
  return { talk: { ...talk, ...swap }, stack: ownStack(world, random), updates: false }
}
