import { answer, say, startConversation, useTool, type Conversation } from './conversation.ts'
import { platformOf, type Machine } from './header-stacks.ts'
import { escaped, shortened } from './json-pieces.ts'
import { prose, sentence, thingName } from './prose.ts'
import { randomName, type Random } from './random.ts'
import type { KnownAgent } from './texts.ts'
import { modelOf, type Talk, type World } from './world.ts'

/** Where an agent runs for one of its users. */
export type Workplace = {
  readonly folder: string
  readonly platform: string
  readonly osVersion: string
}

const PEOPLE =
  'anna bo chen dana eli fay gus hana ivo jana kim lena max nora omar pia ravi sam tess uma'.split(
    ' ',
  )

/** A folder and system of one person's own machine. */
export const workplaceOf = (machine: Machine, random: Random): Workplace => {
  const user = `${random.pick(PEOPLE)}${random.chance(0.5) ? random.below(1000) : random.pick(PEOPLE)}`
  const project = thingName(random)
  const folder = {
    Linux: `/home/${user}/${project}`,
    MacOS: `/Users/${user}/Developer/${project}`,
    Windows: `C:\\Users\\${user}\\source\\${project}`,
  }[machine.os]
  const osVersion = {
    Linux: `Linux 6.${8 + random.below(10)}.0-${20 + random.below(60)}-generic`,
    MacOS: `Darwin 25.${random.below(5)}.0`,
    Windows: `Windows 11 26${100 + 10 * random.below(3)}`,
  }[machine.os]
  return { folder, platform: platformOf(machine), osVersion }
}

/** The block in which agents say where they run, with its day. */
export const environmentBlock = (workplace: Workplace, atMs: number): string => {
  const date = new Date(atMs).toISOString().slice(0, 10)
  return `\n<env>\nWorking directory: ${workplace.folder}\nIs directory a git repo: Yes\nPlatform: ${workplace.platform}\nOS Version: ${workplace.osVersion}\nToday's date: ${date}\n</env>`
}

/** The tools of an agent as the body lists them. */
export const toolsJson = (
  wire: World['wire'],
  tools: readonly (readonly [string, ...string[]])[],
): string =>
  JSON.stringify(
    tools.map(([name, ...parameters]) => {
      const schema = {
        type: 'object',
        properties: Object.fromEntries(parameters.map((key) => [key, { type: 'string' }])),
      }
      return wire === 'openai'
        ? { type: 'function', function: { name, parameters: schema } }
        : { name, input_schema: schema }
    }),
  )

/** Decoding fields as every client of the wire sends them, Anthropic's required cap among them. */
export const decodeOf = (wire: World['wire'], fields: string, maxTokens: number): string =>
  wire === 'anthropic'
    ? `"max_tokens":${maxTokens}${fields === '' ? '' : `,${fields}`}`
    : fields === ''
      ? `"max_tokens":${maxTokens}`
      : `"max_tokens":${maxTokens},${fields}`

const CALL_ID_DIGITS = 20
const MAX_RESULT_CHARS = 240

/** Messages after which an agent sums up what was said and goes on from there, as real ones do. */
const MAX_MESSAGES = 40

const compact = (conversation: Conversation, random: Random): void => {
  const fresh = startConversation(conversation.setup)
  conversation.messages = fresh.messages
  conversation.turns = 0
  say(conversation, `Summary of the conversation so far: ${prose(random, 6)}`)
  answer(conversation, 'I have read the summary and go on.')
}

/** One more round of an agent: it used a tool, or its user said something. */
export const agentStep = (
  conversation: Conversation,
  tools: KnownAgent['tools'],
  random: Random,
): void => {
  if (conversation.turns >= MAX_MESSAGES) compact(conversation, random)
  const tool = tools[random.below(tools.length)]
  if (tool === undefined || random.chance(0.1)) {
    answer(conversation, `Done. ${sentence(random)}`)
    say(conversation, sentence(random))
    return
  }
  useTool(conversation, {
    id: randomName(random, CALL_ID_DIGITS),
    name: tool[0],
    args: `${thingName(random)}/${thingName(random)}`,
    result: shortened(`${1 + random.below(400)}: ${prose(random, 2)}`, MAX_RESULT_CHARS),
  })
}

/** A popular agent, unchanged, in the hands of one or more people. */
export const createAgentTalk = (
  world: World,
  random: Random,
  options: {
    readonly agent: KnownAgent
    readonly workplaces: readonly Workplace[]
    readonly ask?: (random: Random) => string
  },
): Talk => {
  const { agent, workplaces } = options
  const { wire, texts } = world
  const system = shortened(agent.system, world.systemChars)
  const tools = toolsJson(wire, agent.tools)
  const decode = decodeOf(wire, '"temperature":1,"stream":true', 8192)
  const ask =
    options.ask ??
    ((draws: Random): string =>
      `${draws.pick(texts.chores)} See ${thingName(draws)}/${thingName(draws)}.ts.`)
  return {
    begin: (atMs) =>
      startConversation({
        wire,
        model: modelOf(world, random, atMs),
        system: escaped(`${system}${environmentBlock(random.pick(workplaces), atMs)}`),
        decode,
        tools,
      }),
    step: (conversation) => {
      if (conversation.turns === 0) say(conversation, escaped(ask(random)))
      else agentStep(conversation, agent.tools, random)
    },
    tokens: ({ turns }) => {
      const [inputTokens, outputTokens] = world.sizes.agent(random, turns)
      return { inputTokens, outputTokens }
    },
  }
}

/** A person who chats: question, answer, question. */
export const createChatTalk = (
  world: World,
  random: Random,
  options: { readonly system: string; readonly decode: string },
): Talk => {
  const system = escaped(shortened(options.system, world.systemChars))
  const decode = decodeOf(world.wire, options.decode, 1024)
  return {
    begin: (atMs) =>
      startConversation({
        wire: world.wire,
        model: modelOf(world, random, atMs),
        system,
        decode,
        tools: '',
      }),
    step: (conversation) => {
      if (conversation.turns > 0) answer(conversation, sentence(random))
      say(
        conversation,
        escaped(
          random.chance(0.5)
            ? random.pick(world.texts.questions)
            : `${random.pick(world.texts.questions)} ${sentence(random)}`,
        ),
      )
    },
    tokens: () => {
      const [inputTokens, outputTokens] = world.sizes.chat(random)
      return { inputTokens, outputTokens }
    },
  }
}

/** A program that asks single questions with its own data in them. */
export const createAppTalk = (
  world: World,
  random: Random,
  options: {
    readonly system: string
    readonly decode: string
    readonly maxTokens: number
    readonly input?: (random: Random) => string
  },
): Talk => {
  const system = escaped(shortened(options.system, world.systemChars))
  const decode = decodeOf(world.wire, options.decode, options.maxTokens)
  const input =
    options.input ?? ((draws: Random): string => `Input: ${prose(draws, 1 + draws.below(4))}`)
  return {
    single: true,
    begin: (atMs) =>
      startConversation({
        wire: world.wire,
        model: modelOf(world, random, atMs),
        system,
        decode,
        tools: '',
      }),
    step: (conversation) => {
      say(conversation, escaped(input(random)))
    },
    tokens: () => {
      const [inputTokens, outputTokens] = world.sizes.app(random)
      return { inputTokens, outputTokens }
    },
  }
}
