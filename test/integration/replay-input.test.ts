import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { aLine, asks, runReplay, START_MS } from '../support/a-replay.ts'

const bytes = (...lines: readonly string[]): Buffer => Buffer.from(`${lines.join('\n')}\n`)
const without = (key: string): string => {
  const { [key]: _, ...rest } = JSON.parse(aLine()) as Record<string, unknown>
  return JSON.stringify(rest)
}

describe('a trace', () => {
  it.each([
    ['plain, whatever its name', 'trace.jsonl.gz', bytes(aLine(), aLine())],
    ['gzip, whatever its name', 'trace.jsonl', gzipSync(bytes(aLine(), aLine()))],
    ['without an end of its last line', 'trace.jsonl', Buffer.from(`${aLine()}\n${aLine()}`)],
    [
      'with blank lines and Windows line ends',
      'trace.jsonl',
      Buffer.from(`${aLine()}\r\n\r\n\n${aLine()}\r\n`),
    ],
    [
      'of two gzip parts',
      'trace.gz',
      Buffer.concat([gzipSync(bytes(aLine())), gzipSync(bytes(aLine()))]),
    ],
  ])('is read: %s', async (_, traceName, trace) => {
    const { exit, summary, err } = await runReplay({ trace, traceName })
    expect({ exit, err }).toEqual({ exit: 0, err: '' })
    expect(summary().labels['legit/chat']).toMatchObject({ calls: 2, forwarded: 2, tokens: 60 })
  })

  it('may be empty', async () => {
    const { exit, summary } = await runReplay({ trace: Buffer.alloc(0) })
    expect(exit).toBe(0)
    expect(summary()).toMatchObject({ calls: 0, labels: {}, from: null, to: null })
  })

  it.each<[string, string | Buffer, RegExp]>([
    ['no JSON', '{"at":1,', /trace\.jsonl:2:9: not valid JSON; write one JSON object a line/],
    ['no object', '[1]', /:2:1: .*expected object/],
    ['a missing time', without('at'), /:2:1: at: a required key is missing; write it/],
    ['a missing address', without('ip'), /:2:1: ip: /],
    ['a missing path', without('path'), /:2:1: path: /],
    ['a time in text', aLine({ at: '1' }), /:2:2: at: /],
    ['a time with a fraction', aLine({ at: 1.5 }), /at: not a time; write milliseconds since 1970/],
    ['an address that is none', aLine({ ip: 'localhost' }), /ip: not an IP address; write IPv4/],
    ['an address with a zone', aLine({ ip: 'fe80::1%eth0' }), /ip: not an IP address/],
    ['a path without a slash', aLine({ path: 'v1' }), /path: not a path; begin it with \//],
    ['an unknown key', aLine({ v: 2 }), /:2:\d+: unknown key "v"; remove it/],
    ['an unknown key of usage', aLine({ usage: { tokens: 1 } }), /unknown key "usage\.tokens"/],
    ['a usage below zero', aLine({ usage: { input_tokens: -1 } }), /usage\.input_tokens: /],
    ['an unknown challenge', aLine({ solves: { puzzle: true } }), /unknown key "solves\.puzzle"/],
    [
      'a challenge that is half solved',
      aLine({ solves: { human: 'x' } }),
      /solves\.human: expected boolean/,
    ],
    [
      'headers of another shape',
      aLine({ headers: [['a', 'b', 'c']] }),
      /headers: not as a trace has it/,
    ],
    ['a header that is no text', aLine({ headers: { a: 1 } }), /headers: not as a trace has it/],
    ['a key twice', `{"at":5,${aLine().slice(1)}`, /:2:\d+: this key stands twice in its object/],
    [
      'a body that is no JSON',
      aLine({ body: 'X' }).replace('"X"', '{"model":}'),
      /:2:1: the body is not valid JSON/,
    ],
    [
      'a body that does not end',
      aLine({ body: 'X' }).replace('"X"', '{"model":['),
      /:2:\d+: not valid JSON/,
    ],
    ['bytes that are no text', Buffer.from([0xff, 0x7b]), /:2:1: not valid UTF-8/],
    [
      'a line over the cap',
      aLine({ body: asks('m'.repeat(1_200_000)) }),
      /:2:1: the line is over \d+ bytes/,
    ],
    [
      'a time before that of an earlier line',
      aLine({ at: START_MS - 1 }),
      new RegExp(
        `:2:1: at: ${START_MS - 1} comes after ${START_MS}, which is later; sort the trace by at`,
      ),
    ],
  ])('is refused for %s, and left out where that is allowed', async (_, line, words) => {
    const middle = Buffer.isBuffer(line) ? line : Buffer.from(line)
    const trace = Buffer.concat([bytes(aLine()), middle, bytes('', aLine())])
    const strict = await runReplay({ trace, out: 'records.ndjson' })
    expect(strict.exit).toBe(1)
    expect(strict.err).toMatch(words)
    expect(strict.err).toContain('nothing is summed up: 1 calls were judged')
    expect(strict.out).toBe('')
    for (const name of ['summary.json', 'records.ndjson', 'records.ndjson.part']) {
      expect(existsSync(join(strict.folder, name)), name).toBe(false)
    }
    const lenient = await runReplay({ trace, lenient: true })
    expect(lenient.exit).toBe(0)
    expect(lenient.err).toMatch(words)
    expect(lenient.err).toContain('1 of 3 lines were left out')
    expect(lenient.summary()).toMatchObject({ calls: 2, skipped: 1 })
  })

  it('says no more than 20 problems, and stops there', async () => {
    const trace = Array.from({ length: 100 }, () => '{}x')
    const { exit, err } = await runReplay({ trace })
    expect(exit).toBe(1)
    expect(err.match(/not valid JSON/g)).toHaveLength(20)
    expect(err).toContain('20 lines were looked at')
  })

  it('never quotes what stands in it', async () => {
    const { err } = await runReplay({
      trace: [aLine({ body: asks('word-of-a-prompt') }).slice(0, -1)],
    })
    expect(err).toContain('not valid JSON')
    expect(err).not.toContain('word-of-a-prompt')
  })

  it('keeps a key that stands twice in the body, for the guard to refuse', async () => {
    const twice = aLine().replace('"model":"m-1"', '"model":"m-1","model":"secret"')
    const { summary } = await runReplay({ trace: [twice] })
    expect(summary()).toMatchObject({ calls: 1, faults: { invalid_body: 1 } })
    expect(summary().labels['legit/chat']).toMatchObject({ denied: 1 })
  })

  it.each([
    [
      'cut off',
      (whole: Buffer) => whole.subarray(0, whole.length - 20),
      /gzip data is damaged or cut off/,
    ],
    [
      'damaged',
      (whole: Buffer) => Buffer.from(whole).fill(7, 40, 80),
      /gzip data is damaged or cut off/,
    ],
  ])('that is gzip and %s is refused, also where lines may be left out', async (_, harm, words) => {
    const trace = harm(
      gzipSync(bytes(...Array.from({ length: 50 }, (_line, n) => aLine({ label: `${n}` })))),
    )
    for (const lenient of [false, true]) {
      const { exit, err, out } = await runReplay({ trace, lenient })
      expect({ exit, out }).toEqual({ exit: 1, out: '' })
      expect(err).toMatch(words)
    }
  })

  it('that is not there is refused by name', async () => {
    const { exit, err } = await runReplay({ trace: [], tracePath: '/nowhere/trace.jsonl' })
    expect(exit).toBe(1)
    expect(err).toContain('/nowhere/trace.jsonl:1:1: the trace cannot be read (ENOENT)')
  })

  it('is printed with its problems as JSON where that is asked for', async () => {
    const { exit, out } = await runReplay({ trace: ['{}x'], json: true })
    expect(exit).toBe(1)
    expect(JSON.parse(out)).toMatchObject({ ok: false, problems: [{ line: 1, col: 3 }] })
  })
})

describe('the accounts of a replay', () => {
  it('are refused with file and line where one stands twice', async () => {
    const { exit, err } = await runReplay({
      trace: [aLine()],
      accounts: [{ id: 'acct_1' }, { id: 'acct_1' }],
    })
    expect(exit).toBe(1)
    expect(err).toMatch(/accounts\.jsonl:2:1: the id "acct_1" stands on an earlier line; remove/)
  })
})

describe('the records of a replay', () => {
  it('are one a call, with its label, gzip by the name', async () => {
    const trace = Array.from({ length: 3_000 }, (_, n) =>
      aLine({ at: START_MS + n, label: `n ${n}` }),
    )
    const { read, exit } = await runReplay({ trace, out: 'records.ndjson.gz' })
    expect(exit).toBe(0)
    const records = gunzipSync(read('records.ndjson.gz')).toString().trim().split('\n')
    expect(records).toHaveLength(3_000)
    expect(JSON.parse(records[2_999] ?? '')).toMatchObject({
      v: 1,
      label: 'n 2999',
      'stillwatch.ruling': 'throttle',
    })
  })

  it('that cannot be written end the replay with a word on why', async () => {
    const { exit, err } = await runReplay({ trace: [aLine()], out: 'missing/records.ndjson' })
    expect(exit).toBe(3)
    expect(err).toContain('ENOENT')
  })
})
