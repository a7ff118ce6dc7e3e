import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import OpenAI, { toFile } from 'openai'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { aReader, reading } from '../../support/a-reader.ts'

const reader = aReader({ maxBodyBytes: 32_000_000 })

/** Takes requests in place of the network and notes what the reader makes of each. */
const createSeeing = () => {
  const seen: string[] = []
  const fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init)
    const url = new URL(request.url)
    // An SDK that tries out what this fetch can do.
    if (url.protocol === 'data:') return new Response('')
    const body = Buffer.from(await request.arrayBuffer())
    const rawHeaders = ['host', url.host, ...[...request.headers].flat()]
    if (body.length > 0) rawHeaders.push('content-length', String(body.length))
    const target = `${url.pathname}${url.search}`
    const { call, fault } = await reading(
      { method: request.method, target, rawHeaders, body },
      reader,
    )
    seen.push(
      call === undefined ? `${fault?.message} (${request.method} ${target})` : call.route.operation,
    )
    return Response.json({ data: [], object: 'list' })
  }
  return { seen, fetch }
}

/** Makes the calls one after the other; what an SDK thinks of the empty answers does not matter. */
const make = async (calls: readonly (() => PromiseLike<unknown>)[]): Promise<void> => {
  for (const call of calls) {
    try {
      await call()
    } catch (error) {
      if (error instanceof TypeError) continue
      expect(error).toBeInstanceOf(Error)
    }
  }
}

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('the requests of the official SDKs are read as what they are', () => {
  it('OpenAI', async () => {
    const { seen, fetch } = createSeeing()
    const client = new OpenAI({
      apiKey: 'sk-1',
      baseURL: 'http://guard.test/v1',
      fetch,
      maxRetries: 0,
    })
    const messages = [{ role: 'user' as const, content: 'Grüße \u{1f600} "quoted"\n' }]
    const file = await toFile(Buffer.from('{}'), 'a.jsonl')
    await make([
      () => client.chat.completions.create({ model: 'm', messages }),
      () => client.chat.completions.create({ model: 'm', messages, stream: true }),
      () => client.responses.create({ model: 'm', input: 'x' }),
      () =>
        client.responses.retrieve('resp_1', {
          include: ['file_search_call.results', 'message.input_image.image_url'],
        }),
      () => client.embeddings.create({ model: 'm', input: ['a', 'b'] }),
      () => client.models.list(),
      () => client.models.retrieve('ft:gpt-5-mini:acme::abc123'),
      () => client.files.list({ limit: 5, after: 'file-abc', purpose: 'batch' }),
      () => client.files.create({ file, purpose: 'batch' }),
      () => client.batches.cancel('batch_1'),
      () => client.audio.transcriptions.create({ model: 'm', file }),
      () => client.chat.completions.list({ metadata: { team: 'a b' }, limit: 3 }),
    ])
    expect(seen).toEqual([
      'chat.completions.create',
      'chat.completions.create',
      'responses.create',
      'responses.retrieve',
      'embeddings.create',
      'models.list',
      'models.retrieve',
      'files.list',
      'files.create',
      'batches.cancel',
      'audio.transcriptions.create',
      'chat.completions.list',
    ])
  })

  it('Anthropic', async () => {
    const { seen, fetch } = createSeeing()
    const client = new Anthropic({
      apiKey: 'sk-1',
      authToken: null,
      baseURL: 'http://guard.test',
      fetch,
      maxRetries: 0,
    })
    const ask = { model: 'm', max_tokens: 5, messages: [{ role: 'user' as const, content: 'x' }] }
    await make([
      () => client.messages.create(ask),
      () => client.messages.create({ ...ask, stream: true }),
      () => client.messages.countTokens({ model: 'm', messages: ask.messages }),
      () => client.messages.batches.create({ requests: [{ custom_id: 'a', params: ask }] }),
      () => client.messages.batches.cancel('b_1'),
      () => client.models.list({ limit: 5 }),
      () => client.beta.messages.create({ ...ask, betas: ['a-1', 'b-2'] }),
    ])
    expect(seen).toEqual([
      'messages.create',
      'messages.create',
      'messages.count_tokens',
      'messages.batches.create',
      'messages.batches.cancel',
      'models.list',
      'messages.create',
    ])
  })

  it('Google', async () => {
    const { seen, fetch } = createSeeing()
    vi.stubGlobal('fetch', fetch)
    const client = new GoogleGenAI({
      apiKey: 'AIza1',
      httpOptions: { baseUrl: 'http://guard.test' },
    })
    await make([
      () =>
        client.models.generateContent({
          model: 'gemini-3-pro',
          contents: 'x',
          config: { maxOutputTokens: 5 },
        }),
      () => client.models.generateContentStream({ model: 'gemini-3-pro', contents: 'x' }),
      () => client.models.countTokens({ model: 'gemini-3-pro', contents: 'x' }),
      () => client.models.embedContent({ model: 'e', contents: 'x' }),
      () => client.models.list({ config: { pageSize: 5 } }),
      () => client.models.get({ model: 'gemini-3-pro' }),
      () => client.files.list({ config: { pageSize: 5, pageToken: 'a+b/c==' } }),
    ])
    expect(seen).toEqual([
      'models.generateContent',
      'models.streamGenerateContent',
      'models.countTokens',
      expect.stringMatching(/^models\.(?:batchEmbedContents|embedContent)$/),
      'models.list',
      'models.get',
      'files.list',
    ])
  })
})
