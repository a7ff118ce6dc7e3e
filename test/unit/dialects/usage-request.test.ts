import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StreamFilter } from '../../../src/core/seams.ts'
import { anthropic } from '../../../src/dialects/anthropic.ts'
import { gemini } from '../../../src/dialects/gemini.ts'
import { openai } from '../../../src/dialects/openai.ts'
import { createUsageFilter } from '../../../src/dialects/usage-filter.ts'
import { withUsageRequested } from '../../../src/dialects/usage-request.ts'
import {
  inPieces,
  recordedAnswers,
  recordedBytes,
  routeOf,
} from '../../support/recorded-answers.ts'

const CHAT = routeOf(openai, '/v1/chat/completions')

const requested = (text: string): string | undefined =>
  withUsageRequested(Buffer.from(text))?.toString()

describe('asking for usage on behalf of the caller', () => {
  it.each([
    ['{"model":"m"}', '{"stream_options":{"include_usage":true},"model":"m"}'],
    ['{}', '{"stream_options":{"include_usage":true}}'],
    [' {\n "a" : 1.0 }', ' {"stream_options":{"include_usage":true},\n "a" : 1.0 }'],
    ['{"stream_options":null,"n":1}', '{"stream_options":{"include_usage":true},"n":1}'],
    ['{"stream_options":{}}', '{"stream_options":{"include_usage":true}}'],
    [
      '{"stream_options": { "include_obfuscation":false } }',
      '{"stream_options": {"include_usage":true, "include_obfuscation":false } }',
    ],
    ['{"stream_options":{"include_usage":false}}', '{"stream_options":{"include_usage":true}}'],
    [
      '{"stream_options":{"a":1,"include_usage" : null }}',
      '{"stream_options":{"a":1,"include_usage" : true }}',
    ],
    ['{"stream\\u005foptions":{"x":1}}', '{"stream\\u005foptions":{"include_usage":true,"x":1}}'],
    [
      '{"a":{"stream_options":{}},"b":"\\"stream_options\\":null"}',
      '{"stream_options":{"include_usage":true},"a":{"stream_options":{}},"b":"\\"stream_options\\":null"}',
    ],
  ])('edits %s', (body, edited) => {
    expect(requested(body)).toBe(edited)
  })

  it.each(['[]', '', '"x"', '{"stream_options":7}', '{"stream_options":"x"}'])(
    'leaves what is no such request alone: %s',
    (body) => {
      expect(requested(body)).toBe(undefined)
    },
  )

  it('changes one member and no other byte, for any body', () => {
    const options = fc.option(
      fc.dictionary(
        fc.constantFrom('include_usage', 'include_obfuscation', 'x'),
        fc.constantFrom(null, false),
      ),
      { nil: null },
    )
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 5 }),
        fc.option(options, { nil: undefined }),
        fc.constantFrom(0, 2),
        (rest, streamOptions, indent) => {
          const body = {
            ...rest,
            ...(streamOptions !== undefined && { stream_options: streamOptions }),
          }
          const edited: unknown = JSON.parse(
            requested(JSON.stringify(body, undefined, indent)) ?? '',
          )
          expect(edited).toEqual({
            ...(JSON.parse(JSON.stringify(body)) as object),
            stream_options: { ...streamOptions, include_usage: true },
          })
        },
      ),
    )
  })

  it('keeps numbers and texts as the caller wrote them', () => {
    const body = '{"seed":12345678901234567890,"temperature":1.00,"stop":"\\u00e9é","stream":true}'
    expect(requested(body)).toBe(`{"stream_options":{"include_usage":true},${body.slice(1)}`)
  })

  it('asks only where the stream would not tell by itself', () => {
    const body = Buffer.from('{"model":"m","stream":true}')
    const asked = (path: string, json: object) => {
      const route = routeOf(openai, path)
      return openai.askForUsage(route, openai.ask(route, json, 10), body) !== undefined
    }
    expect(asked('/v1/chat/completions', { model: 'm', stream: true })).toBe(true)
    expect(asked('/v1/completions', { model: 'm', stream: true })).toBe(true)
    expect(asked('/v1/chat/completions', { model: 'm' })).toBe(false)
    expect(asked('/v1/responses', { model: 'm', stream: true })).toBe(false)
    const wants = { model: 'm', stream: true, stream_options: { include_usage: true } }
    expect(asked('/v1/chat/completions', wants)).toBe(false)
    for (const [dialect, path] of [
      [anthropic, '/v1/messages'],
      [gemini, '/v1beta/models/m:streamGenerateContent'],
    ] as const) {
      const route = routeOf(dialect, path)
      const ask = dialect.ask(route, { model: 'm', stream: true }, 10)
      expect(ask.wantsUsage).toBe(true)
      expect(dialect.askForUsage(route, ask, body)).toBe(undefined)
    }
  })

  it('gives every stream a filter of its own', () => {
    const ask = openai.ask(CHAT, { model: 'm', stream: true }, 10)
    const asked = openai.askForUsage(CHAT, ask, Buffer.from('{"model":"m","stream":true}'))
    expect(asked?.filter()).not.toBe(asked?.filter())
  })
})

const through = (filter: StreamFilter, pieces: readonly Uint8Array[]): string => {
  const out: Uint8Array[] = []
  for (const piece of pieces) {
    const own = Uint8Array.from(piece)
    out.push(Uint8Array.from(filter.push(own)))
    own.fill(0x22)
  }
  return Buffer.concat([...out, filter.flush()]).toString()
}

/** The same, looking at the output only at the end, as a slow socket does. */
const throughQueue = (filter: StreamFilter, pieces: readonly Uint8Array[]): string => {
  const out = pieces.map((piece) => filter.push(piece))
  return Buffer.concat([...out, filter.flush()]).toString()
}

const filtered = (text: string): string => through(createUsageFilter(), [Buffer.from(text)])

describe('hiding what asking for usage put into a stream', () => {
  const answers = recordedAnswers('openai')
  const pairs = answers.filter(({ unasked }) => unasked !== undefined)

  it('has streams with and without', () => {
    expect(pairs.length).toBeGreaterThan(5)
  })

  it.each(pairs)('gives the caller of $file what it would have seen, at every cut', (pair) => {
    const bytes = recordedBytes(pair.file)
    const expected = recordedBytes(pair.unasked ?? '').toString()
    expect(through(createUsageFilter(), [bytes])).toBe(expected)
    for (const size of [1, 2, 3, 7, 64, 1000]) {
      expect(through(createUsageFilter(), inPieces(bytes, size)), `pieces of ${size}`).toBe(
        expected,
      )
      expect(throughQueue(createUsageFilter(), inPieces(bytes, size))).toBe(expected)
    }
    for (let cut = 1; cut < bytes.length; cut++) {
      const got = through(createUsageFilter(), [bytes.subarray(0, cut), bytes.subarray(cut)])
      if (got !== expected) expect(got, `cut at ${cut}`).toBe(expected)
    }
  })

  const untouched = answers.filter(({ file }) => /plain|responses|chat-error/.test(file))
  it.each(untouched)('leaves $file alone', ({ file }) => {
    const bytes = recordedBytes(file)
    const error = file.includes('chat-error')
    const expected = error ? bytes.toString().replaceAll(',"usage":null', '') : bytes.toString()
    expect(through(createUsageFilter(), [bytes])).toBe(expected)
  })

  it.each([
    ['the first member', 'data: {"usage":null,"choices":[]}\n\n', 'data: {"choices":[]}\n\n'],
    ['the only member', 'data: {"usage":null}\n\n', 'data: {}\n\n'],
    ['white space', 'data: {"a": 1, "usage": null, "b": 2}\n\n', 'data: {"a": 1, "b": 2}\n\n'],
    ['white space at the start', 'data: { "usage" : null , "b": 2}\n\n', 'data: { "b": 2}\n\n'],
    ['CR LF', 'data:{"a":1,"usage":null}\r\n\r\n', 'data:{"a":1}\r\n\r\n'],
    ['other fields', 'id: 1\ndata: {"a":1,"usage":null}\n\n', 'id: 1\ndata: {"a":1}\n\n'],
    ['an event without its blank line', 'data: {"a":1,"usage":null}', 'data: {"a":1}'],
  ])('takes a null out with %s', (_, event, expected) => {
    expect(filtered(event)).toBe(expected)
  })

  it.each([
    ['a report beside choices', 'data: {"choices":[{"index":0}],"usage":{"prompt_tokens":1}}\n\n'],
    ['a null deeper down', 'data: {"choices":[{"usage":null}]}\n\n'],
    ['a null in a text', 'data: {"choices":[{"delta":{"content":"\\"usage\\":null"}}]}\n\n'],
    ['no choices and no report', 'data: {"choices":[],"prompt_filter_results":[]}\n\n'],
    ['a report without choices', 'data: {"type":"x","usage":{"a":1}}\n\n'],
    ['a comment', ': data: {"usage":null}\n\n'],
    ['what is no JSON', 'data: {"usage":null\n\n'],
    ['data on several lines', 'data: {"a":1,\ndata: "usage":null}\n\n'],
    ['the end', 'data: [DONE]\n\n'],
  ])('leaves %s', (_, event) => {
    expect(filtered(event)).toBe(event)
  })

  it('hides the report together with its line ends, however these are cut', () => {
    for (const nl of ['\n', '\r\n', '\r']) {
      const before = `data: {"choices":[{}]}${nl}${nl}`
      const after = `data: [DONE]${nl}${nl}`
      const bytes = Buffer.from(`${before}data: {"choices": [ ],"usage":{"a":1}}${nl}${nl}${after}`)
      for (let cut = 0; cut <= bytes.length; cut++) {
        const pieces = [bytes.subarray(0, cut), bytes.subarray(cut)]
        expect(through(createUsageFilter(), pieces), `cut at ${cut}`).toBe(before + after)
      }
    }
  })

  it('passes an event that is too long to be a report, at once and whole', () => {
    const filter = createUsageFilter()
    const piece = Buffer.from(`data: ${'x'.repeat(100_000)}`)
    let out = 0
    for (let count = 0; count < 20; count++) {
      out += filter.push(piece).length
      expect(out).toBeGreaterThanOrEqual((count + 1) * piece.length - 256 * 1024)
    }
    out += filter.push(Buffer.from('\n\n')).length
    expect(out).toBe(20 * piece.length + 2)
    expect(filter.push(Buffer.from('data: {"a":1,"usage":null}\n\n'))).toHaveLength(
      'data: {"a":1}\n\n'.length,
    )
  })

  it('holds back no more than the event that is under way', () => {
    const filter = createUsageFilter()
    expect(Buffer.from(filter.push(Buffer.from('data: 1\n\ndata: 2'))).toString()).toBe(
      'data: 1\n\n',
    )
    expect(Buffer.from(filter.push(Buffer.from('\n\n'))).toString()).toBe('data: 2\n\n')
  })

  it('changes nothing in bytes that hold no report, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 6 }), (pieces) => {
        expect(through(createUsageFilter(), pieces)).toBe(Buffer.concat(pieces).toString())
      }),
    )
  })
})
