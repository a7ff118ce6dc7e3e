import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMeteredRig } from '../support/metered-rig.ts'
import { startReshapeUpstream, type ReshapeUpstream } from '../support/reshape-upstream.ts'
import { createSdkClients, type SdkClients } from '../support/sdk-clients.ts'
import { until } from '../support/wait.ts'

const POLICY = `rules:
  - id: narrow
    then: reshape
    reshape: { reasoning: hide, max_tokens: 2048, candidates: 1, logprobs: off }
limits:
  - { id: output, per: [caller.network], count: output_tokens, quota: 1000000, window: 1d }
`

let upstream: ReshapeUpstream
let rig: Awaited<ReturnType<typeof createMeteredRig>>
let sdks: SdkClients

beforeAll(async () => {
  upstream = await startReshapeUpstream()
  rig = await createMeteredRig({ upstreamUrl: upstream.url, limits: POLICY })
  sdks = createSdkClients({ url: `http://127.0.0.1:${rig.port}`, fetch })
})

afterAll(async () => {
  await rig.close()
  await upstream.close()
})

/** What reached the upstream of the last call, parsed, and the event it left. */
const last = async () => {
  const calls = upstream.bodies.length
  await until('the call has left its event', () => rig.events.length === calls)
  const event = rig.events.at(-1)
  const text = upstream.bodies.at(-1) ?? ''
  return { text, body: JSON.parse(text) as { readonly [name: string]: unknown }, event }
}

const reservedOutput = async (): Promise<number | undefined> => {
  const { event } = await last()
  return event?.ruling?.admission?.states.find(({ limit }) => limit === 'output')?.cost
}

const asksMuch = { n: 4, logprobs: true, top_logprobs: 5, max_completion_tokens: 50_000 } as const

describe('an official SDK whose calls are reshaped', () => {
  it('of OpenAI gets a chat completion', async () => {
    const answer = await sdks.openai.chat.completions.create({
      model: 'gpt-5.2',
      messages: [{ role: 'user', content: 'hello' }],
      ...asksMuch,
    })
    expect(answer.choices[0]?.message.content).not.toBe('')
    const { body, event } = await last()
    expect(body).toEqual({
      model: 'gpt-5.2',
      messages: [{ role: 'user', content: 'hello' }],
      n: 1,
      max_completion_tokens: 2048,
    })
    expect(event?.reshaped?.unsupported).toEqual(['reasoning'])
    // The record keeps what the caller asked for.
    expect(event?.call?.ask).toMatchObject({ maxTokens: 50_000, candidates: 4 })
  })

  it('of OpenAI gets a stream, with usage asked for and hidden, reserved by the new cap', async () => {
    const stream = await sdks.openai.chat.completions.create({
      model: 'gpt-5.2',
      messages: [{ role: 'user', content: 'hello' }],
      stream: true,
      ...asksMuch,
    })
    let text = ''
    for await (const chunk of stream) {
      expect(chunk.usage ?? undefined).toBeUndefined()
      text += chunk.choices[0]?.delta.content ?? ''
    }
    expect(text).not.toBe('')
    const { body, event } = await last()
    expect(body).toMatchObject({
      n: 1,
      max_completion_tokens: 2048,
      stream_options: { include_usage: true },
    })
    expect(await reservedOutput()).toBe(2048)
    expect(event?.settledFrom).toBe('reported')
  })

  it('of OpenAI goes on with a tool turn of a stateless response', async () => {
    const reasoning = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAAB' }
    const answer = await sdks.openai.responses.create({
      model: 'gpt-5.2',
      store: false,
      include: ['reasoning.encrypted_content', 'message.output_text.logprobs'],
      reasoning: { effort: 'high', summary: 'detailed' },
      input: [
        { role: 'user', content: 'what time is it?' },
        // The type of the input does not know the item by this literal.
        reasoning as never,
        { type: 'function_call', call_id: 'call_1', name: 'clock', arguments: '{}' },
        { type: 'function_call_output', call_id: 'call_1', output: 'noon' },
      ],
    })
    expect(answer.output_text).not.toBe('')
    const { body } = await last()
    expect(body).toMatchObject({
      include: ['reasoning.encrypted_content'],
      reasoning: { effort: 'high' },
      max_output_tokens: 2048,
    })
    expect(body['reasoning']).not.toHaveProperty('summary')
    expect(body['input']).toMatchObject([{}, reasoning, {}, {}])
  })

  it('of Anthropic goes on with a tool turn that began with thinking, streamed or not', async () => {
    const content = [
      { type: 'thinking' as const, thinking: 'the clock will tell', signature: 'EqQBCgIYAhIM' },
      { type: 'tool_use' as const, id: 'toolu_1', name: 'clock', input: {} },
    ]
    const params = {
      model: 'claude-opus-5',
      max_tokens: 16_000,
      thinking: { type: 'enabled' as const, budget_tokens: 10_000 },
      tools: [{ name: 'clock', input_schema: { type: 'object' as const } }],
      messages: [
        { role: 'user' as const, content: 'what time is it?' },
        { role: 'assistant' as const, content },
        {
          role: 'user' as const,
          content: [{ type: 'tool_result' as const, tool_use_id: 'toolu_1', content: 'noon' }],
        },
      ],
    }
    const whole = await sdks.anthropic.messages.create(params)
    const { text, body, event } = await last()
    expect(whole.content.length).toBeGreaterThan(0)
    expect(body).toEqual({
      ...params,
      max_tokens: 2048,
      thinking: { type: 'enabled', budget_tokens: 1024, display: 'omitted' },
    })
    // The signed block must go back byte for byte.
    expect(text).toContain(JSON.stringify(params.messages))
    expect(event?.reshaped?.unsupported).toEqual(['candidates', 'logprobs'])
    const message = await sdks.anthropic.messages.stream(params).finalMessage()
    expect(message.content.length).toBeGreaterThan(0)
    expect((await last()).body).toMatchObject({ max_tokens: 2048, stream: true })
    expect(await reservedOutput()).toBe(2048)
  })

  it('of Google gets content, streamed or not', async () => {
    const request = {
      model: 'gemini-3-pro',
      contents: 'hello',
      config: {
        candidateCount: 3,
        maxOutputTokens: 30_000,
        responseLogprobs: true,
        thinkingConfig: { includeThoughts: true, thinkingBudget: 256 },
      },
    }
    const whole = await sdks.google.models.generateContent(request)
    expect(whole.text).not.toBe('')
    const narrowed = {
      candidateCount: 1,
      maxOutputTokens: 2048,
      thinkingConfig: { includeThoughts: false, thinkingBudget: 256 },
    }
    expect((await last()).body['generationConfig']).toEqual(narrowed)
    let text = ''
    for await (const chunk of await sdks.google.models.generateContentStream(request)) {
      text += chunk.text ?? ''
    }
    expect(text).not.toBe('')
    expect((await last()).body['generationConfig']).toEqual(narrowed)
    expect(await reservedOutput()).toBe(2048)
  })

  it('is left alone where the call makes no text', async () => {
    await sdks.openai.embeddings.create({ model: 'e', input: 'x', encoding_format: 'float' })
    const { event } = await last()
    expect(event?.reshaped).toBeUndefined()
  })
})
