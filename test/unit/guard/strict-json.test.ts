import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Fault } from '../../../src/core/fault.ts'
import { readStrictJson, type JsonObject } from '../../../src/guard/strict-json.ts'

const read = async (text: string | Uint8Array): Promise<JsonObject> =>
  readStrictJson(Buffer.from(text))

/** The detail of the refusal; fails where the text is accepted. */
const refusal = async (text: string | Uint8Array): Promise<string> => {
  try {
    await read(text)
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.code === 'invalid_body') return thrown.detail ?? ''
    throw thrown
  }
  throw new Error(`accepted: ${Buffer.from(text).toString().slice(0, 80)}`)
}

/** The same document twice: as it is, and in a body so large that it is read from its skeleton. */
const inBothSizes = (text: string): readonly string[] => [
  text,
  text.replace(/\{/, `{"filler":"${'x'.repeat(300_000)}",`).replace(/,\}$/, '}'),
]

const nested = (levels: number): string =>
  `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`

const objects = (count: number, key: (at: number) => string): string =>
  `{"a":[${Array.from({ length: count }, (_, at) => `{"${key(at)}":0,"x":0}`).join(',')}]}`

describe('strict JSON', () => {
  it('reads what the engine reads', async () => {
    const text =
      '{"model":"m","messages":[{"role":"user","content":"a \\"b\\" \\u00e9 \\ud83d\\ude00"}],"n":1.5e3}'
    expect(await read(text)).toEqual(JSON.parse(text))
    expect(await read(' {} \n')).toEqual({})
  })

  it('tells where a mistake is, in bytes, and never quotes the body', async () => {
    expect(await refusal('{"é":1,}')).toBe('byte 8: a string in double quotes belongs here')
    expect(await refusal('{"secret":tru}')).toBe('byte 10: no JSON value begins like this')
    expect(await refusal('{"a":"b\tc"}')).toBe('byte 7: a control character must be escaped')
    expect(await refusal('{"a":"\\x"}')).toBe('byte 6: no such escape')
    expect(await refusal('{"a":1} {}')).toBe('byte 8: nothing may follow the object')
    expect(await refusal('{"a":1')).toBe('byte 6: the text ends too early')
  })

  it.each([
    ['an empty body', ''],
    ['a byte order mark', '\ufeff{}'],
    ['NaN', '{"a":NaN}'],
    ['a comment', '{"a":1/**/}'],
    ['single quotes', "{'a':1}"],
    ['a bare key', '{a:1}'],
    ['a leading zero', '{"a":01}'],
    ['a plus sign', '{"a":+1}'],
    ['an array at the top', '[{"a":1}]'],
    ['a string at the top', '"a"'],
    ['null at the top', 'null'],
    ['NUL bytes behind', '{"a":1}\0'],
    ['a number beyond a double', '{"max_tokens":1e400}'],
    ['a negative one, deep inside', '{"a":[{"b":[-1e999]}]}'],
    ['half of a surrogate pair', '{"a":"\\ud800"}'],
    ['the other half', '{"a":"\\uDFAA x"}'],
    ['half of one in a key', '{"\\ud800":1}'],
  ])('refuses %s', async (_name, text) => {
    await refusal(text)
  })

  it.each([
    ['at the top', '{"model":"a","model":"b"}'],
    ['with the same value', '{"model":"a","model":"a"}'],
    ['hidden by an escape', '{"model":"a","mod\\u0065l":"b"}'],
    ['below', '{"a":[{"b":1,"c":{"d":1,"d":2}}]}'],
    ['that looks like an index', '{"a":{"1":1,"1":2}}'],
    ['named __proto__', '{"__proto__":{},"__proto__":{}}'],
    ['that is empty', '{"":1,"":2}'],
  ])('refuses a key that comes twice, %s', async (_name, text) => {
    for (const each of inBothSizes(text)) await refusal(each)
    expect(await refusal(text)).toMatch(/^byte \d+: a key came twice$/)
  })

  it('takes the same key in different objects', async () => {
    for (const each of inBothSizes('{"a":{"x":1},"b":{"x":1},"x":[{"x":1},{"x":1}]}')) {
      expect(await read(each)).toMatchObject({ a: { x: 1 }, x: [{ x: 1 }, { x: 1 }] })
    }
  })

  it.each([
    '{"model":"a","Model":"b"}',
    '{"Model":"b"}',
    '{"STREAM":true}',
    '{"\u017ftream":true}',
    '{"\uff4dodel":"a"}',
    '{"generationConfig":{},"generation_config":{}}',
    '{"foo":1,"Foo":2}',
  ])('refuses a top-level key that some server takes for another: %s', async (text) => {
    for (const each of inBothSizes(text)) await refusal(each)
  })

  it('takes camel case where it stands alone', async () => {
    const text = '{"contents":[],"generationConfig":{"maxOutputTokens":5},"systemInstruction":{}}'
    expect(await read(text)).toEqual(JSON.parse(text))
  })

  it('takes 64 levels and refuses 65', async () => {
    expect(await read(nested(64))).toBeTypeOf('object')
    expect(await refusal(nested(65))).toBe('byte 68: nested deeper than 64')
  })

  it('refuses five million brackets without following them', async () => {
    const begin = performance.now()
    await expect(read(`{"a":${'['.repeat(5_000_000)}`)).rejects.toBeInstanceOf(Fault)
    expect(performance.now() - begin).toBeLessThan(1_000)
  })

  it('does not let braces closed too early hide a depth', async () => {
    await refusal(`${'}'.repeat(1000)}{"a":${'['.repeat(900)}${']'.repeat(900)}}`)
  })

  it('bounds keys, values and shapes', async () => {
    expect(await read(objects(49_999, () => 'k'))).toBeTypeOf('object')
    expect(await refusal(objects(50_000, () => 'k'))).toMatch(/more than 100000 keys$/)
    expect(await refusal(`{"a":[${'[],'.repeat(100_000)}1]}`)).toMatch(/more than 100000 objects/)
    expect(await read(objects(9_000, (at) => `k${at}`))).toBeTypeOf('object')
    expect(await refusal(objects(30_000, (at) => `k${at}`))).toMatch(/differently built objects$/)
    expect(await refusal(`{"a":[${'1,'.repeat(500_001)}1]}`)).toMatch(/more than 500000 values$/)
  })

  it.each([
    ['an invalid byte', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['an overlong slash', Buffer.from('7b2261223a22c0af227d', 'hex')],
    ['an encoded surrogate', Buffer.from('7b2261223a22eda080227d', 'hex')],
    ['UTF-16', Buffer.from('{"a":1}', 'utf16le')],
  ])('refuses %s', async (_name, bytes) => {
    await refusal(bytes)
  })

  it('refuses a body of which the engine may have misread a key', async () => {
    for (const planted of ['{"model":"m","\\\\":1}', '{"\\\\":1}', '{"a":{"\\\\":1}}']) {
      for (const text of inBothSizes(planted)) expect(await refusal(text)).toContain('backslash')
    }
    const hidden = await read('{"model":"m","\\u006e":8}').catch((thrown: unknown) => thrown)
    expect(hidden instanceof Fault || (hidden as JsonObject)['n'] === 8).toBe(true)
    expect(await read('{"\\\\x":1,"\\u006ex":2}')).toEqual({ '\\x': 1, nx: 2 })
  })

  it('keeps __proto__ and constructor as plain members', async () => {
    const top = await read('{"__proto__":{"stream":true},"constructor":{"prototype":{"x":1}}}')
    expect(top['stream']).toBeUndefined()
    expect(Object.hasOwn(top, '__proto__')).toBe(true)
    expect(({} as { x?: unknown }).x).toBeUndefined()
  })
})

describe('strict JSON of large bodies', () => {
  const image = 'iVBORw0KGgo'.repeat(50_000)

  it('gives inline media back whole and leaves other long texts empty', async () => {
    const prompt = 'Grüße '.repeat(60_000)
    const body = {
      model: 'm',
      messages: [{ content: [{ url: `data:image/png;base64,${image}` }, prompt, 'short', image] }],
    }
    const read64 = await read(JSON.stringify(body))
    expect(read64).toEqual({
      model: 'm',
      messages: [{ content: [{ url: `data:image/png;base64,${image}` }, '', 'short', image] }],
    })
  })

  it('names the byte of the body, not of what was left of it', async () => {
    expect(await refusal(`{"a":"${image}","b":tru}`)).toBe(
      `byte ${image.length + 12}: no JSON value begins like this`,
    )
    expect(await refusal(`{"a":"${image}\u0001","b":1}`)).toBe(
      `byte ${image.length + 6}: a control character must be escaped`,
    )
    expect(await refusal(`{"a":"${image}`)).toBe('byte 5: a string does not end')
  })

  it.each(['\\x', '\\u12g4', '\\ud800', '\\ud800\\u0041', '\\udc00', '\\', '\\u12'])(
    'refuses %s inside a long text as the parser would',
    async (escape) => {
      await refusal(`{"a":"${image}${escape}","b":1}`)
    },
  )

  it('takes every escape inside a long text', async () => {
    await read(`{"a":"${image}\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00"}`)
  })

  it('takes long keys for what they are', async () => {
    const long = 'k'.repeat(2_000)
    const text = `{"filler":"${image}","${long}1":1,"${long}2" : 2}`
    expect(Object.keys(await read(text))).toEqual(['filler', `${long}1`, `${long}2`])
  })

  it('refuses a body that is large outside of its long texts', async () => {
    const text = `{"a":[${'"abcdefgh",'.repeat(450_000)}1]}`
    await expect(read(text)).rejects.toMatchObject({ code: 'body_too_large' })
  })
})

/** Documents as bodies hold them, with every kind of key and text. */
const documents = fc.dictionary(
  fc.oneof(
    fc.constantFrom('model', 'messages', 'n', '__proto__', ''),
    fc.string({ unit: 'binary' }),
  ),
  fc.jsonValue({ maxDepth: 5 }),
)

/** A key of one backslash is refused, since the engine takes others for it. */
const hasMisreadKey = (text: string): boolean => text.includes(String.raw`"\\":`)

describe('strict JSON, for any document', () => {
  it('reads what the engine reads, and reads it the same in a large body', async () => {
    await fc.assert(
      fc.asyncProperty(documents, async (document) => {
        const text = JSON.stringify({ d: document })
        fc.pre(!hasMisreadKey(text))
        const expected = JSON.parse(text) as { d: unknown }
        expect(await read(text)).toEqual(expected)
      }),
      { numRuns: 5_000 },
    )
    await fc.assert(
      fc.asyncProperty(documents, async (document) => {
        const filler = 'x'.repeat(300_000)
        const text = JSON.stringify({ filler, d: document })
        fc.pre(!hasMisreadKey(text))
        expect(await read(text)).toEqual(JSON.parse(text))
      }),
      { numRuns: 100 },
    )
  })

  it('refuses exactly what the engine refuses, after any cut, change or repetition of a byte', async () => {
    await fc.assert(
      fc.asyncProperty(
        documents,
        fc.nat(),
        fc.constantFrom('', '"', '\\', '{', ']', ',', ':', '0', 'e', '\u0000', ' ', 't'),
        async (document, place, put) => {
          // By code points: a cut through a surrogate pair would be no UTF-8 to begin with.
          const whole = Array.from(JSON.stringify({ d: document }))
          const at = place % whole.length
          const text = [...whole.slice(0, at), put, ...whole.slice(at + 1)].join('')
          let engine: unknown
          try {
            engine = JSON.parse(text)
          } catch {
            await refusal(text)
            return
          }
          // What the engine takes is either read the same, or refused by one of the stricter rules.
          try {
            expect(await read(text)).toEqual(engine)
          } catch (thrown) {
            if (!(thrown instanceof Fault)) throw thrown
            expect(thrown.detail).toMatch(
              /came twice|surrogate|too large|spellings|top level|backslash|case$/,
            )
          }
        },
      ),
      { numRuns: 5_000 },
    )
  })
})
