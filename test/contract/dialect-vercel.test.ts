import { createOpenAI } from '@ai-sdk/openai'
import { APICallError, streamText } from 'ai'
import { describe, expect, it } from 'vitest'
import { openai } from '../../src/dialects/openai.ts'
import { recordedBytes } from '../support/recorded-answers.ts'
import {
  BROKEN,
  denied,
  drain,
  EVENTS,
  type Network,
  refusing,
  streaming,
} from '../support/sdk-network.ts'

const vercelModels = (network: Network) => {
  const provider = createOpenAI({ apiKey: 'k', fetch: network.fetch })
  return [provider.chat('m'), provider.responses('m')] as const
}

describe('the Vercel SDK', () => {
  it.each([0, 1] as const)(
    'raises a refusal with its status and text (model %d)',
    async (which) => {
      const network = refusing(openai, denied)
      const seen: unknown[] = []
      const result = streamText({
        model: vercelModels(network)[which],
        prompt: 'Hi',
        onError: ({ error }) => void seen.push(error),
      })
      await drain(result.fullStream)
      expect(seen[0]).toBeInstanceOf(APICallError)
      expect(seen[0]).toMatchObject({
        statusCode: 403,
        message: 'Not permitted.',
        isRetryable: false,
      })
      expect(network.attempts).toBe(1)
    },
  )

  it.each([
    { which: 0, file: 'openai-chat-plain.sse' },
    { which: 1, file: 'openai-responses.sse' },
  ] as const)('reports a broken stream ($file)', async ({ which, file }) => {
    const bytes = recordedBytes(file)
    const cut = bytes.indexOf('\n\n', bytes.length / 2) + 2
    const said = openai.breakStream(BROKEN, EVENTS)
    const seen: unknown[] = []
    const result = streamText({
      model: vercelModels(streaming([bytes.subarray(0, cut), said]))[which],
      prompt: 'Hi',
      onError: ({ error }) => void seen.push(error),
    })
    await drain(result.fullStream)
    expect(JSON.stringify(seen) + seen.map(String).join()).toContain('broke off')
  })
})
