import { eventsOf, PLACE, QUESTION, type Scenario } from './sdk-scenario.ts'

const messages = [{ role: 'user' as const, content: QUESTION }]
const tools = [{ name: 'weather', input_schema: { ...PLACE, required: [...PLACE.required] } }]
const ask = { messages, max_tokens: 100 }

const anthropic = (scenario: Omit<Scenario, 'sdk'>): Scenario => ({ sdk: 'anthropic', ...scenario })

/** What people do with the `@anthropic-ai/sdk` package. */
export const ANTHROPIC_SCENARIOS: readonly Scenario[] = [
  anthropic({
    what: 'a message',
    holds: '"stop_reason":"end_turn"',
    usage: 'always',
    run: async (clients, model) => clients.anthropic.messages.create({ model, ...ask }),
  }),
  anthropic({
    what: 'a streamed message',
    holds: '"type":"message_stop"',
    usage: 'always',
    run: async (clients, model) =>
      eventsOf(clients.anthropic.messages.create({ model, ...ask, stream: true })),
  }),
  anthropic({
    what: 'a tool use',
    holds: '"input":{"city":"Berlin","days":7}',
    usage: 'always',
    run: async (clients, model) => clients.anthropic.messages.create({ model, ...ask, tools }),
  }),
  anthropic({
    what: 'a tool use in a streamed message',
    holds: '"input":{"city":"Berlin","days":7}',
    usage: 'always',
    run: async (clients, model) => {
      const stream = clients.anthropic.messages.stream({ model, ...ask, tools })
      const events = await eventsOf(stream)
      return { events, final: await stream.finalMessage() }
    },
  }),
  anthropic({
    what: 'a count of tokens',
    holds: '"input_tokens"',
    usage: 'never',
    run: async (clients, model) => clients.anthropic.messages.countTokens({ model, messages }),
  }),
  anthropic({
    what: 'the list of models',
    holds: '"type":"model"',
    usage: 'never',
    run: async (clients) => eventsOf(clients.anthropic.models.list()),
  }),
]
