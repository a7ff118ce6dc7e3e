import Anthropic, {
  PermissionDeniedError as AnthropicPermissionDenied,
  RateLimitError as AnthropicRateLimit,
} from '@anthropic-ai/sdk'
import { ApiError, GoogleGenAI } from '@google/genai'
import OpenAI, { AuthenticationError, PermissionDeniedError, RateLimitError } from 'openai'
import { describe, expect, it } from 'vitest'
import { anthropic } from '../../src/dialects/anthropic.ts'
import { gemini } from '../../src/dialects/gemini.ts'
import { openai } from '../../src/dialects/openai.ts'
import { recordedBytes } from '../support/recorded-answers.ts'
import {
  BROKEN,
  denied,
  drain,
  EVENTS,
  limited,
  type Network,
  refusing,
  streaming,
  thrownBy,
} from '../support/sdk-network.ts'

const MESSAGES = [{ role: 'user' as const, content: 'Hi' }]

const openaiChat = (network: Network) =>
  new OpenAI({ apiKey: 'k', logLevel: 'off', fetch: network.fetch }).chat.completions
const openaiResponses = (network: Network) =>
  new OpenAI({ apiKey: 'k', logLevel: 'off', fetch: network.fetch }).responses
const anthropicMessages = (network: Network) =>
  new Anthropic({ apiKey: 'k', fetch: network.fetch }).messages
const geminiModels = (network: Network) =>
  new GoogleGenAI({ apiKey: 'k', httpOptions: { fetch: network.fetch } }).models

/** A plain call and a streaming call through each official SDK. */
const SDKS = [
  {
    name: 'openai, chat',
    dialect: openai,
    file: 'openai-chat-plain.sse',
    call: (network: Network) => openaiChat(network).create({ model: 'm', messages: MESSAGES }),
    stream: async (network: Network) =>
      drain(await openaiChat(network).create({ model: 'm', messages: MESSAGES, stream: true })),
  },
  {
    name: 'openai, responses',
    dialect: openai,
    file: 'openai-responses.sse',
    call: (network: Network) => openaiResponses(network).create({ model: 'm', input: 'Hi' }),
    stream: async (network: Network) =>
      drain(await openaiResponses(network).create({ model: 'm', input: 'Hi', stream: true })),
  },
  {
    name: 'anthropic',
    dialect: anthropic,
    file: 'anthropic-text.sse',
    call: (network: Network) =>
      anthropicMessages(network).create({ model: 'm', max_tokens: 9, messages: MESSAGES }),
    stream: async (network: Network) =>
      drain(
        await anthropicMessages(network).create({
          model: 'm',
          max_tokens: 9,
          messages: MESSAGES,
          stream: true,
        }),
      ),
  },
  {
    name: 'gemini',
    dialect: gemini,
    file: 'gemini-text.sse',
    call: (network: Network) =>
      geminiModels(network).generateContent({ model: 'm', contents: 'Hi' }),
    stream: async (network: Network) =>
      drain(await geminiModels(network).generateContentStream({ model: 'm', contents: 'Hi' })),
  },
] as const

describe.each(SDKS)('a refusal as $name sees it', ({ dialect, call, stream, file }) => {
  it.each([denied, limited(60_001), limited(86_400_000)])(
    'is an error with status $status, raised once, where $code cannot be helped by waiting',
    async (refusal) => {
      const network = refusing(dialect, refusal)
      const error = await thrownBy(() => call(network))
      expect(error).toHaveProperty('status', refusal.status)
      expect(String(error)).toContain(refusal.message)
      expect(`${JSON.stringify(error)}${String(error)}`).toContain(refusal.code)
      expect(network.attempts).toBe(1)
    },
  )

  it('breaks a running stream visibly, wherever the upstream left it', async () => {
    const bytes = recordedBytes(file)
    const said = Buffer.from(dialect.breakStream(BROKEN, EVENTS))
    const whole = (await stream(streaming([bytes]))).length
    const boundary = bytes.indexOf('\n\n', bytes.length / 2) === -1
    const middle = boundary
      ? bytes.indexOf('\r\n\r\n') + 4
      : bytes.indexOf('\n\n', bytes.length / 2) + 2
    for (const cut of [middle, middle + 3, middle + 20, 0]) {
      const sent = bytes.subarray(0, cut)
      await expect(stream(streaming([sent, said])), `cut at ${cut}`).rejects.toThrow()
      await expect(
        stream(streaming([Buffer.concat([sent, said])])),
        `cut at ${cut}`,
      ).rejects.toThrow()
    }
    expect(whole).toBeGreaterThan(0)
    // At an event's end the error is the dialect's own, with text and code.
    const error = await thrownBy(() => stream(streaming([bytes.subarray(0, middle), said])))
    expect(String(error)).toContain(BROKEN.message)
    expect(`${JSON.stringify(error)}${String(error)}`).toContain(BROKEN.code)
  })
})

describe('what each SDK reads from a refusal', () => {
  it('OpenAI: class, type, code and request id', async () => {
    const error = await thrownBy(() => SDKS[0].call(refusing(openai, limited(120_000))))
    expect(error).toBeInstanceOf(RateLimitError)
    expect(error).toMatchObject({
      type: 'insufficient_quota',
      code: 'limit_exceeded',
      requestID: '01k0',
      param: null,
    })
    const forbidden = await thrownBy(() => SDKS[0].call(refusing(openai, denied)))
    expect(forbidden).toBeInstanceOf(PermissionDeniedError)
    expect(forbidden).toMatchObject({ type: 'request_forbidden', code: 'denied' })
    const key = { ...denied, code: 'missing_credential', status: 401 } as const
    expect(await thrownBy(() => SDKS[0].call(refusing(openai, key)))).toBeInstanceOf(
      AuthenticationError,
    )
  })

  it('Anthropic: class, type and request id', async () => {
    const error = await thrownBy(() => SDKS[2].call(refusing(anthropic, limited(120_000))))
    expect(error).toBeInstanceOf(AnthropicRateLimit)
    expect(error).toMatchObject({
      type: 'rate_limit_error',
      requestID: '01k0',
      error: { type: 'error', request_id: '01k0', error: { code: 'limit_exceeded' } },
    })
    const forbidden = await thrownBy(() => SDKS[2].call(refusing(anthropic, denied)))
    expect(forbidden).toBeInstanceOf(AnthropicPermissionDenied)
    expect(forbidden).toMatchObject({ type: 'permission_error' })
  })

  it('Gemini: status, canonical name, key error as 400, wait in the body', async () => {
    const error = await thrownBy(() => SDKS[3].call(refusing(gemini, limited(26_500))))
    expect(error).toBeInstanceOf(ApiError)
    expect(JSON.parse((error as ApiError).message)).toMatchObject({
      error: {
        code: 429,
        status: 'RESOURCE_EXHAUSTED',
        details: [
          { reason: 'LIMIT_EXCEEDED', metadata: { code: 'limit_exceeded' } },
          { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '26.5s' },
        ],
      },
    })
    const key = { ...denied, code: 'missing_credential', status: 401 } as const
    const missing = await thrownBy(() => SDKS[3].call(refusing(gemini, key)))
    expect(missing).toHaveProperty('status', 400)
    expect(JSON.parse((missing as ApiError).message)).toMatchObject({
      error: {
        status: 'INVALID_ARGUMENT',
        details: [{ reason: 'API_KEY_INVALID', domain: 'googleapis.com' }],
      },
    })
  })

  it.each([SDKS[0], SDKS[2]])('$name: a short wait is waited and tried again', async (sdk) => {
    const network = refusing(sdk.dialect, limited(20))
    const start = performance.now()
    expect(await thrownBy(() => sdk.call(network))).toHaveProperty('status', 429)
    expect(network.attempts).toBe(3)
    expect(performance.now() - start).toBeGreaterThan(35)
  })
})

describe('a stream with the usage taken out again', () => {
  it('is to the OpenAI SDK the stream it would have been', async () => {
    const route = openai.route('POST', '/v1/chat/completions')
    if (typeof route !== 'object') throw new Error('no route')
    const ask = openai.ask(route, { model: 'm', stream: true }, 30)
    const asked = openai.askForUsage(route, ask, Buffer.from('{"model":"m","stream":true}'))
    for (const name of ['usage', 'tools', 'multibyte', 'refusal']) {
      const plain = name === 'usage' ? 'openai-chat-plain.sse' : `openai-chat-${name}-plain.sse`
      const filter = asked?.filter()
      const out = filter?.push(recordedBytes(`openai-chat-${name}.sse`)) ?? Buffer.alloc(0)
      expect(await SDKS[0].stream(streaming([out]))).toEqual(
        await SDKS[0].stream(streaming([recordedBytes(plain)])),
      )
    }
  })
})
