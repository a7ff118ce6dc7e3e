import { createParser } from 'eventsource-parser'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Usage } from '../../../src/core/call.ts'
import { anthropic } from '../../../src/dialects/anthropic.ts'
import { isJsonObject } from '../../../src/dialects/json-object.ts'
import { gemini } from '../../../src/dialects/gemini.ts'
import { openai } from '../../../src/dialects/openai.ts'
import { inPieces, readIn, routeOf } from '../../support/recorded-answers.ts'

const CHAT = '/v1/chat/completions'

/** The last word of the reports in a stream, by a whole parse of every event: the oracle. */
const expectedIn = (text: string): Usage | undefined => {
  const last: { [member: string]: number } = {}
  const parser = createParser({
    onEvent: ({ data }) => {
      const event: unknown = JSON.parse(data)
      if (!isJsonObject(event)) return
      // In the order of the bytes, as the members come.
      for (const [name, value] of Object.entries(event)) {
        const report = name === 'usage' ? value : isJsonObject(value) ? value['usage'] : undefined
        if (!isJsonObject(report) || (name !== 'usage' && name !== 'response')) continue
        for (const [member, count] of Object.entries(report)) last[member] = count as number
      }
    },
  })
  parser.feed(text)
  const { prompt_tokens: inputTokens, completion_tokens: outputTokens } = last
  return inputTokens === undefined && outputTokens === undefined
    ? undefined
    : { inputTokens, outputTokens }
}

describe('reading usage out of a stream', () => {
  const report = fc.oneof(
    fc.constant(null),
    fc.dictionary(fc.constantFrom('prompt_tokens', 'completion_tokens'), fc.nat()),
  )
  const noise = fc.oneof(
    fc.string(),
    fc.constant({ usage: { prompt_tokens: 1 } }),
    fc.constant([{ usage: 1 }]),
  )
  const event = fc.dictionary(
    fc.constantFrom('usage', 'response', 'choices', 'delta', 'usages'),
    fc.oneof(report, noise, fc.record({ usage: report, other: noise })),
    { maxKeys: 4 },
  )
  const filler = fc.constantFrom('', ': ping\n\n', 'event: x\n', 'id: 1\n', '\n')

  it('tells what a whole parse of every event tells, cut anywhere', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(filler, event, fc.nat(1)), { maxLength: 12 }),
        fc.constantFrom('\n', '\r\n'),
        fc.integer({ min: 1, max: 40 }),
        (events, nl, size) => {
          const text = events
            .map(([before, json, pad]) => {
              const data = JSON.stringify(json, undefined, pad).replaceAll('\n', '\ndata: ')
              return `${before}data: ${data}\n\n`
            })
            .join('')
            .replaceAll('\n', nl)
          const answer = { path: CHAT, contentType: 'text/event-stream' }
          const { usage } = readIn(openai, answer, inPieces(Buffer.from(text), size))
          expect(usage).toEqual(expectedIn(text))
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('tells the same where an event is too long to be held', () => {
    const decoy = { usage: { prompt_tokens: 1 } }
    const data = JSON.stringify({
      choices: [decoy, 'x'.repeat(200_000)],
      usage: { prompt_tokens: 7, completion_tokens: 8 },
    })
    const text = `: ping\n\ndata: {"a":1}\n\nevent: e\ndata: ${data}\n\ndata: {"usage":{"completion_tokens":9}}\n\n`
    const answer = { path: CHAT, contentType: 'text/event-stream' }
    for (const size of [500, 4_096, 65_536, 300_000]) {
      const { usage } = readIn(openai, answer, inPieces(Buffer.from(text), size))
      expect(usage, `pieces of ${size}`).toEqual({ inputTokens: 7, outputTokens: 9 })
    }
  })
})

describe('an answer that is not charged by its report', () => {
  it.each([
    [openai, 'POST', '/v1/moderations'],
    [openai, 'GET', '/v1/responses/resp_1'],
    [openai, 'POST', '/v1/batches'],
    [anthropic, 'POST', '/v1/messages/count_tokens'],
    [anthropic, 'POST', '/v1/messages/batches'],
    [gemini, 'POST', '/v1beta/models/m:countTokens'],
  ] as const)('is not read: %o %s %s', (dialect, method, path) => {
    const reader = dialect.usageReader(routeOf(dialect, path, method), 'application/json')
    reader.push(
      Buffer.from(
        '{"usage":{"prompt_tokens":5,"input_tokens":5},"usageMetadata":{"promptTokenCount":5}}',
      ),
    )
    expect(reader.total()).toBe(undefined)
    expect(reader.estimatedOutputTokens()).toBe(0)
  })

  it.each([
    ['text/plain', 100],
    [undefined, 100],
    ['audio/mpeg', 0],
    ['application/octet-stream', 0],
  ])('is estimated by its size as %s', (contentType, tokens) => {
    const reader = openai.usageReader(routeOf(openai, '/v1/audio/transcriptions'), contentType)
    reader.push(Buffer.alloc(400, 'x'))
    expect(reader.estimatedOutputTokens()).toBe(tokens)
  })
})
