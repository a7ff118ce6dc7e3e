import { describe, expect, it } from 'vitest'
import type { Dialect } from '../../../src/core/seams.ts'
import { anthropic } from '../../../src/dialects/anthropic.ts'
import { gemini } from '../../../src/dialects/gemini.ts'
import { openai } from '../../../src/dialects/openai.ts'
import { asked, withModel } from '../../support/asked.ts'

const CONTENT = '/v1beta/models/gemini-x:generateContent'

const estimate = (dialect: Dialect, path: string, json: object): number =>
  asked(dialect, path, json, JSON.stringify(json).length).inputTokensEstimate

describe('the estimate of input tokens', () => {
  const image = `data:image/png;base64,${'iVBORw0KGgoAAAANSUhEUg'.repeat(20_000)}`
  it('is about a quarter of the bytes', () => {
    const json = withModel({ messages: [{ role: 'user', content: 'word '.repeat(20_000) }] })
    expect(estimate(openai, '/v1/chat/completions', json)).toBeCloseTo(25_000, -2)
  })

  it.each<[Dialect, string, object]>([
    [
      openai,
      '/v1/chat/completions',
      withModel({ messages: [{ content: [{ type: 'image_url', image_url: { url: image } }] }] }),
    ],
    [
      openai,
      '/v1/responses',
      withModel({ input: [{ content: [{ type: 'input_image', image_url: image }] }] }),
    ],
    [
      anthropic,
      '/v1/messages',
      withModel({
        messages: [{ content: [{ source: { type: 'base64', data: image.slice(22) } }] }],
      }),
    ],
    [
      gemini,
      CONTENT,
      { contents: [{ parts: [{ inlineData: { mimeType: 'image/png', data: image.slice(22) } }] }] },
    ],
  ])('does not take an inline image for text', (dialect, path, json) => {
    expect(estimate(dialect, path, json)).toBeLessThan(1_000)
    expect(estimate(dialect, path, json)).toBeGreaterThan(500)
  })

  it('takes text for text, wherever it stands', () => {
    const text = 'word '.repeat(20_000)
    for (const member of ['data', 'url', 'text', 'file_data']) {
      const json = withModel({ messages: [{ content: [{ [member]: text }] }] })
      expect(estimate(openai, '/v1/chat/completions', json)).toBeGreaterThan(24_000)
    }
  })

  it('is bounded in its work for a body of any shape', () => {
    let deep: unknown = image
    for (let level = 0; level < 5_000; level++) deep = { url: deep }
    expect(
      asked(openai, '/v1/chat/completions', withModel({ deep }), 40_000).inputTokensEstimate,
    ).toBe(10_000)
    const wide = Array.from({ length: 100_000 }, () => ({ url: 'x' }))
    expect(
      asked(openai, '/v1/chat/completions', withModel({ wide }), 40_000).inputTokensEstimate,
    ).toBe(10_000)
  })
})
