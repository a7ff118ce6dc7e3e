import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
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

  it.each<[string, Buffer, boolean]>([
    ['is empty', Buffer.alloc(0), false],
    ['is empty gzip', gzipSync(''), false],
    ['holds blank lines alone', bytes('', ''), false],
    ['holds nothing that is not left out', bytes('{}x'), true],
    ['is cut off before its first call', gzipSync(bytes(aLine())).subarray(0, 15), true],
  ])('that %s is refused, so that nobody takes it for a quiet day', async (_, trace, lenient) => {
    const { exit, out, err, folder } = await runReplay({ trace, lenient })
    expect({ exit, out }).toEqual({ exit: 1, out: '' })
    expect(err).toContain('there is no call in the trace; name one that has a call a line')
    expect(existsSync(join(folder, 'summary.json'))).toBe(false)
  })

  it.each<[string, string | Buffer, RegExp]>([
    ['no JSON', '{"at":1,', /trace\.jsonl:2:9: not valid JSON; write one JSON object a line/],
    ['no object', '[1]', /:2:1: .*expected object/],
    ['a missing time', without('at'), /:2:1: at: a required key is missing; write it/],
    ['a missing address', without('ip'), /:2:1: ip: /],
    ['a missing path', without('path'), /:2:1: path: /],
    ['a time in text', aLine({ at: '1' }), /:2:2: at: /],
    [
      'a time in seconds',
      aLine({ at: START_MS / 1000 }),
      /:2:2: at: looks like seconds; write milliseconds since 1970\n/,
    ],
    ['a time below zero', aLine({ at: -1 }), /:2:2: at: not a time; write milliseconds/],
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
  ])('that is gzip and %s is refused', async (_, harm, words) => {
    const trace = harm(
      gzipSync(bytes(...Array.from({ length: 50 }, (_line, n) => aLine({ label: `${n}` })))),
    )
    const { exit, err, out } = await runReplay({ trace })
    expect({ exit, out }).toEqual({ exit: 1, out: '' })
    expect(err).toMatch(words)
  })

  it.each([
    [3, 3],
    [3_000, 3_000],
  ])(
    'of %i calls whose end is cut off counts up to there where lines may be left out',
    async (lines, calls) => {
      const whole = gzipSync(
        bytes(...Array.from({ length: lines }, (_, n) => aLine({ at: START_MS + n }))),
      )
      // The eight bytes at the end are a checksum and a length.
      const trace = whole.subarray(0, -8)
      const { exit, err, out, summary } = await runReplay({ trace, lenient: true })
      expect(exit).toBe(0)
      expect(summary()).toMatchObject({ calls, skipped: 0, cut: true })
      expect(out).toContain('\nThe trace is damaged or cut off: this is about what could be read')
      expect(err).toContain(`:${calls}:1: the gzip data is damaged or cut off here`)
      expect(err).toContain(`the ${calls} calls before the damage are summed up`)
      expect(err).not.toContain('left out')
    },
  )

  it('of which half is there counts its whole lines where lines may be left out', async () => {
    const whole = gzipSync(
      bytes(...Array.from({ length: 6_000 }, (_, n) => aLine({ at: START_MS + n }))),
    )
    const trace = whole.subarray(0, whole.length / 2)
    const runs = [
      await runReplay({ trace, lenient: true, out: 'records.ndjson' }),
      await runReplay({ trace, lenient: true }),
    ]
    const [first, second] = runs.map(({ summary }) => summary())
    expect(first).toMatchObject({ skipped: 0, cut: true })
    expect(first?.calls).toBeGreaterThan(1_500)
    expect(first?.calls).toBeLessThan(6_000)
    expect(second?.calls).toBe(first?.calls)
    expect(runs[0]?.read('records.ndjson').toString().trim().split('\n')).toHaveLength(
      first?.calls ?? -1,
    )
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
  it('that the file does not hold are counted and said, with the calls they made', async () => {
    const { out, summary } = await runReplay({
      trace: [
        aLine(),
        aLine({ account: 'acct_2' }),
        aLine({ account: 'acct_2' }),
        aLine({ account: 'acct_3' }),
        aLine({ account: undefined }),
      ],
    })
    expect(summary().accounts).toEqual({ named: 3, unknown: 2, unknown_calls: 3 })
    expect(out).toMatch(
      /\n2 of 3 accounts \(3 calls\) are not in \S+accounts\.jsonl; they were judged as unknown\.\n/,
    )
  })

  it('are doubted where the file holds none of them', async () => {
    const { exit, out } = await runReplay({ trace: [aLine()], accounts: [] })
    expect(exit).toBe(0)
    expect(out).toMatch(/1 of 1 account \(1 call\) is not in .*Is it the file of these calls\?/)
    const right = await runReplay({ trace: [aLine()] })
    expect(right.out).not.toContain('are not in')
    expect(right.summary().accounts).toEqual({ named: 1, unknown: 0, unknown_calls: 0 })
  })

  it('are refused with file and line where one stands twice', async () => {
    const { exit, err } = await runReplay({
      trace: [aLine()],
      accounts: [{ id: 'acct_1' }, { id: 'acct_1' }],
    })
    expect(exit).toBe(1)
    expect(err).toMatch(/accounts\.jsonl:2:1: the id "acct_1" stands on an earlier line; remove/)
  })
})
