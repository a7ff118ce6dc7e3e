import { eventsOf, PLACE, QUESTION, type Scenario } from './sdk-scenario.ts'

const messages = [{ role: 'user' as const, content: QUESTION }]
const chatTools = [
  { type: 'function' as const, function: { name: 'weather', parameters: { ...PLACE } } },
]
const tools = [
  { type: 'function' as const, name: 'weather', parameters: { ...PLACE }, strict: true },
]

const openai = (scenario: Omit<Scenario, 'sdk'>): Scenario => ({ sdk: 'openai', ...scenario })

/** What people do with the `openai` package. */
export const OPENAI_SCENARIOS: readonly Scenario[] = [
  openai({
    what: 'a chat completion',
    holds: '"role":"assistant"',
    usage: 'always',
    run: async (clients, model) => clients.openai.chat.completions.create({ model, messages }),
  }),
  openai({
    what: 'a streamed chat completion',
    holds: '"finish_reason":"stop"',
    usage: 'asked',
    run: async (clients, model) =>
      eventsOf(clients.openai.chat.completions.create({ model, messages, stream: true })),
  }),
  openai({
    what: 'a streamed chat completion of two choices with usage',
    holds: '"completion_tokens"',
    usage: 'always',
    run: async (clients, model) =>
      eventsOf(
        clients.openai.chat.completions.create({
          model,
          messages,
          n: 2,
          stream: true,
          stream_options: { include_usage: true },
        }),
      ),
  }),
  openai({
    what: 'a streamed chat completion that says it wants no usage',
    holds: '"finish_reason":"stop"',
    usage: 'asked',
    run: async (clients, model) =>
      eventsOf(
        clients.openai.chat.completions.create({
          model,
          messages,
          stream: true,
          stream_options: { include_usage: false },
        }),
      ),
  }),
  openai({
    what: 'a tool call in a chat completion',
    holds: '"arguments":"{\\"city\\":\\"Berlin\\",\\"days\\":7}"',
    usage: 'always',
    run: async (clients, model) =>
      clients.openai.chat.completions.create({ model, messages, tools: chatTools }),
  }),
  openai({
    what: 'a tool call in a streamed chat completion',
    holds: '"arguments":"{\\"city\\":\\"Berlin\\",\\"days\\":7}"',
    usage: 'asked',
    run: async (clients, model) => {
      const stream = clients.openai.chat.completions.stream({ model, messages, tools: chatTools })
      const events = await eventsOf(stream)
      return { events, final: await stream.finalChatCompletion() }
    },
  }),
  openai({
    what: 'a response',
    holds: '"type":"output_text"',
    usage: 'always',
    run: async (clients, model) => clients.openai.responses.create({ model, input: QUESTION }),
  }),
  openai({
    what: 'a streamed response',
    holds: '"type":"response.completed"',
    usage: 'always',
    run: async (clients, model) =>
      eventsOf(clients.openai.responses.create({ model, input: QUESTION, stream: true })),
  }),
  openai({
    what: 'a tool call in a response',
    holds: '"type":"function_call"',
    usage: 'always',
    run: async (clients, model) =>
      clients.openai.responses.create({ model, input: QUESTION, tools }),
  }),
  openai({
    what: 'a tool call in a streamed response',
    holds: '"type":"response.function_call_arguments.done"',
    usage: 'always',
    run: async (clients, model) =>
      eventsOf(clients.openai.responses.create({ model, input: QUESTION, tools, stream: true })),
  }),
  openai({
    what: 'a legacy completion',
    holds: '"object":"text_completion"',
    usage: 'always',
    run: async (clients, model) => clients.openai.completions.create({ model, prompt: QUESTION }),
  }),
  openai({
    what: 'a streamed legacy completion',
    holds: '"object":"text_completion"',
    usage: 'asked',
    run: async (clients, model) =>
      eventsOf(clients.openai.completions.create({ model, prompt: QUESTION, stream: true })),
  }),
  openai({
    what: 'embeddings',
    holds: '"object":"embedding"',
    usage: 'always',
    run: async (clients) =>
      clients.openai.embeddings.create({ model: 'embed-small', input: ['one', 'two'] }),
  }),
  openai({
    what: 'the list of models',
    holds: '"object":"model"',
    usage: 'never',
    run: async (clients) => eventsOf(clients.openai.models.list()),
  }),
]
