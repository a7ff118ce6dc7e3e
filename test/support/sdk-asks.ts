import { aiAnswer, aiParts } from './ai-scenarios.ts'
import type { SdkClients, SdkName } from './sdk-clients.ts'
import { QUESTION } from './sdk-scenario.ts'

/** The one call each SDK is mostly used for. */
export type Asks = {
  /** A whole answer. */
  readonly plain: (clients: SdkClients, model: string, question?: string) => Promise<unknown>
  /** The same as a stream; it ends with the signal of the clients. */
  readonly stream: (clients: SdkClients, model: string) => Promise<AsyncIterable<unknown>>
}

const messagesOf = (content: string) => [{ role: 'user' as const, content }]
const messages = messagesOf(QUESTION)

/** The plain and the streamed call of each SDK. */
export const ASKS: { readonly [S in SdkName]: Asks } = {
  openai: {
    plain: async ({ openai }, model, question = QUESTION) =>
      openai.chat.completions.create({ model, messages: messagesOf(question) }),
    stream: async ({ openai, signal }, model) =>
      openai.chat.completions.create({ model, messages, stream: true }, { signal }),
  },
  anthropic: {
    plain: async ({ anthropic }, model, question = QUESTION) =>
      anthropic.messages.create({ model, messages: messagesOf(question), max_tokens: 100 }),
    stream: async ({ anthropic, signal }, model) =>
      anthropic.messages.create({ model, messages, max_tokens: 100, stream: true }, { signal }),
  },
  google: {
    plain: async ({ google }, model, question = QUESTION) =>
      google.models.generateContent({ model, contents: question }),
    stream: async ({ google, signal: abortSignal }, model) =>
      google.models.generateContentStream({
        model,
        contents: QUESTION,
        config: { abortSignal },
      }),
  },
  ai: {
    plain: async (clients, model, question = QUESTION) =>
      aiAnswer({ clients, model: clients.ai.chat(model), question }),
    stream: async (clients, model) => aiParts({ clients, model: clients.ai.chat(model) }),
  },
}
