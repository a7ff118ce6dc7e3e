import { describe, expect, it } from 'vitest'
import { createRouter } from '../../../src/upstream/routing.ts'
import { aCall } from '../../support/a-call.ts'

const choose = createRouter([
  { id: 'images', dialect: 'openai', models: ['*'], paths: ['/v1/images/*'] },
  { id: 'gpt', dialect: 'openai', models: ['gpt-*', 'o3'] },
  { id: 'claude', dialect: 'anthropic', models: ['*'] },
  { id: 'rest', dialect: 'openai', models: ['llama*'] },
])

const idFor = (changes: Parameters<typeof aCall>[0]) => choose(aCall(changes))?.id

describe('the upstream of a call', () => {
  it('is the first of its dialect that serves its model', () => {
    expect(idFor({ ask: { model: 'gpt-5' } })).toBe('gpt')
    expect(idFor({ ask: { model: 'llama-4' } })).toBe('rest')
    expect(idFor({ dialect: 'anthropic', ask: { model: 'gpt-5' } })).toBe('claude')
  })

  it('serves the path of the call as well', () => {
    expect(idFor({ path: '/v1/images/generations', ask: { model: 'gpt-image' } })).toBe('images')
  })

  it('is the first of its dialect and path for a call without a model', () => {
    expect(idFor({ path: '/v1/models', ask: { model: undefined } })).toBe('gpt')
  })

  it('does not exist for a model nobody serves or a dialect nobody speaks', () => {
    expect(idFor({ ask: { model: 'mistral' } })).toBeUndefined()
    expect(idFor({ ask: { model: '' } })).toBeUndefined()
    expect(idFor({ dialect: 'gemini' })).toBeUndefined()
  })
})
