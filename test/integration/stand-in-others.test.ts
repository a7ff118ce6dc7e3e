import Anthropic, {
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  RateLimitError,
} from '@anthropic-ai/sdk'
import { createOpenAI } from '@ai-sdk/openai'
import { GoogleGenAI, type Schema, Type } from '@google/genai'
import { APICallError, generateText, jsonSchema, streamText, type ToolSet } from 'ai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createStandIn, type StandIn } from '../../src/demo/stand-in.ts'

let standIn: StandIn
let anthropic: Anthropic
let gemini: GoogleGenAI
let aiSdk: ReturnType<typeof createOpenAI>

beforeAll(async () => {
  standIn = await createStandIn()
  anthropic = new Anthropic({ baseURL: standIn.url, apiKey: 'sk-ant-test', maxRetries: 0 })
  gemini = new GoogleGenAI({ apiKey: 'AIza-test', httpOptions: { baseUrl: standIn.url } })
  aiSdk = createOpenAI({ baseURL: `${standIn.url}/v1`, apiKey: 'sk-test' })
})
afterAll(() => standIn.close())

const PLACE = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer' } },
  required: ['city', 'days'],
} as const
const ARGUMENTS = { city: 'Berlin', days: 7 }
const question = [{ role: 'user' as const, content: 'How is the weather?' }]

describe('the anthropic SDK', () => {
  const ask = { model: 'chat-large', max_tokens: 100, messages: question }
  const tools = [{ name: 'weather', input_schema: { ...PLACE, required: [...PLACE.required] } }]

  it('reads a message, its usage and its headers, plain and streamed', async () => {
    const { data, response } = await anthropic.messages.create(ask).withResponse()
    const streamed = await anthropic.messages.stream(ask).finalMessage()
    expect(streamed.content).toEqual(data.content)
    expect(streamed.usage.output_tokens).toBe(data.usage.output_tokens)
    expect(streamed.stop_reason).toBe('end_turn')
    expect(response.headers.get('anthropic-ratelimit-tokens-reset')).toMatch(/^\d{4}-.*Z$/)
    expect(response.headers.get('request-id')).toMatch(/^req_/)
  })

  it('reads a tool use, plain and streamed', async () => {
    const plain = await anthropic.messages.create({ ...ask, tools })
    const streamed = await anthropic.messages.stream({ ...ask, tools }).finalMessage()
    for (const { content, stop_reason: reason } of [plain, streamed]) {
      expect(content[0]).toMatchObject({ type: 'tool_use', name: 'weather', input: ARGUMENTS })
      expect(reason).toBe('tool_use')
    }
  })

  it('reads token counts and models', async () => {
    const { input_tokens: tokens } = await anthropic.messages.countTokens({
      model: 'chat-large',
      messages: question,
    })
    expect(tokens).toBeGreaterThan(5)
    const ids: string[] = []
    for await (const each of anthropic.models.list()) ids.push(each.id)
    expect(ids).toContain('chat-large')
  })

  it.each([
    ['fail-400', BadRequestError],
    ['auth-401', AuthenticationError],
    ['fail-429', RateLimitError],
    ['fail-500', InternalServerError],
  ])('raises its typed error for %s', async (model, type) => {
    await expect(anthropic.messages.create({ ...ask, model })).rejects.toBeInstanceOf(type)
  })
})

describe('the google SDK', () => {
  const ask = { model: 'chat-large', contents: 'How is the weather?' }

  it('reads text and usage, plain and streamed', async () => {
    const plain = await gemini.models.generateContent(ask)
    let text = ''
    let outputTokens: number | undefined
    for await (const chunk of await gemini.models.generateContentStream(ask)) {
      text += chunk.text ?? ''
      outputTokens = chunk.usageMetadata?.candidatesTokenCount
    }
    expect(text).toBe(plain.text)
    expect(text.length).toBeGreaterThan(20)
    expect(outputTokens).toBe(plain.usageMetadata?.candidatesTokenCount)
  })

  it('reads a function call', async () => {
    const parameters: Schema = {
      type: Type.OBJECT,
      properties: { city: { type: Type.STRING }, days: { type: Type.INTEGER } },
      required: ['city', 'days'],
    }
    const { functionCalls } = await gemini.models.generateContent({
      ...ask,
      config: { tools: [{ functionDeclarations: [{ name: 'weather', parameters }] }] },
    })
    expect(functionCalls?.[0]).toMatchObject({ name: 'weather', args: ARGUMENTS })
  })

  it('reads embeddings, token counts and models', async () => {
    const { embeddings } = await gemini.models.embedContent({ model: 'embed-small', contents: 'a' })
    expect(embeddings?.[0]?.values?.length).toBe(256)
    expect((await gemini.models.countTokens(ask)).totalTokens).toBeGreaterThan(5)
    const names: unknown[] = []
    for await (const each of await gemini.models.list()) names.push(each.name)
    expect(names).toContain('models/chat-large')
  })

  it.each([
    ['fail-400', 400],
    ['auth-401', 400],
    ['fail-500', 500],
  ])('raises its error for %s', async (model, status) => {
    await expect(gemini.models.generateContent({ ...ask, model })).rejects.toMatchObject({ status })
  })
})

describe('the ai SDK with its openai provider', () => {
  const prompt = 'How is the weather?'
  const inputSchema = jsonSchema({ ...PLACE, required: [...PLACE.required] })
  const tools: ToolSet = { weather: { inputSchema } }

  it.each(['chat', 'responses'] as const)('reads text over %s, plain and streamed', async (api) => {
    const model = aiSdk[api]('chat-large')
    const plain = await generateText({ model, prompt })
    const streamed = streamText({ model, prompt })
    expect(plain.text.length).toBeGreaterThan(20)
    expect(await streamed.text).toBe(plain.text)
    expect((await streamed.usage).outputTokens).toBe(plain.usage.outputTokens)
  })

  it.each(['chat', 'responses'] as const)('reads a tool call over %s', async (api) => {
    const { toolCalls } = await generateText({ model: aiSdk[api]('chat-large'), prompt, tools })
    expect(toolCalls).toMatchObject([{ toolName: 'weather', input: ARGUMENTS }])
    const streamed = streamText({ model: aiSdk[api]('chat-large'), prompt, tools })
    expect(await streamed.toolCalls).toMatchObject([{ toolName: 'weather', input: ARGUMENTS }])
  })

  it('raises its error for a failure', async () => {
    const failed = generateText({ model: aiSdk.chat('fail-400'), prompt, maxRetries: 0 })
    await expect(failed).rejects.toSatisfy(
      (error: unknown) => APICallError.isInstance(error) && error.statusCode === 400,
    )
  })
})
