import {
  embed,
  generateText,
  jsonSchema,
  streamText,
  tool,
  type LanguageModel,
  type ToolSet,
} from 'ai'
import type { SdkClients } from './sdk-clients.ts'
import { eventsOf, PLACE, QUESTION, type Scenario } from './sdk-scenario.ts'

const tools: ToolSet = {
  weather: tool({ inputSchema: jsonSchema({ ...PLACE, required: [...PLACE.required] }) }),
}

const ai = (scenario: Omit<Scenario, 'sdk'>): Scenario => ({ sdk: 'ai', ...scenario })

type Ask = {
  readonly clients: SdkClients
  readonly model: LanguageModel
  readonly question?: string
  readonly more?: { readonly tools?: ToolSet }
}

/** A whole answer of the `ai` package, without the times and ids that it makes up itself. */
export const aiAnswer = async ({
  clients,
  model,
  question = QUESTION,
  more = {},
}: Ask): Promise<unknown> => {
  const result = await generateText({ model, prompt: question, ...clients.aiRetries, ...more })
  const { text, toolCalls, finishReason, usage } = result
  return { text, toolCalls, finishReason, usage }
}

const UNSTABLE = new Set(['response', 'request', 'performance', 'id', 'timestamp'])

/** The parts of a stream of the `ai` package. An error, which it hands out as a part, is thrown. */
export const aiParts = ({ clients, model, more = {} }: Ask): AsyncIterable<unknown> => {
  const { fullStream } = streamText({
    model,
    prompt: QUESTION,
    abortSignal: clients.signal,
    onError: () => {},
    ...clients.aiRetries,
    ...more,
  })
  return (async function* () {
    for await (const part of fullStream) {
      if (part.type === 'error') throw part.error
      yield Object.fromEntries(Object.entries(part).filter(([name]) => !UNSTABLE.has(name)))
    }
  })()
}

/** What people do with the `ai` package and its provider for OpenAI. */
export const AI_SCENARIOS: readonly Scenario[] = [
  ai({
    what: 'text from a chat model',
    holds: '"finishReason":"stop"',
    usage: 'always',
    run: async (clients, model) => aiAnswer({ clients, model: clients.ai.chat(model) }),
  }),
  ai({
    what: 'streamed text from a chat model',
    holds: '"type":"text-delta"',
    usage: 'always',
    run: async (clients, model) => eventsOf(aiParts({ clients, model: clients.ai.chat(model) })),
  }),
  ai({
    what: 'a tool call of a chat model',
    holds: '"input":{"city":"Berlin","days":7}',
    usage: 'always',
    run: async (clients, model) =>
      aiAnswer({ clients, model: clients.ai.chat(model), more: { tools } }),
  }),
  ai({
    what: 'a streamed tool call of a chat model',
    holds: '"input":{"city":"Berlin","days":7}',
    usage: 'always',
    run: async (clients, model) =>
      eventsOf(aiParts({ clients, model: clients.ai.chat(model), more: { tools } })),
  }),
  ai({
    what: 'text from the Responses API',
    holds: '"finishReason":"stop"',
    usage: 'always',
    run: async (clients, model) => aiAnswer({ clients, model: clients.ai.responses(model) }),
  }),
  ai({
    what: 'a streamed tool call of the Responses API',
    holds: '"input":{"city":"Berlin","days":7}',
    usage: 'always',
    run: async (clients, model) =>
      eventsOf(aiParts({ clients, model: clients.ai.responses(model), more: { tools } })),
  }),
  ai({
    what: 'an embedding',
    holds: '"embedding":[',
    usage: 'always',
    run: async (clients) => {
      const model = clients.ai.embedding('embed-small')
      const { embedding, usage } = await embed({ model, value: 'one', ...clients.aiRetries })
      return { embedding, usage }
    },
  }),
]
