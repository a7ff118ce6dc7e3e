import { aiAnswer, aiParts } from './ai-scenarios.ts'
import type { SdkClients, SdkName } from './sdk-clients.ts'
import { eventsOf, QUESTION } from './sdk-scenario.ts'

/** The one call each SDK is mostly used for. */
export type Asks = {
  /** A whole answer. */
  readonly plain: (clients: SdkClients, model: string, question?: string) => Promise<unknown>
  /** The same as a stream, read to its end. */
  readonly streamed: (clients: SdkClients, model: string) => Promise<unknown>
}

const messagesOf = (content: string) => [{ role: 'user' as const, content }]
const messages = messagesOf(QUESTION)

/** The plain and the streamed call of each SDK. */
export const ASKS: { readonly [S in SdkName]: Asks } = {
  openai: {
    plain: async ({ openai }, model, question = QUESTION) =>
      openai.chat.completions.create({ model, messages: messagesOf(question) }),
    streamed: async ({ openai }, model) =>
      eventsOf(openai.chat.completions.create({ model, messages, stream: true })),
  },
  anthropic: {
    plain: async ({ anthropic }, model, question = QUESTION) =>
      anthropic.messages.create({ model, messages: messagesOf(question), max_tokens: 100 }),
    streamed: async ({ anthropic }, model) =>
      eventsOf(anthropic.messages.create({ model, messages, max_tokens: 100, stream: true })),
  },
  google: {
    plain: async ({ google }, model, question = QUESTION) =>
      google.models.generateContent({ model, contents: question }),
    streamed: async ({ google }, model) =>
      eventsOf(google.models.generateContentStream({ model, contents: QUESTION })),
  },
  ai: {
    plain: async (clients, model, question = QUESTION) =>
      aiAnswer({ clients, model: clients.ai.chat(model), question }),
    streamed: async (clients, model) =>
      eventsOf(aiParts({ clients, model: clients.ai.chat(model) })),
  },
}
