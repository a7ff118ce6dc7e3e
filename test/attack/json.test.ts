import { describe, expect, it } from 'vitest'
import { Fault } from '../../src/core/fault.ts'
import { readStrictJson } from '../../src/guard/strict-json.ts'
import { sharedRows } from '../support/shared-data.ts'
import { longestStallMs, STALLING_BODIES } from '../support/stalling-bodies.ts'

type SuiteRow = {
  readonly suite: string
  readonly name: string
  readonly expect: 'accept' | 'reject' | 'either' | 'transform'
  readonly bytes_b64: string
}

/** A few documents on which parsers are known to disagree, for a checkout without the corpus. */
const OWN_ROWS: readonly SuiteRow[] = [
  ['n_trailing_comma', 'reject', '[1,]'],
  ['n_two_values', 'reject', '[1] [2]'],
  ['n_hex_number', 'reject', '[0x1]'],
  ['i_huge_exponent', 'either', '[1e9999]'],
  ['i_bom', 'either', '\ufeff[]'],
  ['y_nested', 'accept', '[[{"a":[null,true,1.5e-3,"\\u0000"]}]]'],
  ['transform_same_key', 'transform', '{"a":1,"a":2}'],
].map(([name = '', expected, text = '']) => ({
  suite: 'own',
  name,
  // The table above holds only words of the type.
  expect: expected as SuiteRow['expect'],
  bytes_b64: Buffer.from(text).toString('base64'),
}))

const rows = [...OWN_ROWS, ...sharedRows<SuiteRow>('parsers/json_test_suite.jsonl.gz')]

/** The document as the value of a member, since a body must be an object. */
const wrapped = (row: SuiteRow): Buffer =>
  Buffer.concat([
    Buffer.from('{"document":'),
    Buffer.from(row.bytes_b64, 'base64'),
    Buffer.from('}'),
  ])

const verdict = async (bytes: Uint8Array): Promise<{ readonly read?: unknown }> => {
  try {
    return { read: await readStrictJson(bytes) }
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(Fault)
    return {}
  }
}

const strictlyDecoded = (bytes: Uint8Array): string =>
  new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)

describe('a body on which parsers disagree', () => {
  it('is refused wherever the suite says so, and read where it must be', async () => {
    const wrong: string[] = []
    for (const row of rows) {
      const { read } = await verdict(wrapped(row))
      // Deliberately stricter than the grammar: one key once.
      const mayRefuse = /duplicated_key|same_key/.test(row.name)
      if (row.expect === 'reject' && read !== undefined) wrong.push(`took ${row.name}`)
      if (row.expect === 'accept' && read === undefined && !mayRefuse)
        wrong.push(`refused ${row.name}`)
      if (mayRefuse && read !== undefined) wrong.push(`took ${row.name}`)
    }
    expect(wrong).toEqual([])
  })

  it('is never read as anything else than the strict engine reads', async () => {
    for (const row of rows) {
      const bytes = wrapped(row)
      const { read } = await verdict(bytes)
      if (read !== undefined) expect(read).toEqual(JSON.parse(strictlyDecoded(bytes)))
    }
  })

  it('is refused where the specification leaves it open and parsers differ in what they read', async () => {
    const open = rows.filter(
      (row) =>
        row.expect === 'either' &&
        !/underflow|neg_exp|big_(neg|pos)_int|big_negative_int/.test(row.name),
    )
    const taken: string[] = []
    for (const row of open) {
      if ((await verdict(wrapped(row))).read !== undefined) taken.push(row.name)
    }
    expect(taken).toEqual([])
  })

  it('meets the same verdict when it is large', async () => {
    const filler = Buffer.from(`{"filler":"${'x'.repeat(300_000)}",`)
    for (const row of rows) {
      const small = wrapped(row)
      const large = Buffer.concat([filler, small.subarray(1)])
      const [one, other] = [await verdict(small), await verdict(large)]
      expect([row.name, other.read === undefined]).toEqual([row.name, one.read === undefined])
    }
  })
})

describe('a body made to stall the process', () => {
  it.each(STALLING_BODIES)('holds nobody else up: %s', async (_name, text) => {
    const body = Buffer.from(text())
    const stalls: number[] = []
    for (let run = 0; run < 3; run++) stalls.push(await longestStallMs(() => verdict(body)))
    // Twice what the benchmark of the reader allows, since the tests share their processor.
    expect(Math.min(...stalls)).toBeLessThan(100)
  })
})
