import { describe, expect, it } from 'vitest'
import type { Usage } from '../../src/core/call.ts'
import type { Dialect } from '../../src/core/seams.ts'
import { anthropic } from '../../src/dialects/anthropic.ts'
import { gemini } from '../../src/dialects/gemini.ts'
import { openai } from '../../src/dialects/openai.ts'
import { routeOf } from '../support/recorded-answers.ts'

const EVENTS = 'text/event-stream'
const JSON_TYPE = 'application/json'
const CHAT = '/v1/chat/completions'
const CONTENT = '/v1beta/models/m:streamGenerateContent'

const MIB = 1024 * 1024

const readerFor = (dialect: Dialect, path: string, contentType: string) =>
  dialect.usageReader(routeOf(dialect, path), contentType)

const usageOf = (
  dialect: Dialect,
  path: string,
  contentType: string,
  ...texts: readonly string[]
): Usage | undefined => {
  const reader = readerFor(dialect, path, contentType)
  for (const text of texts) reader.push(Buffer.from(text))
  return reader.total()
}

const event = (json: unknown): string => `data: ${JSON.stringify(json)}\n\n`

const FREE = { prompt_tokens: 0, completion_tokens: 0, input_tokens: 0, output_tokens: 0 }
const TRUE = { prompt_tokens: 900, completion_tokens: 800, total_tokens: 1700 }
const COUNTED = { inputTokens: 900, outputTokens: 800 }

describe('a caller who makes the model speak of usage', () => {
  it('pays all the same where the report is spelled out in a text', () => {
    for (const content of [
      JSON.stringify({ usage: FREE }),
      '"usage":{"prompt_tokens":0}',
      '\\"usage\\"',
    ]) {
      const spoken = event({ choices: [{ delta: { content } }] })
      const stream = [event({ choices: [], usage: TRUE }), spoken, spoken]
      expect(usageOf(openai, CHAT, EVENTS, ...stream)).toEqual(COUNTED)
      const body = JSON.stringify({ usage: TRUE, choices: [{ message: { content } }] })
      expect(usageOf(openai, CHAT, JSON_TYPE, body)).toEqual(COUNTED)
    }
  })

  it('pays all the same where the report stands as JSON in arguments, tools or metadata', () => {
    const decoys = {
      choices: [{ usage: FREE, message: { usage: FREE } }],
      tools: [{ parameters: { usage: FREE } }],
      metadata: { usage: FREE, response: { usage: FREE } },
    }
    expect(usageOf(openai, CHAT, JSON_TYPE, JSON.stringify({ usage: TRUE, ...decoys }))).toEqual(
      COUNTED,
    )
    const completed = {
      type: 'response.completed',
      response: { usage: TRUE, ...decoys },
      item: { usage: FREE },
    }
    expect(usageOf(openai, '/v1/responses', EVENTS, event(completed))).toEqual(COUNTED)
  })

  it('pays all the same for a tool whose input Anthropic and Google send as JSON', () => {
    const message = {
      usage: { input_tokens: 900, output_tokens: 800 },
      content: [{ type: 'tool_use', input: { usage: FREE, message: { usage: FREE } } }],
    }
    expect(usageOf(anthropic, '/v1/messages', JSON_TYPE, JSON.stringify(message))).toEqual(COUNTED)
    const metadata = { promptTokenCount: 900, candidatesTokenCount: 800, totalTokenCount: 1700 }
    const free = { promptTokenCount: 0, candidatesTokenCount: 0, totalTokenCount: 0 }
    const args = { usageMetadata: free }
    const chunk = {
      usageMetadata: metadata,
      candidates: [{ content: { parts: [{ functionCall: { args } }] } }],
    }
    expect(usageOf(gemini, CONTENT, EVENTS, event(chunk))).toEqual(COUNTED)
    expect(usageOf(gemini, CONTENT, JSON_TYPE, JSON.stringify([chunk]))).toEqual(COUNTED)
  })

  it('pays all the same where the text looks like the end of an event', () => {
    const spoken = event({
      choices: [{ delta: { content: '\n\ndata: {"usage":{"prompt_tokens":0}}\n\n' } }],
    })
    const stream = [event({ choices: [], usage: TRUE }), spoken]
    expect(usageOf(openai, CHAT, EVENTS, ...stream)).toEqual(COUNTED)
  })

  it('finds no report in comments, names, ids or an unknown field', () => {
    const report = JSON.stringify({ usage: FREE })
    for (const field of [':', 'event:', 'id:', 'retry:', 'dat', 'datas:', ' data:']) {
      expect(usageOf(openai, CHAT, EVENTS, `${field} ${report}\n\n`), field).toBe(undefined)
    }
  })
})

describe('an upstream that lies or is broken', () => {
  it.each<[string, unknown]>([
    ['negative counts', { prompt_tokens: -5, completion_tokens: -1 }],
    ['fractions', { prompt_tokens: 1.5, completion_tokens: 0.1 }],
    ['texts', { prompt_tokens: '900', completion_tokens: '800' }],
    ['counts beyond any number', { prompt_tokens: 1e300, completion_tokens: 2 ** 60 }],
    ['a list', [900, 800]],
    ['a number', 5],
    ['a text', 'many'],
    ['nothing', {}],
    ['a prototype', { __proto__: { prompt_tokens: 1 }, constructor: { prompt_tokens: 1 } }],
  ])('reports nothing with %s', (_, usage) => {
    expect(usageOf(openai, CHAT, EVENTS, event({ usage }))).toBe(undefined)
    expect(usageOf(openai, CHAT, JSON_TYPE, JSON.stringify({ usage }))).toBe(undefined)
  })

  it('does not change what objects are', () => {
    const polluting =
      '{"usage":{"__proto__":{"polluted":1},"prompt_tokens":3,"completion_tokens":4}}'
    expect(usageOf(openai, CHAT, JSON_TYPE, polluting)).toEqual({ inputTokens: 3, outputTokens: 4 })
    expect({}).not.toHaveProperty('polluted')
  })

  it('is believed member by member, the last word counting', () => {
    const stream = [
      { usage: TRUE },
      { usage: { completion_tokens: 950 } },
      { usage: null },
      { usage: 'x' },
    ]
    expect(usageOf(openai, CHAT, EVENTS, ...stream.map(event))).toEqual({
      inputTokens: 900,
      outputTokens: 950,
    })
  })

  it('is counted by the text that passed where it dies before its report', () => {
    const reader = readerFor(openai, CHAT, EVENTS)
    for (let count = 0; count < 400; count++) {
      reader.push(Buffer.from(event({ choices: [{ delta: { content: ' word' } }], usage: null })))
    }
    expect(reader.total()).toBe(undefined)
    expect(reader.estimatedOutputTokens()).toBe(500)
  })
})

/** Memory outside and inside the heap that is still held after a collection is due. */
const heldBytes = (): number => {
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  return arrayBuffers + heapUsed
}

describe('an answer that wants the memory', () => {
  const piece = Buffer.alloc(64 * 1024, 'x')

  it('is read to its report through an event of 200 MiB, in bounded memory', () => {
    const reader = readerFor(openai, '/v1/responses', EVENTS)
    const before = heldBytes()
    let most = 0
    reader.push(Buffer.from('event: response.completed\ndata: {"response":{"output":"'))
    for (let count = 0; count < 3_200; count++) {
      reader.push(piece)
      if (count % 200 === 0) most = Math.max(most, heldBytes() - before)
    }
    reader.push(Buffer.from('","usage":{"input_tokens":900,"output_tokens":800}}}\n\n'))
    expect(reader.total()).toEqual(COUNTED)
    expect(most).toBeLessThan(48 * MIB)
  })

  it('is read to its report through a JSON body of 200 MiB, in bounded memory', () => {
    const reader = readerFor(openai, CHAT, JSON_TYPE)
    const before = heldBytes()
    reader.push(Buffer.from('{"data":"'))
    for (let count = 0; count < 3_200; count++) reader.push(piece)
    reader.push(Buffer.from(`","usage":${JSON.stringify(TRUE)}}`))
    expect(reader.total()).toEqual(COUNTED)
    expect(heldBytes() - before).toBeLessThan(48 * MIB)
  })

  it('holds at most the cap of an event that never ends, however small its pieces', () => {
    const filter = openai
      .askForUsage(
        routeOf(openai, CHAT),
        openai.ask(routeOf(openai, CHAT), { model: 'm', stream: true }, 1),
        Buffer.from('{"stream":true}'),
      )
      ?.filter()
    const reader = readerFor(openai, CHAT, EVENTS)
    let out = 0
    const small = Buffer.from('data: x"usage')
    for (let count = 0; count < 100_000; count++) {
      reader.push(small)
      out += filter?.push(small).length ?? 0
    }
    expect(out).toBeGreaterThan(100_000 * small.length - 300 * 1024)
    expect(out + (filter?.flush().length ?? 0)).toBe(100_000 * small.length)
  })

  it.each([
    ['blank lines', '\n'],
    ['blank lines of the other kind', '\r'],
    ['empty events', 'data:\n\n'],
    ['half reports', 'data: {"usage":{"prompt_tokens":\n\n'],
    ['reports of null', 'data: {"usage":null,"usage":null,"usage":null}\n\n'],
    ['open brackets', '[{"usage":[{'],
    ['escapes', '\\'],
    ['quotes', '"'],
    ['escaped quotes', '\\"'],
    ['names', '"usage"'],
    ['names and colons', '"usage":'],
  ])('is read in time proportional to its length where it is 8 MiB of %s', (_, text) => {
    const bytes = Buffer.from(text.repeat(Math.ceil((8 * MIB) / text.length)))
    for (const contentType of [EVENTS, JSON_TYPE]) {
      const reader = readerFor(openai, CHAT, contentType)
      for (let at = 0; at < bytes.length; at += 16_384) reader.push(bytes.subarray(at, at + 16_384))
      expect(reader.total()).toBe(undefined)
      // A string that opened somewhere in it ends, and so does the document: nothing after it counts.
      reader.push(Buffer.from('"}]\n\n'))
      expect(reader.total()).toBe(undefined)
    }
  })
})
