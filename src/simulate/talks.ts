import { answer, say, startConversation, useTool, type Conversation } from './conversation.ts'
import { escaped, shortened } from './json-pieces.ts'
import { prose, sentence, thingName } from './prose.ts'
import { randomName, type Random } from './random.ts'
import type { Asking } from './asking.ts'
import type { KnownAgent, Texts } from './texts.ts'
import { environmentBlock, type Workplace } from './workplaces.ts'
import { createModelChoice } from './models.ts'
import type { Talk, World } from './world.ts'

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
  steps: Texts['steps'] = [],
): void => {
  if (conversation.turns >= MAX_MESSAGES) compact(conversation, random)
  const tool = tools[random.below(tools.length)]
  if (tool === undefined || random.chance(0.1)) {
    answer(conversation, `Done. ${sentence(random)}`)
    say(conversation, sentence(random))
    return
  }
  const step = steps[random.below(steps.length)]
  useTool(conversation, {
    id: randomName(random, CALL_ID_DIGITS),
    name: tool[0],
    args: step?.args ?? `${thingName(random)}/${thingName(random)}`,
    result:
      step?.result ?? shortened(`${1 + random.below(400)}: ${prose(random, 2)}`, MAX_RESULT_CHARS),
  })
}

/** A popular agent, unchanged, in the hands of one or more people. */
export const createAgentTalk = (
  world: World,
  random: Random,
  options: {
    readonly agent: KnownAgent
    readonly workplaces: readonly Workplace[]
    readonly ask: Asking
  },
): Talk => {
  const { agent, ask, workplaces } = options
  const { wire, texts } = world
  const system = shortened(agent.system, world.systemChars)
  const tools = toolsJson(wire, agent.tools)
  const decode = decodeOf(wire, '"temperature":1,"stream":true', 8192)
  const model = createModelChoice(world, random, true)
  return {
    begin: (atMs, machine) => {
      const there = workplaces.filter((one) => (one.machine ?? machine) === machine)
      const workplace = random.pick(there.length === 0 ? workplaces : there)
      return startConversation({
        wire,
        model: model(atMs),
        system: escaped(`${system}${environmentBlock(workplace, atMs)}`),
        decode,
        tools,
      })
    },
    step: (conversation) => {
      if (conversation.turns === 0) say(conversation, escaped(ask(random)))
      else agentStep(conversation, agent.tools, random, texts.steps)
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
  options: {
    readonly system: string
    readonly decode: string
    readonly maxTokens?: number
    readonly ask: Asking
  },
): Talk => {
  const { ask, maxTokens = 1024 } = options
  const system = escaped(shortened(options.system, world.systemChars))
  const decode = decodeOf(world.wire, options.decode, maxTokens)
  const model = createModelChoice(world, random)
  return {
    begin: (atMs) =>
      startConversation({
        wire: world.wire,
        model: model(atMs),
        system,
        decode,
        tools: '',
      }),
    step: (conversation) => {
      if (conversation.turns > 0) answer(conversation, sentence(random))
      say(conversation, escaped(conversation.turns === 0 ? ask(random) : sentence(random)))
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
    readonly input: Asking
    /** Tools that it declares; none where absent. */
    readonly tools?: KnownAgent['tools']
  },
): Talk => {
  const { input, tools = [] } = options
  const model = createModelChoice(world, random)
  const list = tools.length === 0 ? '' : toolsJson(world.wire, tools)
  const system = escaped(shortened(options.system, world.systemChars))
  const decode = decodeOf(world.wire, options.decode, options.maxTokens)
  return {
    single: true,
    begin: (atMs) =>
      startConversation({
        wire: world.wire,
        model: model(atMs),
        system,
        decode,
        tools: list,
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
