import type { GenerateContentConfig } from '@google/genai'
import { eventsOf, PLACE, QUESTION, type Scenario } from './sdk-scenario.ts'

const config: GenerateContentConfig = {
  tools: [{ functionDeclarations: [{ name: 'weather', parametersJsonSchema: PLACE }] }],
}

/** What was answered, without the headers, which this SDK puts beside it with those of the connection. */
const answerOf = (response: { readonly sdkHttpResponse?: unknown }): object =>
  Object.fromEntries(Object.entries(response).filter(([name]) => name !== 'sdkHttpResponse'))

const google = (scenario: Omit<Scenario, 'sdk'>): Scenario => ({ sdk: 'google', ...scenario })

/** What people do with the `@google/genai` package. */
export const GOOGLE_SCENARIOS: readonly Scenario[] = [
  google({
    what: 'content',
    holds: '"finishReason":"STOP"',
    usage: 'always',
    run: async (clients, model) =>
      answerOf(await clients.google.models.generateContent({ model, contents: QUESTION })),
  }),
  google({
    what: 'streamed content',
    holds: '"finishReason":"STOP"',
    usage: 'always',
    run: async (clients, model) =>
      (
        await eventsOf(clients.google.models.generateContentStream({ model, contents: QUESTION }))
      ).map(answerOf),
  }),
  google({
    what: 'a function call',
    holds: '"args":{"city":"Berlin","days":7}',
    usage: 'always',
    run: async (clients, model) =>
      answerOf(await clients.google.models.generateContent({ model, contents: QUESTION, config })),
  }),
  google({
    what: 'a function call in streamed content',
    holds: '"args":{"city":"Berlin","days":7}',
    usage: 'always',
    run: async (clients, model) =>
      (
        await eventsOf(
          clients.google.models.generateContentStream({ model, contents: QUESTION, config }),
        )
      ).map(answerOf),
  }),
  google({
    what: 'a count of tokens',
    holds: '"totalTokens"',
    usage: 'never',
    run: async (clients, model) =>
      answerOf(await clients.google.models.countTokens({ model, contents: QUESTION })),
  }),
  google({
    what: 'embeddings',
    holds: '"values"',
    usage: 'never',
    run: async (clients) =>
      answerOf(
        await clients.google.models.embedContent({
          model: 'embed-small',
          contents: ['one', 'two'],
        }),
      ),
  }),
  google({
    what: 'the list of models',
    holds: '"name":"models/chat-large"',
    usage: 'never',
    run: async (clients) => eventsOf(clients.google.models.list()),
  }),
]
