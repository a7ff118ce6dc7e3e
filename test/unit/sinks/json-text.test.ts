import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonText, jsonTexts } from '../../../src/sinks/json-text.ts'
import { NAUGHTY } from '../../fixtures/naughty.ts'

describe('a text of a record', () => {
  it('is read back as it was, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(JSON.parse(jsonText(text))).toBe(text)
      }),
    )
  })

  it('never holds a byte that a log or a terminal acts on', () => {
    for (const text of NAUGHTY) {
      const json = jsonText(text)
      expect(JSON.parse(json)).toBe(text)
      // oxlint-disable-next-line no-control-regex -- these are what must not be there
      expect(json).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/)
    }
  })

  it('is well-formed even where the string is not', () => {
    const json = jsonText('a\ud800b')
    expect(json.isWellFormed()).toBe(true)
    expect(JSON.parse(json)).toBe('a\ud800b')
  })

  it('is cut with a visible sign', () => {
    expect(JSON.parse(jsonText('x'.repeat(5_000_000)))).toBe(`${'x'.repeat(511)}…`)
    expect(JSON.parse(jsonText('y'.repeat(512)))).toHaveLength(512)
    expect(JSON.parse(jsonText('POST', 3))).toBe('PO…')
  })

  it('makes lists of at most so many', () => {
    expect(jsonTexts(['a', '"', 'c'], 2)).toBe('["a","\\""]')
    expect(jsonTexts([], 2)).toBe('[]')
  })
})
