import { rmSync } from 'node:fs'
import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createStandIn, type StandIn } from '../../src/demo/stand-in.ts'
import { startGuard, type GuardProcess } from '../support/guard-process.ts'
import { valuesOf } from '../support/raw-headers.ts'
import { memberOf } from '../support/sdk-error.ts'
import { eventsOf } from '../support/sdk-scenario.ts'
import { ROOMY_POLICY } from '../support/sdk-stage.ts'

const DIALECTS = ['openai', 'anthropic', 'gemini'] as const
type Dialect = (typeof DIALECTS)[number]

let standIns: { readonly [D in Dialect]: StandIn }
let guard: GuardProcess
/** Calls of each upstream before the test. */
let before: { readonly [D in Dialect]: number }

const counts = () => ({
  openai: standIns.openai.calls.length,
  anthropic: standIns.anthropic.calls.length,
  gemini: standIns.gemini.calls.length,
})

beforeAll(async () => {
  const [openai, anthropic, gemini] = await Promise.all([
    createStandIn(),
    createStandIn(),
    createStandIn(),
  ])
  standIns = { openai, anthropic, gemini }
  guard = await startGuard({
    settings: {
      upstreams: DIALECTS.map((dialect) => ({ id: dialect, url: standIns[dialect].url, dialect })),
    },
    policies: { 'policy.yaml': ROOMY_POLICY },
  })
})
afterAll(async () => {
  await guard.stop()
  await Promise.all(DIALECTS.map((dialect) => standIns[dialect].close()))
  rmSync(guard.folder, { recursive: true, force: true })
})
beforeEach(() => {
  before = counts()
})

/** The one call that went out since the test began, and to whom. */
const sentCall = () => {
  const now = counts()
  const reached = DIALECTS.filter((dialect) => now[dialect] > before[dialect])
  const [dialect] = reached
  if (dialect === undefined || reached.length > 1) throw new Error(`${reached.length} upstreams`)
  const call = standIns[dialect].calls.at(-1)
  return { dialect, target: call?.target, headers: call?.rawHeaders ?? [] }
}

const get = (path: string, headers: { readonly [name: string]: string }): Promise<Response> =>
  fetch(`${guard.url}${path}`, { headers })

describe('/v1/models, which three SDKs ask for', () => {
  it('goes to OpenAI for the openai SDK', async () => {
    const sdk = new OpenAI({ baseURL: `${guard.url}/v1`, apiKey: 'sk-1', maxRetries: 0 })
    expect((await eventsOf(sdk.models.list())).map(({ object }) => object)).toContain('model')
    const { dialect, target, headers } = sentCall()
    expect([dialect, target]).toEqual(['openai', '/v1/models'])
    expect(valuesOf(headers, 'authorization')).toEqual(['Bearer sk-1'])
    expect((await sdk.models.retrieve('chat-large')).owned_by).toBe('stand-in')
    expect(sentCall().target).toBe('/v1/models/chat-large')
  })

  it.each([
    // Since its version 1 the SDK sends its API key as a bearer token; before, in a header of its own.
    ['an API key', { apiKey: 'sk-ant-1' }, 'authorization', 'Bearer sk-ant-1'],
    [
      'the header of older versions',
      { apiKey: null, defaultHeaders: { 'x-api-key': 'sk-ant-2' } },
      'x-api-key',
      'sk-ant-2',
    ],
    ['a bearer token', { apiKey: null, authToken: 'token-1' }, 'authorization', 'Bearer token-1'],
  ] as const)('goes to Anthropic for the anthropic SDK with %s', async (_, auth, name, value) => {
    const sdk = new Anthropic({ baseURL: guard.url, maxRetries: 0, ...auth })
    expect((await eventsOf(sdk.models.list())).map(({ type }) => type)).toContain('model')
    const { dialect, target, headers } = sentCall()
    expect([dialect, target]).toEqual(['anthropic', '/v1/models'])
    expect(valuesOf(headers, name)).toEqual([value])
    expect(valuesOf(headers, 'anthropic-version')).toHaveLength(1)
    expect((await sdk.models.retrieve('chat-large')).display_name).toBe('chat-large')
    expect(sentCall().target).toBe('/v1/models/chat-large')
  })

  it.each(['v1', 'v1beta'])('goes to Gemini for the google SDK with %s', async (apiVersion) => {
    const httpOptions = { baseUrl: guard.url }
    const sdk = new GoogleGenAI({ apiKey: 'AIza-1', apiVersion, httpOptions })
    const models = await eventsOf(sdk.models.list())
    expect(models.map(({ name }) => name)).toContain('models/chat-large')
    const { dialect, target, headers } = sentCall()
    expect([dialect, target?.split('?')[0]]).toEqual(['gemini', `/${apiVersion}/models`])
    expect(valuesOf(headers, 'x-goog-api-key')).toEqual(['AIza-1'])
    expect((await sdk.models.get({ model: 'chat-large' })).name).toBe('models/chat-large')
    expect(sentCall().target?.split('?')[0]).toBe(`/${apiVersion}/models/chat-large`)
  })

  it.each([
    ['authorization: Bearer sk-1', 'openai', 'authorization', 'Bearer sk-1'],
    ['api-key: sk-1', 'openai', 'api-key', 'sk-1'],
    ['x-api-key: sk-1', 'anthropic', 'x-api-key', 'sk-1'],
    ['x-goog-api-key: sk-1', 'gemini', 'x-goog-api-key', 'sk-1'],
  ])('goes by the one header %s', async (line, wanted, name, value) => {
    const [header = '', sent = ''] = line.split(': ')
    expect((await get('/v1/models', { [header]: sent })).status).toBe(200)
    const { dialect, headers } = sentCall()
    expect(dialect).toBe(wanted)
    expect(valuesOf(headers, name)).toEqual([value])
  })

  it('goes to Gemini for ?key=, and the key leaves the query for a header', async () => {
    const answer = await get('/v1/models?pageSize=2&key=AIza-2', {})
    expect(memberOf(await answer.json(), 'models', 0, 'name')).toBe('models/chat-large')
    const { dialect, target, headers } = sentCall()
    expect([dialect, target]).toEqual(['gemini', '/v1/models?pageSize=2'])
    expect(valuesOf(headers, 'x-goog-api-key')).toEqual(['AIza-2'])
  })

  it('goes to Anthropic for its version header, whatever the credential came in', async () => {
    const version = { 'anthropic-version': '2023-06-01' }
    await get('/v1/models', { ...version, authorization: 'Bearer token-2' })
    expect(sentCall().dialect).toBe('anthropic')
    await get('/v1/models?key=token-3', version)
    const { dialect, target, headers } = sentCall()
    expect([dialect, target]).toEqual(['anthropic', '/v1/models'])
    expect(valuesOf(headers, 'x-api-key')).toEqual(['token-3'])
  })

  it('goes nowhere with two credentials, however they are spread', async () => {
    for (const [path, headers] of [
      ['/v1/models', { 'x-api-key': 'a', authorization: 'Bearer b' }],
      ['/v1/models?key=a', { 'x-goog-api-key': 'b' }],
      ['/v1/models?key=a', { authorization: 'Bearer a' }],
    ] as const) {
      const answer = await get(path, headers)
      expect(answer.status).toBe(400)
      expect(await answer.text()).toContain('ambiguous_credential')
    }
    expect(counts()).toEqual(before)
  })

  it('is refused in the shape of the SDK that asks, where the credential is missing', async () => {
    const openai = await get('/v1/models', {})
    expect(openai.status).toBe(401)
    expect(memberOf(await openai.json(), 'error', 'type')).toBe('invalid_request_error')
    const anthropic = await get('/v1/models', { 'anthropic-version': '2023-06-01' })
    expect(anthropic.status).toBe(401)
    expect(memberOf(await anthropic.json(), 'error', 'type')).toBe('authentication_error')
    const gemini = await get('/v1/models?key=', {})
    expect(gemini.status).toBe(400)
    expect(memberOf(await gemini.json(), 'error', 'status')).toBe('INVALID_ARGUMENT')
    expect(counts()).toEqual(before)
  })
})
