import { describe, expect, it } from 'vitest'
import { clientName, type ClientHeaders } from '../../../src/signals/client-name.ts'
import { sharedRows } from '../../support/shared-data.ts'

const named = (headers: Partial<ClientHeaders>, dialect: 'openai' | 'anthropic' = 'openai') =>
  clientName(
    {
      userAgent: undefined,
      sdkLanguage: undefined,
      sdkVersion: undefined,
      googleClient: undefined,
      ...headers,
    },
    dialect,
  )

describe('the name of a client', () => {
  it.each([
    ['OpenAI/JS 7.55.0', 'openai-js/7.55.0'],
    ['AsyncOpenAI/Python 1.99.1', 'openai-py/1.99.1'],
    ['Anthropic/Python 0.121.0', 'anthropic-py/0.121.0'],
    ['Anthropic/JS 1.11.0', 'anthropic-js/1.11.0'],
    ['OpenAI/Go 3.0.0-beta.1', 'openai-go/3.0.0-beta.1'],
    ['OpenAI::Client/Ruby 0.16.0', 'openai-ruby/0.16.0'],
    ['google-genai-sdk/3.1.0 gl-node/v24.21.0', 'google-genai-js/3.1.0'],
    ['google-genai-sdk/1.40.0 gl-python/3.12.1', 'google-genai-py/1.40.0'],
    ['ai/7.0.173 ai-sdk/provider-utils/4.0.66 runtime/node.js/v24.21.0', 'ai-sdk/7.0.173'],
    ['ai-sdk/openai/4.0.118 ai-sdk/provider-utils/4.0.66', 'ai-sdk-openai/4.0.118'],
    ['my-shop/2 ai/7.0.173 ai-sdk/provider-utils/4.0.66', 'ai-sdk/7.0.173'],
    ['mistral-client-typescript/2.7.0', 'mistral-client-typescript/2.7.0'],
    ['curl/8.5.0', 'curl/8.5.0'],
    ['Python-urllib/3.11', 'python-urllib/3.11'],
    ['python-requests/2.34.2', 'python-requests/2.34.2'],
    ['claude-cli/2.1.0 (external, cli)', 'claude-cli/2.1.0'],
    ['got (https://github.com/sindresorhus/got)', 'got'],
    ['node', 'node'],
    ['', undefined],
    ['(nothing of use)', undefined],
  ])('reads %j as %j', (userAgent, expected) => {
    expect(named({ userAgent })).toBe(expected)
  })

  it('knows an SDK by its own headers where the application replaced its user agent', () => {
    const headers = { userAgent: 'acme-bot/3', sdkLanguage: 'python', sdkVersion: '0.121.0' }
    expect(named(headers, 'anthropic')).toBe('anthropic-py/0.121.0')
    expect(named({ ...headers, sdkVersion: 'no version' })).toBe('acme-bot/3')
    expect(named({ googleClient: 'google-genai-sdk/3.1.0 gl-node/v24' })).toBe(
      'google-genai-js/3.1.0',
    )
  })

  it('is undefined where nothing names it', () => {
    expect(named({})).toBeUndefined()
  })

  it.each(['constructor', '__proto__', 'toString'])('takes %s for an ordinary language', (word) => {
    const name = named({ sdkLanguage: word.replace(/_/g, ''), sdkVersion: '1.0' })
    expect(name).toBe(`openai-${word.replace(/_/g, '').toLowerCase()}/1.0`)
  })

  it('stays short and quick whatever is sent', () => {
    for (const userAgent of ['a'.repeat(16_000), ' ai/'.repeat(4_000), 'ai-sdk/'.repeat(2_000)]) {
      expect((named({ userAgent }) ?? '').length).toBeLessThanOrEqual(100)
    }
  })

  it('names every client that was captured', () => {
    type Row = { client: string; version: string | null; headers: [string, string][] }
    for (const row of sharedRows<Row>('ua/sdk_request_headers.jsonl')) {
      const value = (name: string) =>
        row.headers.find(([header]) => header.toLowerCase() === name)?.[1]
      const name = clientName(
        {
          userAgent: value('user-agent'),
          sdkLanguage: value('x-stainless-lang'),
          sdkVersion: value('x-stainless-package-version'),
          googleClient: value('x-goog-api-client'),
        },
        row.client.startsWith('@anthropic') ? 'anthropic' : 'openai',
      )
      if (value('user-agent') === undefined) expect(name, row.client).toBeUndefined()
      else expect(name, row.client).toMatch(/^[a-z][a-z-]*(\/[\d.]+)?$/)
    }
  })
})
