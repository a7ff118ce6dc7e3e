import OpenAI, {
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  RateLimitError,
} from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createStandIn, type StandIn } from '../../src/demo/stand-in.ts'
import { until } from '../support/wait.ts'

let standIn: StandIn
let openai: OpenAI

beforeAll(async () => {
  standIn = await createStandIn()
  openai = new OpenAI({ baseURL: `${standIn.url}/v1`, apiKey: 'sk-test', maxRetries: 0 })
})
afterAll(() => standIn.close())

const PLACE = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer' } },
  required: ['city', 'days'],
} as const
const ARGUMENTS = { city: 'Berlin', days: 7 }
const question = [{ role: 'user' as const, content: 'How is the weather?' }]

describe('the openai SDK', () => {
  const model = 'chat-large'
  const tools = [
    { type: 'function' as const, function: { name: 'weather', parameters: { ...PLACE } } },
  ]

  it('reads a completion, its usage and its headers', async () => {
    const { data, response } = await openai.chat.completions
      .create({ model, messages: question, max_completion_tokens: 5 })
      .withResponse()
    expect(data.choices[0]?.message.content?.split(' ')).toHaveLength(5)
    expect(data.choices[0]?.finish_reason).toBe('length')
    expect(data.usage).toMatchObject({ completion_tokens: 5 })
    expect(response.headers.get('x-ratelimit-reset-requests')).toBe('6ms')
    expect(response.headers.get('x-request-id')).toMatch(/^req_/)
  })

  it('gets the same text for the same request, plain or streamed', async () => {
    const ask = { model, messages: question }
    const plain = await openai.chat.completions.create(ask)
    const streamed = await openai.chat.completions.stream(ask).finalContent()
    expect(streamed).toBe(plain.choices[0]?.message.content)
    expect(streamed?.length).toBeGreaterThan(20)
  })

  it.each([true, false])('gets usage in a stream only where it asks for it: %j', async (asks) => {
    const stream = await openai.chat.completions.create({
      model,
      messages: question,
      stream: true,
      ...(asks ? { stream_options: { include_usage: true } } : {}),
    })
    const usages: unknown[] = []
    for await (const chunk of stream) usages.push(chunk.usage)
    expect(usages.filter((usage) => usage !== undefined && usage !== null)).toHaveLength(
      asks ? 1 : 0,
    )
    expect(usages.includes(null)).toBe(asks)
  })

  it('reads several choices', async () => {
    const { choices } = await openai.chat.completions.create({ model, messages: question, n: 3 })
    expect(new Set(choices.map(({ message }) => message.content)).size).toBe(3)
  })

  it('reads a tool call, plain and streamed, and gets text for its result', async () => {
    const plain = await openai.chat.completions.create({ model, messages: question, tools })
    const streamed = await openai.chat.completions
      .stream({ model, messages: question, tools })
      .finalMessage()
    for (const message of [plain.choices[0]?.message, streamed]) {
      const call = message?.tool_calls?.[0]
      if (call?.type !== 'function') throw new Error('no function was called')
      expect([call.function.name, JSON.parse(call.function.arguments)]).toEqual([
        'weather',
        ARGUMENTS,
      ])
    }
    const after = await openai.chat.completions.create({
      model,
      tools,
      messages: [
        ...question,
        { role: 'assistant', tool_calls: plain.choices[0]?.message.tool_calls ?? [] },
        { role: 'tool', tool_call_id: 'call_1', content: 'sunny' },
      ],
    })
    expect(after.choices[0]?.finish_reason).toBe('stop')
  })

  it('reads completions, plain and streamed', async () => {
    const plain = await openai.completions.create({ model, prompt: 'Once' })
    const stream = await openai.completions.create({ model, prompt: 'Once', stream: true })
    let text = ''
    for await (const chunk of stream) text += chunk.choices[0]?.text ?? ''
    expect(text).toBe(plain.choices[0]?.text)
  })

  it('reads responses, plain and streamed, text and function call', async () => {
    const plain = await openai.responses.create({ model, input: 'How is the weather?' })
    const streamed = await openai.responses
      .stream({ model, input: 'How is the weather?' })
      .finalResponse()
    expect(plain.output_text.length).toBeGreaterThan(20)
    expect(streamed.output_text).toBe(plain.output_text)
    const called = await openai.responses
      .stream({
        model,
        input: question,
        tools: [{ type: 'function', name: 'weather', parameters: { ...PLACE }, strict: false }],
      })
      .finalResponse()
    expect(called.output[0]).toMatchObject({
      type: 'function_call',
      arguments: JSON.stringify(ARGUMENTS),
    })
  })

  it('reads embeddings and models', async () => {
    const floats = await openai.embeddings.create({ model, input: ['a', 'b'], dimensions: 8 })
    expect(floats.data.map(({ embedding }) => embedding.length)).toEqual([8, 8])
    const ids: string[] = []
    for await (const each of openai.models.list()) ids.push(each.id)
    expect(ids).toContain('chat-large')
    expect((await openai.models.retrieve('chat-small')).id).toBe('chat-small')
  })

  it.each([
    ['fail-400', BadRequestError],
    ['auth-401', AuthenticationError],
    ['fail-429', RateLimitError],
    ['fail-500', InternalServerError],
  ])('raises its typed error for %s', async (failing, type) => {
    const failed = openai.chat.completions.create({ model: failing, messages: question })
    await expect(failed).rejects.toBeInstanceOf(type)
  })

  it('notices a stream that is cut', async () => {
    const stream = await openai.chat.completions.create({
      model: 'break-midstream',
      messages: question,
      stream: true,
    })
    const read = async (): Promise<void> => {
      for await (const chunk of stream) expect(chunk.object).toBe('chat.completion.chunk')
    }
    await expect(read()).rejects.toThrow()
  })
})

describe('what the stand-in remembers', () => {
  it('is every request byte for byte, the latest ones only', async () => {
    const own = await createStandIn({ keep: 2 })
    for (const body of ['{"model":"a"}', '{"model": "b"}', 'not json']) {
      const answer = await fetch(`${own.url}/v1/chat/completions?x=1`, {
        method: 'POST',
        body,
        headers: { 'X-Kept': '1' },
      })
      expect(answer.status).toBe(body === 'not json' ? 400 : 200)
      await answer.text()
    }
    expect(own.calls.map(({ body }) => body.toString())).toEqual(['{"model": "b"}', 'not json'])
    expect(own.calls[0]).toMatchObject({ method: 'POST', target: '/v1/chat/completions?x=1' })
    await own.close()
  })
})

describe('the switches of the stand-in', () => {
  it('stall: the stream starts and never ends, until the caller leaves', async () => {
    const leaving = new AbortController()
    const answer = await fetch(`${standIn.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'stall', messages: question, stream: true }),
      signal: leaving.signal,
    })
    const reader = answer.body?.getReader()
    expect((await reader?.read())?.done).toBe(false)
    expect(standIn.openStreams()).toBe(1)
    leaving.abort()
    await until('the stream to be let go', () => standIn.openStreams() === 0)
  })

  it.each([
    ['chat-large', 1],
    ['slow-chat', 20],
  ])('pauses of %s are %i times the pauses asked for', async (model, times) => {
    const own = await createStandIn({ firstChunkDelayMs: 5, chunkDelayMs: 1 })
    const ownSdk = new OpenAI({ baseURL: `${own.url}/v1`, apiKey: 'sk-test' })
    const startedAtMs = performance.now()
    const text = await ownSdk.chat.completions
      .stream({ model, messages: question, max_completion_tokens: 4 })
      .finalContent()
    expect(text?.split(' ')).toHaveLength(4)
    expect(performance.now() - startedAtMs).toBeGreaterThan(10 * times)
    await own.close()
  })
})
