import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { formatProblem } from '../../src/core/problem.ts'
import { loadSettings } from '../../src/settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'stillwatch-settings-'))
const MINIMAL =
  'version: 1\nupstreams:\n  - { id: main, url: "http://127.0.0.1:1", dialect: openai }\n'

const load = (source: string, environment: Record<string, string> = {}) => {
  const file = join(folder, 'guard.yaml')
  writeFileSync(file, source)
  const result = loadSettings(file, environment)
  return result.ok
    ? { settings: result.settings, problems: [] }
    : {
        settings: undefined,
        problems: result.problems.map((problem) => formatProblem(problem).replace(`${file}:`, '')),
      }
}

describe('settings', () => {
  it('fill in safe defaults', () => {
    const { settings } = load(MINIMAL)
    expect(settings).toMatchObject({
      admin: { listen: '127.0.0.1:9090' },
      trusted_proxies: [],
      routes: { unknown: 'refuse' },
      decisions: { addresses: 'network' },
      bodies: { max: 32_000_000 },
      upstreams: [
        { credential: 'pass', timeouts: { connect: 5_000, first_byte: 600_000, idle: 300_000 } },
      ],
    })
  })

  it('resolve paths against the file, not the working folder', () => {
    expect(load(MINIMAL).settings?.path('accounts.jsonl')).toBe(join(folder, 'accounts.jsonl'))
  })

  it('take secrets from the environment and from files', () => {
    writeFileSync(join(folder, 'token'), 'from-the-file-0123456789\n')
    const source = `${MINIMAL}admin:\n  tokens:\n    - { name: a, role: operator, token: "\${env:TOKEN}" }\n    - { name: b, role: viewer, token: "\${file:token}" }\n`
    const { settings } = load(source, { TOKEN: 'from-the-environment' })
    expect(settings?.admin.tokens.map(({ token }) => token)).toEqual([
      'from-the-environment',
      'from-the-file-0123456789',
    ])
  })

  it('let the environment override any key, lists and numbers included', () => {
    const { settings } = load(MINIMAL, {
      STILLWATCH__LISTEN: '127.0.0.1:0',
      STILLWATCH__TRUSTED_PROXIES: '[10.0.0.0/8]',
      STILLWATCH__UPSTREAMS__0__CONNECTIONS: '7',
    })
    expect(settings).toMatchObject({
      listen: '127.0.0.1:0',
      trusted_proxies: ['10.0.0.0/8'],
      upstreams: [{ connections: 7 }],
    })
  })

  it('never let the environment reach into a prototype', () => {
    const { problems } = load(MINIMAL, { STILLWATCH____PROTO____POLLUTED: '1' })
    expect(problems).not.toEqual([])
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('report every problem at once, each with its place and what to write instead', () => {
    const { problems } = load(
      [
        'version: 1',
        'listn: 0.0.0.0:80',
        'upstreams:',
        '  - { id: main, url: "ftp://x", dialect: opnai }',
        '  - { id: main, url: "${env:MISSING}", dialect: gemini }',
        'bodies: { max: 32 MB }',
        'drain: 0s',
      ].join('\n'),
    )
    expect(problems).toEqual([
      '2:1: unknown key "listn"; remove it or correct its spelling',
      '4:22: upstreams.0.url: not a URL; write http://… or https://…',
      '4:42: upstreams.0.dialect: not one of the allowed values; write one of "openai", "anthropic", "gemini"',
      '5:22: the environment variable MISSING is not set; set MISSING',
      '6:16: bodies.max: not a size; write a whole number and B, KB, MB or GB, such as 32MB',
      '7:8: drain: not a duration; write a whole number and s, m, h or d, such as 30s',
    ])
  })

  it.each([
    [
      'an id used twice',
      `${MINIMAL}  - { id: main, url: "http://127.0.0.1:2", dialect: gemini }\n`,
      '4:11: upstream id "main" is used twice; rename one',
    ],
    [
      'two account sources',
      `${MINIMAL}accounts: { file: a.jsonl, http: { url: "http://127.0.0.1:1" } }\n`,
      '4:11: several account sources (file, http); keep one of file, http, jwt, headers',
    ],
    [
      'headers that nobody may set',
      `${MINIMAL}accounts: { headers: { account.id: x-stillwatch-account } }\n`,
      '4:22: no proxy is trusted to set these headers; name it in trusted_proxies',
    ],
    [
      'a URL with a credential in it',
      MINIMAL.replace('http://127', 'http://user:secret@127'),
      '3:22: upstreams.0.url: a URL with credentials, query or fragment; write scheme, host, port and path only',
    ],
    [
      'a short token',
      `${MINIMAL}admin: { tokens: [{ name: a, role: viewer, token: short }] }\n`,
      '4:51: admin.tokens.0.token: too short to be safe; write at least 16 characters',
    ],
    [
      'a shared store without a secret',
      `${MINIMAL}store: { redis: "redis://x" }\n`,
      '4:8: replicas that share a store must hash alike, and there is no secret; set secret: "${env:STILLWATCH_SECRET}", the same 32 characters or more on all of them',
    ],
    [
      'a doubled key',
      `${MINIMAL}version: 1\n`,
      '4:1: not valid YAML: Map keys must be unique; correct the YAML',
    ],
    ['broken YAML', 'version: [1\n', ''],
    ['an empty file', '', ''],
    ['a list', '- 1\n', ''],
  ])('refuse %s', (_, source, wanted) => {
    const { problems } = load(source)
    expect(problems.length).toBeGreaterThan(0)
    if (wanted !== '') expect(problems).toContain(wanted)
  })

  it('say so when there is no file', () => {
    const result = loadSettings(join(folder, 'nowhere.yaml'), {})
    expect(result).toMatchObject({ ok: false, problems: [{ what: 'cannot be read (ENOENT)' }] })
  })

  it('keep the reason of a secret file that cannot be read, not its content', () => {
    const { problems } = load(`${MINIMAL}data_dir: "\${file:absent}"\n`)
    expect(problems).toEqual([
      '4:11: the file absent cannot be read (ENOENT); correct the path or its permissions',
    ])
  })

  it('find campaigns with care where nothing else is said', () => {
    expect(load(MINIMAL).settings?.campaigns).toEqual({
      ceiling: 2,
      reference: 'payment.settled_count >= 2.0 && account.active_days >= 30.0',
      min_reference: 500,
      pass: 900_000,
    })
  })

  it('say where the condition of the proven is wrong, and what no level is', () => {
    const campaigns = "campaigns:\n  reference: 'payment.verified && acount.known'\n"
    expect(load(`${MINIMAL}${campaigns}`).problems).toEqual([
      expect.stringMatching(/^5:35: campaigns\.reference: .*acount/),
    ])
    expect(load(`${MINIMAL}campaigns: { ceiling: 5, pass: 1w, detect: there }\n`).problems).toEqual(
      [
        '4:23: campaigns.ceiling: not a level; write 0 (observe), 1 (reshape), 2 (shared budget), 3 (step-up) or 4 (deny)',
        expect.stringMatching(/^4:32: campaigns\.pass: /),
        expect.stringMatching(/^4:44: campaigns\.detect: /),
      ],
    )
  })
})
