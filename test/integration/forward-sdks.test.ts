import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import OpenAI from 'openai'
import { afterEach, describe, expect, it } from 'vitest'
import type { Dialect } from '../../src/core/seams.ts'
import { createStandIn } from '../../src/demo/stand-in.ts'
import { anthropic } from '../../src/dialects/anthropic.ts'
import { gemini } from '../../src/dialects/gemini.ts'
import { openai } from '../../src/dialects/openai.ts'
import { createForwardRig, type ForwardRig } from '../support/forward-rig.ts'
import { until } from '../support/wait.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()))
})

const question = [{ role: 'user' as const, content: 'How is the weather?' }]

const setUp = async (dialect: Dialect) => {
  const standIn = await createStandIn()
  const rig = await createForwardRig({
    url: standIn.url,
    dialect,
    reads: true,
    upstreams: { askForUsage: true },
  })
  open.push(rig, standIn)
  return { standIn, rig, url: `http://127.0.0.1:${rig.port}` }
}

const endingOf = (rig: ForwardRig, at = 0) =>
  until('the call to end', () => rig.journeys[at]?.ending)

/** Reads a stream to its end and counts; what the SDK raises goes to the test. */
const countOf = async (stream: AsyncIterable<unknown>): Promise<number> => {
  let count = 0
  for await (const each of stream) if (each !== undefined) count++
  return count
}

const openaiPath = async () => {
  const rest = await setUp(openai)
  const sdk = new OpenAI({ baseURL: `${rest.url}/v1`, apiKey: 'sk-test', maxRetries: 0 })
  return { ...rest, sdk }
}

describe('the openai SDK through the path', () => {
  const ask = { model: 'chat-large', messages: question, stream: true } as const

  it('gets what it asked for, while usage is read that it did not ask for', async () => {
    const { sdk, rig, standIn } = await openaiPath()
    const usages: unknown[] = []
    let text = ''
    for await (const chunk of await sdk.chat.completions.create(ask)) {
      text += chunk.choices[0]?.delta.content ?? ''
      usages.push(chunk.usage)
    }
    expect(text.length).toBeGreaterThan(20)
    expect(new Set(usages)).toEqual(new Set([undefined]))
    expect(standIn.calls[0]?.body.toString()).toContain('include_usage')
    expect((await endingOf(rig)).usage).toMatchObject({ outputTokens: text.split(' ').length })
  })

  it('gets usage where it asked for it, untouched', async () => {
    const { sdk, rig, standIn } = await openaiPath()
    const stream = await sdk.chat.completions.create({
      ...ask,
      stream_options: { include_usage: true },
    })
    let usage: unknown
    for await (const chunk of stream) usage = chunk.usage ?? usage
    expect(usage).toMatchObject({ total_tokens: expect.any(Number) as number })
    expect(standIn.calls[0]?.body.toString().match(/include_usage/g)).toHaveLength(1)
    expect((await endingOf(rig)).usage).toBeDefined()
  })

  it('raises an error where the upstream breaks off, in a stream and in a plain answer', async () => {
    const { sdk, rig } = await openaiPath()
    const stream = await sdk.chat.completions.create({ ...ask, model: 'break-midstream' })
    await expect(countOf(stream)).rejects.toThrow(/model API/)
    await expect(
      sdk.chat.completions.create({ ...ask, model: 'break-midstream', stream: false }),
    ).rejects.toThrow()
    for (const at of [0, 1]) {
      expect(await endingOf(rig, at)).toMatchObject({ kind: 'broken', fault: 'upstream_broken' })
    }
  })
})

const anthropicPath = async () => {
  const rest = await setUp(anthropic)
  return { ...rest, sdk: new Anthropic({ baseURL: rest.url, apiKey: 'sk-test', maxRetries: 0 }) }
}

describe('the anthropic SDK through the path', () => {
  const ask = { model: 'chat-large', max_tokens: 100, messages: question }

  it('gets its stream, and its usage is read', async () => {
    const { sdk, rig } = await anthropicPath()
    const { usage } = await sdk.messages.stream(ask).finalMessage()
    expect((await endingOf(rig)).usage).toMatchObject({
      inputTokens: usage.input_tokens,
      outputTokens: usage.output_tokens,
    })
  })

  it('raises an error where the upstream breaks off', async () => {
    const { sdk } = await anthropicPath()
    const stream = await sdk.messages.create({ ...ask, model: 'break-midstream', stream: true })
    await expect(countOf(stream)).rejects.toThrow(/model API/)
  })
})

const geminiPath = async () => {
  const rest = await setUp(gemini)
  const httpOptions = { baseUrl: rest.url, retryOptions: { attempts: 1 } }
  return { ...rest, sdk: new GoogleGenAI({ apiKey: 'AIza-test', httpOptions }) }
}

describe('the google SDK through the path', () => {
  const ask = { model: 'chat-large', contents: 'How is the weather?' }

  it('gets its stream, and its usage is read', async () => {
    const { sdk, rig } = await geminiPath()
    let outputTokens: number | undefined
    for await (const chunk of await sdk.models.generateContentStream(ask)) {
      outputTokens = chunk.usageMetadata?.candidatesTokenCount
    }
    expect((await endingOf(rig)).usage).toMatchObject({ outputTokens })
  })

  it('raises an error where the upstream breaks off', async () => {
    const { sdk } = await geminiPath()
    const stream = await sdk.models.generateContentStream({ ...ask, model: 'break-midstream' })
    await expect(countOf(stream)).rejects.toThrow()
  })
})
