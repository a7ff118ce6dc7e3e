import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutLine } from '../../../src/replay/cut-line.ts'

const cut = (text: string) => cutLine(Buffer.from(text))

describe('cutting headers and body out of a line', () => {
  it('leaves the bytes of the body as they stand', () => {
    const body = '{ "b":1.0 ,"b":"}\\"]{\\\\", "c":[[{"body":{}}]] }'
    const found = cut(` {"at" : 5, "body" : ${body} ,"headers":{"a":"b"},"label":"\\u0041"} \r`)
    expect(found?.body?.toString()).toBe(body)
    expect(found?.headers).toBe('{"a":"b"}')
    expect(found?.members).toBe(4)
    expect(JSON.parse(found?.rest ?? '')).toEqual({ at: 5, body: 0, headers: 0, label: 'A' })
  })

  it('counts a doubled key twice, so that it can be told', () => {
    expect(cut('{"at":1,"at":2}')?.members).toBe(2)
  })

  it.each([
    '',
    '[]',
    '{',
    '{}',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1}}',
    '{"a":1} x',
    '{"a":"',
    '{"body":[}',
    '{a:1}',
  ])('finds no call in %s', (text) => {
    const found = cut(text)
    const parsed = (): unknown => JSON.parse(found?.rest ?? 'none') as unknown
    expect(() => {
      const value = parsed()
      if (found !== undefined && Object.keys(value as object).length === found.members) return
      throw new Error('no call')
    }).toThrow(Error)
  })

  it('agrees with a parser on every object', () => {
    const seed = Date.now() % 2 ** 31
    const name = fc.oneof(
      fc.constantFrom('body', 'headers', 'at', 'bod', 'bodys', 'header5'),
      fc.string(),
    )
    const object = fc.dictionary(name, fc.jsonValue({ maxDepth: 4 }), { minKeys: 1 })
    fc.assert(
      fc.property(object, fc.constantFrom(undefined, 1, 3), (value, indent) => {
        // A line holds no line feed, but nothing here depends on it.
        const found = cut(JSON.stringify(value, undefined, indent))
        if (found === undefined) throw new Error('not cut')
        const rest = JSON.parse(found.rest) as { [key: string]: unknown }
        if (found.body !== undefined) rest['body'] = JSON.parse(found.body.toString()) as unknown
        if (found.headers !== undefined) rest['headers'] = JSON.parse(found.headers) as unknown
        expect(rest).toEqual(JSON.parse(JSON.stringify(value)))
        expect(found.members).toBe(Object.keys(rest).length)
      }),
      { seed, numRuns: 500 },
    )
  })
})
