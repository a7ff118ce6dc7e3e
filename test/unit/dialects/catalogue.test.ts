import { describe, expect, it } from 'vitest'
import type { Dialect } from '../../../src/core/seams.ts'
import { anthropic } from '../../../src/dialects/anthropic.ts'
import { ANTHROPIC_AGENT_ROUTES } from '../../../src/dialects/anthropic-agent-routes.ts'
import { ANTHROPIC_ROUTES } from '../../../src/dialects/anthropic-routes.ts'
import { gemini } from '../../../src/dialects/gemini.ts'
import { GEMINI_ROUTES } from '../../../src/dialects/gemini-routes.ts'
import { openai } from '../../../src/dialects/openai.ts'
import { OPENAI_ROUTES } from '../../../src/dialects/openai-routes.ts'
import { OPENAI_STATEFUL_ROUTES } from '../../../src/dialects/openai-stateful-routes.ts'
import { googleCalls, stainlessCalls, type SdkCall } from '../../support/sdk-calls.ts'

/** What the official SDKs can call and the guard leaves out of its catalogue, and why. */
const NOT_SERVED: { readonly [dialect: string]: { readonly [prefix: string]: string } } = {
  openai: {
    '/v1/organization/': 'administers the account with the provider, with keys of its own',
    '/v1/projects/': 'the same',
    '/v1/realtime/': 'opens a WebRTC or WebSocket channel, or hands out a key for one',
    '/v1/live/': 'the same',
    '/v1/chatkit/sessions': 'hands out a client secret for calls past the guard',
  },
  anthropic: { '/v1/organizations/': 'administers the account with the provider' },
  gemini: { '/v1beta/auth_tokens': 'hands out keys for channels past the guard' },
}

const filled = (path: string): string => path.replaceAll(/\{\w*\}/g, 'x_1')

/** Calls that are neither served nor listed as left out. */
const missing = (dialect: Dialect, calls: readonly SdkCall[]): string[] =>
  calls
    .filter(
      ({ path }) => !Object.keys(NOT_SERVED[dialect.name] ?? {}).some((p) => path.startsWith(p)),
    )
    .filter(({ method, path }) => typeof dialect.route(method, filled(path)) !== 'object')
    .map(({ method, path, file }) => `${method} ${path} (${file})`)

/** Templates of Google's SDK with the resource names its own code puts into them. */
const GOOGLE_TEMPLATES: { readonly [template: string]: readonly string[] } = {
  '{models_url}': ['models', 'tunedModels'],
  '{operationName}': ['models/{}/operations/{}'],
  '{file_search_store_name}:importFile': ['fileSearchStores/{}:importFile'],
  '{parent}/documents': ['fileSearchStores/{}/documents'],
  'upload/{api_version}/{file_search_store_name}:uploadToFileSearchStore': [
    'upload/{api_version}/fileSearchStores/{}:uploadToFileSearchStore',
  ],
  'GET {name}': [
    'models/{}',
    'tunedModels/{}',
    'cachedContents/{}',
    'fileSearchStores/{}',
    'fileSearchStores/{}/documents/{}',
    'fileSearchStores/{}/upload/operations/{}',
  ],
  'DELETE {name}': [
    'models/{}',
    'tunedModels/{}',
    'cachedContents/{}',
    'fileSearchStores/{}',
    'fileSearchStores/{}/documents/{}',
  ],
  'PATCH {name}': ['models/{}', 'tunedModels/{}', 'cachedContents/{}'],
  '{name}:cancel': ['tunedModels/{}:cancel'],
}

/** A call of Google's SDK as paths on the wire; files of an environment only with a plain name. */
const onTheWire = (call: SdkCall): SdkCall[] => {
  const { method, path } = call
  const models = path.startsWith('{model}')
    ? [path.replace('{model}', 'models/{}'), path.replace('{model}', 'tunedModels/{}')]
    : [path]
  return (GOOGLE_TEMPLATES[`${method} ${path}`] ?? GOOGLE_TEMPLATES[path] ?? models).map((name) => {
    const absolute = name.startsWith('/') ? name : `/${name}`
    const versioned = absolute.includes('{api_version}') ? absolute : `/{api_version}${absolute}`
    return { ...call, path: versioned.replace('{api_version}', 'v1beta') }
  })
}

const cases: { dialect: Dialect; calls: SdkCall[]; least: number }[] = [
  {
    dialect: openai,
    calls: stainlessCalls('openai').map((call) => ({ ...call, path: `/v1${call.path}` })),
    least: 380,
  },
  { dialect: anthropic, calls: stainlessCalls('@anthropic-ai/sdk'), least: 300 },
  { dialect: gemini, calls: googleCalls().flatMap(onTheWire), least: 80 },
]

describe.each(cases)('the route catalogue of $dialect.name', ({ dialect, calls, least }) => {
  it('knows every call the official SDK can make, or says why it is left out', () => {
    expect(calls.length).toBeGreaterThan(least)
    expect(missing(dialect, calls)).toEqual([])
  })

  it('leaves out nothing but what is listed', () => {
    for (const prefix of Object.keys(NOT_SERVED[dialect.name] ?? {})) {
      const left = calls.filter(({ path }) => path.startsWith(prefix))
      expect(left.length, prefix).toBeGreaterThan(0)
      for (const { method, path } of left) {
        expect(dialect.route(method, filled(path)), path).not.toBeTypeOf('object')
      }
    }
  })

  it('would notice a call that it does not know', () => {
    expect(missing(dialect, [{ method: 'POST', path: '/v1/brand_new', file: 'x' }])).toHaveLength(1)
  })
})

describe.each([
  { dialect: openai, groups: [...OPENAI_ROUTES, ...OPENAI_STATEFUL_ROUTES] },
  { dialect: anthropic, groups: [...ANTHROPIC_ROUTES, ...ANTHROPIC_AGENT_ROUTES] },
  { dialect: gemini, groups: GEMINI_ROUTES },
])('every row of the catalogue of $dialect.name', ({ dialect, groups }) => {
  it('is reached by its own path, whatever rows stand beside it', () => {
    for (const { treatment, routes } of groups) {
      for (const [pattern, operation] of Object.entries(routes)) {
        const [method = '', path = ''] = pattern.split(' ')
        expect(dialect.route(method, filled(path)), pattern).toMatchObject({
          operation,
          ...treatment,
        })
      }
    }
  })

  it('reads bodies where there may be some, and charges what generates', () => {
    for (const { treatment, routes } of groups) {
      for (const pattern of Object.keys(routes)) {
        const reads = /^(GET|DELETE) /.test(pattern)
        expect(treatment.body === 'none', pattern).toBe(reads)
        if (treatment.kind === 'generate') expect(treatment.metering).toMatch(/generate|submit/)
        if (treatment.kind === 'embed') expect(treatment.metering).toBe('embed')
      }
    }
  })
})

describe('the routes that carry a model', () => {
  it.each([
    ['/v1beta/models/gemini-2.5-flash:generateContent', 'gemini-2.5-flash', undefined],
    ['/v1/models/gemini-2.5-flash:streamGenerateContent', 'gemini-2.5-flash', true],
    ['/v1alpha/tunedModels/mine-1:generateContent', 'tunedModels/mine-1', undefined],
    ['/v1beta/models/text-embedding-004:batchEmbedContents', 'text-embedding-004', undefined],
  ])('take it from %s', (path, model, stream) => {
    expect(gemini.route('POST', path)).toMatchObject({ model, ...(stream && { stream }) })
  })

  it.each([
    '/v1beta/models/:generateContent',
    '/v1beta/models/a/b:generateContent',
    '/v1beta/models/a%2fb:generateContent',
    '/v1beta/models/a:generateContent:streamGenerateContent/x',
    '/v1beta/models/a:GenerateContent',
    '/v2/models/a:generateContent',
    '/v1beta/publishers/google/models/a:generateContent',
  ])('do not take one from %s', (path) => {
    expect(gemini.route('POST', path)).toBe(undefined)
  })

  it('leave the shared table untouched, call after call', () => {
    const first = gemini.route('POST', '/v1beta/models/a:generateContent')
    gemini.route('POST', '/v1beta/models/b:generateContent')
    expect(first).toMatchObject({ model: 'a' })
  })
})

describe('paths that two dialects share', () => {
  it.each(['/v1/models', '/v1/files', '/v1/models/x'])(
    'are answered by each for itself: %s',
    (path) => {
      expect(openai.route('GET', path)).toBeTypeOf('object')
      expect(anthropic.route('GET', path)).toBeTypeOf('object')
    },
  )
})
