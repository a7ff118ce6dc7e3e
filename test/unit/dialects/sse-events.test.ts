import { createParser } from 'eventsource-parser'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSseData } from '../../../src/dialects/sse-data.ts'
import { createSseEvents } from '../../../src/dialects/sse-events.ts'
import { inPieces } from '../../support/recorded-answers.ts'
import { sharedRows } from '../../support/shared-data.ts'

type Corpus = {
  readonly name: string
  readonly stream_b64?: string
  readonly events?: { data: string }[]
}

/** Data of every event, as our two halves together read it. */
const ours = (pieces: readonly Buffer[], maxEventBytes = 1 << 20): string[] => {
  const seen: string[] = []
  let data: Buffer[] = []
  let first = true
  const reader = createSseData((piece) => data.push(Buffer.from(piece)))
  const finish = (): void => {
    if (data.length > 0) seen.push(Buffer.concat(data).toString())
    data = []
    first = false
  }
  let long = false
  const events = createSseEvents(
    {
      event: (bytes, start, end) => {
        reader.begin(first)
        reader.push(bytes.subarray(start, end))
        finish()
      },
      overlong: (piece, last) => {
        if (!long) reader.begin(first)
        long = !last
        reader.push(piece)
        if (last) finish()
      },
    },
    maxEventBytes,
  )
  for (const piece of pieces) events.push(piece)
  return seen
}

const theirs = (text: string): string[] => {
  const seen: string[] = []
  const parser = createParser({ onEvent: ({ data }) => seen.push(data) })
  parser.feed(text)
  return seen
}

/** An empty `data` field alone makes an event with empty data, which neither side needs to deliver. */
const filled = (events: readonly string[]): string[] => events.filter((data) => data !== '')

/** A CR at the very end ends nothing yet: the next byte may be the LF that belongs to it. */
const settled = (text: string): Buffer => Buffer.from(`${text}\n:\n`)

const OWN: readonly {
  readonly name: string
  readonly text: string
  readonly data: readonly string[]
}[] = [
  { name: 'LF', text: 'data: a\n\ndata: b\n\n', data: ['a', 'b'] },
  { name: 'CR LF', text: 'data: a\r\n\r\ndata: b\r\n\r\n', data: ['a', 'b'] },
  { name: 'CR', text: 'data: a\r\rdata: b\r\r:', data: ['a', 'b'] },
  { name: 'mixed endings', text: 'data: a\r\n\ndata: b\n\r\ndata: c\r\n\r', data: ['a', 'b'] },
  { name: 'mixed endings, settled', text: 'data: c\r\n\r:', data: ['c'] },
  { name: 'no space after the colon', text: 'data:a\n\n', data: ['a'] },
  { name: 'two spaces after the colon', text: 'data:  a\n\n', data: [' a'] },
  { name: 'several lines', text: 'data: a\ndata\ndata:b\n\n', data: ['a\n\nb'] },
  {
    name: 'other fields and comments',
    text: ': x\nevent: e\nid: 1\nretry: 5\ndata: a\n\n',
    data: ['a'],
  },
  {
    name: 'names that only begin alike',
    text: 'dat: x\ndatax: x\nData: x\ndata: a\n\n',
    data: ['a'],
  },
  { name: 'a byte order mark', text: '\uFEFFdata: a\n\n\uFEFFdata: b\n\n', data: ['a'] },
  { name: 'no final blank line', text: 'data: a\n\ndata: b\n', data: ['a'] },
  { name: 'text beyond ASCII', text: 'data: 東京 🌤️\n\n', data: ['東京 🌤️'] },
  { name: 'blank lines only', text: '\n\n\r\n\r\n', data: [] },
]

describe('reading server-sent events', () => {
  it.each(OWN)('understands $name at every cut', ({ text, data }) => {
    const bytes = Buffer.from(text)
    expect(ours([bytes])).toEqual(data)
    expect(ours(inPieces(bytes, 1).map((piece) => Buffer.from(piece)))).toEqual(data)
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(ours([bytes.subarray(0, cut), bytes.subarray(cut)]), `cut at ${cut}`).toEqual(data)
    }
  })

  it('reads an event over the cap in pieces, all of it and nothing of its neighbours', () => {
    const long = 'x'.repeat(500)
    const bytes = Buffer.from(`data: a\n\ndata: ${long}\ndata: ${long}\n\ndata: b\n\n`)
    for (const size of [1, 3, 50, 100, 499, 2000]) {
      const pieces = inPieces(bytes, size).map((piece) => Buffer.from(piece))
      expect(ours(pieces, 64), `pieces of ${size}`).toEqual(['a', `${long}\n${long}`, 'b'])
    }
  })

  it('agrees with the streams of the web platform tests', () => {
    for (const { name, stream_b64, events } of sharedRows<Corpus>('parsers/sse_cases.jsonl')) {
      if (stream_b64 === undefined || events === undefined) continue
      const bytes = Buffer.from(stream_b64, 'base64')
      const expected = events.map(({ data }) => data)
      expect(filled(ours([bytes])), name).toEqual(filled(expected))
      expect(filled(ours(inPieces(bytes, 1).map((b) => Buffer.from(b)))), name).toEqual(
        filled(expected),
      )
    }
  })

  it('agrees with eventsource-parser on streams of any shape, cut anywhere', () => {
    const piece = fc.constantFrom(
      'data: ',
      'data:',
      'data',
      'event: e',
      'id: 7',
      ': comment',
      '\n',
      '\n',
      '\n\n',
      '\r\n',
      '\r\n\r\n',
      '\r',
      'x',
      '{"a":1}',
      '東',
      '🌤',
      ' ',
      ':',
      'retry: 9',
      'dat',
      '\u0000',
    )
    const stream = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''))
    fc.assert(
      fc.property(stream, fc.array(fc.nat(60), { maxLength: 5 }), (text, cuts) => {
        const bytes = settled(text)
        const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length]
        const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end))
        expect(filled(ours(pieces))).toEqual(filled(theirs(bytes.toString())))
        expect(filled(ours(pieces, 8))).toEqual(filled(theirs(bytes.toString())))
      }),
      { numRuns: 2_000 },
    )
  })

  it('gives every byte to exactly one event, in order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', '\n', '\r', '\r\n', '\n\n'), { maxLength: 40 }),
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom(4, 1000),
        (parts, size, cap) => {
          const bytes = Buffer.from(parts.join(''))
          const seen: Buffer[] = []
          const events = createSseEvents(
            {
              event: (source, start, end) => seen.push(Buffer.from(source.subarray(start, end))),
              overlong: (part) => seen.push(Buffer.from(part)),
            },
            cap,
          )
          for (const part of inPieces(bytes, size)) events.push(Buffer.from(part))
          expect(Buffer.concat([...seen, events.rest()]).toString()).toBe(bytes.toString())
        },
      ),
    )
  })
})
