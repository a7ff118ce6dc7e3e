import { DAY_MS } from '../core/time.ts'
import { answer, say, startConversation } from './conversation.ts'
import { gradingText, type Tasks } from './campaign-tasks.ts'
import { createHandover, type Waiting } from './handover.ts'
import type { Machine } from './header-stacks.ts'
import { escaped, shortened } from './json-pieces.ts'
import { paraphrased, prose, sentence, thingName } from './prose.ts'
import { createRandom, type Random } from './random.ts'
import type { CampaignSpec } from './scenario-campaign.ts'
import { agentStep, decodeOf, toolsJson } from './talks.ts'
import { environmentBlock, workplaceOf } from './workplaces.ts'
import type { Talk, World } from './world.ts'

/** What the accounts of a campaign share while they work. */
export type Shop = {
  readonly tasks: Tasks
  readonly waiting: Waiting
}

const HOUR_MS = DAY_MS / 24

type Frame = {
  readonly system: string
  readonly tools: readonly (readonly [string, ...string[]])[]
}

/** Instructions number `which` of a campaign, before an account changes them. */
const frameOf = (world: World, spec: CampaignSpec, which: number): Frame => {
  const { agents, pipelines } = world.texts
  const { from } = spec.templates
  const random = createRandom(world.seed, `${spec.name} template ${which}`)
  const agent = agents[which % agents.length]
  if (from === 'agent' && agent !== undefined) return agent
  const { toolsets } = world.texts
  const own = from === 'own' ? toolsets[which % toolsets.length] : agent?.tools
  const tools = spec.templates.tools === 'none' ? [] : (own ?? [])
  const grades =
    spec.work === 'grade' || (spec.work === 'mixed' && which % 2 === 1)
      ? pipelines.grade
      : spec.work === 'mixed'
        ? pipelines.reason
        : pipelines.generate
  const base = grades[which % grades.length]
  if (from === 'pipeline' && base !== undefined && which < grades.length) {
    return { system: base, tools }
  }
  return { system: `You write worked solutions. ${prose(random, 10)}`, tools }
}

const renamed = (
  tools: Frame['tools'],
  random: Random,
): readonly (readonly [string, ...string[]])[] =>
  tools.map(([, ...parameters]): readonly [string, ...string[]] => [
    thingName(random).replace('-', '_'),
    ...parameters.map(() => thingName(random).replace('-', '_')),
  ])

const releaseOf = (world: World): { name: string; atMs: number } | undefined => {
  const found = world.models.findLast(({ releasedMs }) => releasedMs !== undefined)
  return found?.releasedMs === undefined ? undefined : { name: found.name, atMs: found.releasedMs }
}

/** The harvesting of one account. */
export const createCampaignTalk = (
  world: World,
  spec: CampaignSpec,
  shop: Shop,
  random: Random,
  account: { readonly id: string; readonly nth: number; readonly machine: Machine },
): Talk => {
  const { templates, trajectory_calls: calls, handoff, balance } = spec
  const which = random.below(templates.count)
  const frame = frameOf(world, spec, which)
  const system = paraphrased(
    shortened(frame.system, world.systemChars),
    templates.paraphrase,
    random,
  )
  const tools = templates.tools === 'renamed' ? renamed(frame.tools, random) : frame.tools
  const list = tools.length === 0 ? '' : toolsJson(world.wire, tools)
  const decode = decodeOf(
    world.wire,
    templates.from === 'agent' ? '"temperature":1,"stream":true' : '"temperature":0.7,"top_p":0.95',
    templates.from === 'agent' ? 8192 : 4096,
  )
  const home = workplaceOf(account.machine, random)
  const container = {
    folder: '/workspace/repo',
    platform: 'linux',
    osVersion: 'Linux 6.8.0-60-generic',
  }
  const placeBlock = (atMs: number): string => {
    switch (templates.environment) {
      case 'none':
        return ''
      case 'identical':
        return environmentBlock(container, atMs)
      case 'random':
        return environmentBlock(workplaceOf({ os: 'Linux', arch: 'x64' }, random), atMs)
      case 'account':
        return environmentBlock(home, atMs)
    }
  }
  const release = releaseOf(world)
  const usual = world.models.find(({ releasedMs }) => releasedMs === undefined)?.name ?? 'model'
  const pivotMs =
    release !== undefined && random.chance(spec.pivot.share)
      ? release.atMs + random.unit() * spec.pivot.within_hours * HOUR_MS
      : Infinity

  const taskText = (): string => {
    const text = paraphrased(
      shop.tasks.text(shop.tasks.take(account.id)),
      spec.best_of.paraphrase,
      random,
    )
    return spec.work === 'grade' || (spec.work === 'mixed' && which % 2 === 1)
      ? gradingText(text, random)
      : text
  }

  const swap = createHandover(shop.waiting, account.id, {
    chance: balance === 'call' ? 1 : handoff / calls,
    random,
  })

  return {
    begin: (atMs) =>
      startConversation({
        wire: world.wire,
        model: atMs >= pivotMs && release !== undefined ? release.name : usual,
        system: escaped(`${system}${placeBlock(atMs)}`),
        decode,
        tools: list,
      }),
    ...(handoff > 0 || balance === 'call' ? { swap } : {}),
    step: (conversation) => {
      if (conversation.turns === 0) say(conversation, escaped(taskText()))
      else if (tools.length > 0) agentStep(conversation, tools, random, world.texts.steps)
      else {
        answer(conversation, sentence(random))
        say(conversation, 'Continue with the next step and explain your reasoning.')
      }
    },
    tokens: ({ turns }) => {
      if (calls > 1) {
        const [inputTokens, outputTokens] = world.sizes.agent(random, turns)
        return { inputTokens, outputTokens }
      }
      const [inputTokens] = world.sizes.chat(random)
      return { inputTokens, outputTokens: Math.round(random.logNormal(900, 0.5)) }
    },
  }
}
