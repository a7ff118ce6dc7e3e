import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createByteSearch } from '../../../src/dialects/byte-search.ts'
import { createJsonField } from '../../../src/dialects/json-field.ts'
import { findJsonMember } from '../../../src/dialects/json-member.ts'
import { isJsonObject } from '../../../src/dialects/json-object.ts'
import { endsEscaped, jsonStringEnd } from '../../../src/dialects/json-string-end.ts'
import { inPieces } from '../../support/recorded-answers.ts'

const NAMES = ['usage', 'response', 'message'].map((name) => Buffer.from(name))

const foundIn = (text: string, size = text.length * 4): unknown[] => {
  const found: unknown[] = []
  const field = createJsonField(NAMES, (value) => found.push(value))
  for (const piece of inPieces(Buffer.from(text), Math.max(1, size))) field.push(Buffer.from(piece))
  return found
}

/** What a whole parse of the document says: the oracle. */
const expectedIn = (json: unknown): unknown[] => {
  const roots = Array.isArray(json) ? json : [json]
  return roots.flatMap((root: unknown) => {
    if (!isJsonObject(root)) return []
    return Object.entries(root).flatMap(([name, value]) => {
      if (name === 'usage') return [value]
      const inner = name === 'response' || name === 'message'
      return inner && isJsonObject(value) && 'usage' in value ? [value['usage']] : []
    })
  })
}

const someJson = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium' },
    fc.constantFrom<unknown>(
      null,
      true,
      0,
      -1.5e-3,
      '',
      'usage',
      '\\',
      '"',
      '\\"',
      '},{',
      '東京 🌤',
    ),
    fc.string({ maxLength: 60 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.constantFrom('usage', 'response', 'message', 'usages', 'usag', 'a', '\\', '"usage"', ''),
      tie('value'),
      { maxKeys: 5 },
    ),
  ),
})).value

describe('finding a member while a document passes', () => {
  it('finds what a whole parse finds, in any document, cut anywhere, with any white space', () => {
    fc.assert(
      fc.property(
        someJson,
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(0, 1, '\t'),
        (json, size, indent) => {
          const text = JSON.stringify(json, undefined, indent)
          expect(foundIn(text)).toEqual(expectedIn(json))
          expect(foundIn(text, size)).toEqual(expectedIn(json))
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('finds the last of two, where a document has the name twice', () => {
    expect(foundIn('{"usage":{"a":1},"usage":{"a":2}}')).toEqual([{ a: 1 }, { a: 2 }])
  })

  it('finds nothing deeper than it was told to look', () => {
    expect(foundIn('{"a":{"usage":1},"response":{"b":{"usage":2}},"c":[{"usage":3}]}')).toEqual([])
    expect(foundIn('[[{"usage":1}],{"response":[{"usage":2}]}]')).toEqual([])
  })

  it('gives up a value that is too long to be a report, and goes on', () => {
    const text = `{"usage":"${'x'.repeat(70_000)}","message":{"usage":7}}`
    expect(foundIn(text)).toEqual([7])
    expect(foundIn(text, 1_000)).toEqual([7])
  })

  it.each([
    '}',
    ']]]]',
    '{"usage":}',
    '{"usage":nul}',
    '{"usage"',
    '"usage":1',
    ':',
    ',',
    '{]}',
    '{"usage":1]',
  ])('finds nothing that is JSON in %s', (text) => {
    expect(foundIn(text).filter((value) => value !== 1)).toEqual([])
  })

  it('starts anew after a reset, wherever it stood', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), (junk) => {
        const found: unknown[] = []
        const field = createJsonField(NAMES, (value) => found.push(value))
        field.push(Buffer.from(`{"response":{"usage":{"x":"${junk}`))
        field.reset()
        found.length = 0
        field.push(Buffer.from('{"usage":5}'))
        expect(found).toEqual([5])
      }),
    )
  })
})

describe('finding a member in a whole document', () => {
  it('points at the value that a parse of the document gives', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom('a', 'usage', 'stream_options', '"', '\\u0041', '東'),
          someJson,
        ),
        fc.constantFrom(0, 1, '\t'),
        (json, indent) => {
          const bytes = Buffer.from(JSON.stringify(json, undefined, indent))
          const member = findJsonMember(bytes, 0, 'usage')
          expect(member !== undefined).toBe('usage' in json)
          if (member === undefined) return
          const { nameStart, valueStart, valueEnd, commaBefore } = member
          const text = bytes.toString('utf8', valueStart, valueEnd)
          expect(text.trim()).toBe(text)
          expect(JSON.parse(text)).toEqual(json['usage'])
          expect(bytes.toString('utf8', nameStart, nameStart + 7)).toBe('"usage"')
          expect(commaBefore === -1).toBe(Object.keys(json)[0] === 'usage')
        },
      ),
    )
  })

  it('knows a name that is written with escapes', () => {
    const bytes = Buffer.from('{"a":1,"us\\u0061ge" : 2 }')
    const member = findJsonMember(bytes, 0, 'usage')
    expect(bytes.toString('utf8', member?.valueStart, member?.valueEnd)).toBe('2')
  })

  it('finds nothing in what is no object, or broken off, whatever it is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(70), (bytes, open) => {
        findJsonMember(Buffer.from(bytes), open, 'usage')
      }),
    )
    for (const text of [
      '',
      '[]',
      '{',
      '{"usage"',
      '{"usage":',
      '{"usage":1',
      '{"a":1 "usage":2}',
    ]) {
      expect(findJsonMember(Buffer.from(text), 0, 'usage'), text).toBe(undefined)
    }
  })
})

describe('the end of a string', () => {
  it('is where a parser sees it, for any run of backslashes and any length', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('\\', '"', 'x', 'y'.repeat(40), '東'), { maxLength: 30 }),
        (parts) => {
          const text = JSON.stringify(parts.join(''))
          const bytes = Buffer.from(`${text},"tail"`)
          expect(jsonStringEnd(bytes, 1)).toBe(Buffer.byteLength(text))
        },
      ),
    )
  })

  it('is not seen in a string that goes on, and the escape at its end is', () => {
    for (const open of ['', 'abc', 'x'.repeat(100), `${'x'.repeat(100)}\\"`, '\\\\', '\\"']) {
      expect(jsonStringEnd(Buffer.from(open), 0), open).toBe(-1)
      expect(endsEscaped(Buffer.from(open), 0), open).toBe(false)
      expect(jsonStringEnd(Buffer.from(`${open}\\`), 0), open).toBe(-1)
      expect(endsEscaped(Buffer.from(`${open}\\`), 0), open).toBe(true)
    }
  })
})

describe('the search for a text', () => {
  it('finds what Buffer.indexOf finds, within its bounds', () => {
    const letters = fc.array(fc.constantFrom('"', 'u', 's', 'a', 'g', 'e', 'x'), { maxLength: 60 })
    fc.assert(
      fc.property(
        letters,
        fc.constantFrom('"usage"', 'aa', 'sas', 'x'),
        fc.nat(60),
        (text, wanted, from) => {
          const bytes = Buffer.from(text.join(''))
          const { find } = createByteSearch(wanted)
          expect(find(bytes, from, bytes.length)).toBe(
            from > bytes.length ? -1 : bytes.indexOf(wanted, from),
          )
          const end = Math.floor(bytes.length / 2)
          expect(find(bytes, 0, end)).toBe(bytes.subarray(0, end).indexOf(wanted))
        },
      ),
      { numRuns: 500 },
    )
  })
})
