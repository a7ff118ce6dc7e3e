import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = new URL('../../', import.meta.url).pathname
const ENTRY = join(ROOT, 'src/stillwatch.js')

const run = (args: readonly string[], input = '', environment: NodeJS.ProcessEnv = {}) => {
  const done = spawnSync(process.execPath, [ENTRY, ...args], {
    encoding: 'utf8',
    input,
    timeout: 20_000,
    env: { PATH: process.env['PATH'], UPSTREAM_URL: 'http://127.0.0.1:9', ...environment },
  })
  return { status: done.status, out: done.stdout, err: done.stderr }
}

const configured = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'stillwatch-cli-'))
  cpSync(join(ROOT, 'config'), folder, { recursive: true })
  return folder
}

describe('the command line', () => {
  it('helps, and exits 2 on wrong usage with a word on what to do', () => {
    expect(run(['--help'])).toMatchObject({ status: 0, out: expect.stringContaining('explain') })
    expect(run(['--version'])).toMatchObject({ status: 0 })
    for (const args of [['serv'], ['check', '--nope'], ['explain'], []]) {
      const { status, err } = run(args)
      expect({ args, status }).toEqual({ args, status: 2 })
      expect(err).toMatch(/--help|Usage/)
    }
  })

  it('refuses an older Node.js in one plain sentence', () => {
    const old = `Object.defineProperty(process.versions, 'node', { value: '20.20.2' }); process.argv = ['node', 'stillwatch', 'serve']; await import(${JSON.stringify(ENTRY)})`
    const done = spawnSync(process.execPath, ['--input-type=module', '-e', old], {
      encoding: 'utf8',
    })
    expect(done).toMatchObject({ status: 3, stdout: '' })
    expect(done.stderr).toMatch(
      /^Stillwatch needs Node\.js 24\.18\.1 or newer; this is 20\.20\.2\..*\n$/,
    )
  })

  it('starts nothing on bad settings and says all that is wrong', () => {
    const folder = configured()
    writeFileSync(join(folder, 'guard.yaml'), 'version: 1\nlisten: nowhere\nupstreams: []\n')
    const { status, err } = run(['serve', '--config', join(folder, 'guard.yaml')])
    expect(status).toBe(1)
    expect(err).toContain('guard.yaml:2:9: listen: not an address')
    expect(err).toContain('guard.yaml:3:12: upstreams: too small or too short')
  })

  it.each([
    ['the port of the guard', 'STILLWATCH__LISTEN'],
    ['the port of the admin listener', 'STILLWATCH__ADMIN__LISTEN'],
  ])('ends, with everything closed again, where %s is taken', async (_, variable) => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as AddressInfo
    const folder = configured()
    const environment = {
      STILLWATCH__LISTEN: '127.0.0.1:0',
      STILLWATCH__ADMIN__LISTEN: '127.0.0.1:0',
      STILLWATCH__DATA_DIR: 'data',
      [variable]: `127.0.0.1:${port}`,
    }
    const { status, err } = run(['serve', '--config', join(folder, 'guard.yaml')], '', environment)
    taken.close()
    expect(status).toBe(3)
    expect(err).toContain('EADDRINUSE')
    expect(err).toContain('set listen or admin.listen to a free address')
  })

  it('starts nothing where the data folder cannot be used, and says what to do', () => {
    const folder = configured()
    writeFileSync(join(folder, 'file'), '')
    const settings = readFileSync(join(folder, 'guard.yaml'), 'utf8').replace('../data', 'file')
    writeFileSync(join(folder, 'guard.yaml'), settings)
    const { status, err } = run(['serve', '--config', join(folder, 'guard.yaml')])
    expect(status).toBe(3)
    expect(err).toMatch(
      /^stillwatch: the data folder .*file cannot be used \(E\w+\); set data_dir to a writable one\n$/,
    )
  })
})

describe('check', () => {
  it('passes what is shipped, with all its cases', () => {
    const { status, out } = run(['check', '--config', join(ROOT, 'config/guard.yaml'), '--json'])
    const result = JSON.parse(out) as { ok: boolean; cases: { passed: number; failed: number } }
    expect(status).toBe(0)
    expect(result).toMatchObject({ ok: true, problems: [], cases: { failed: 0 } })
    expect(result.cases.passed).toBeGreaterThan(30)
  })

  it('names file, line, column and what to write instead, for settings and policies together', () => {
    const folder = configured()
    const file = join(folder, 'policies/20-access.yaml')
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace('account.status in', 'account.statsu in'),
    )
    writeFileSync(
      join(folder, 'guard.yaml'),
      `${readFileSync(join(folder, 'guard.yaml'), 'utf8')}drian: 5s\n`,
    )
    const { status, err } = run(['check', '--config', join(folder, 'guard.yaml')])
    expect(status).toBe(1)
    expect(err).toMatch(/guard\.yaml:\d+:1: unknown key "drian"; remove it or correct its spelling/)
    expect(err).toMatch(/20-access\.yaml:11:\d+: .*account\.statsu.*account\.status/)
  })

  it('shows a failed case with what was expected and what came', () => {
    const folder = configured()
    writeFileSync(
      join(folder, 'policies/mine.cases.yaml'),
      '- name: wishful\n  facts: { ip.country: KP }\n  expect: { verdict: allow }\n',
    )
    const { status, err, out } = run(['check', '--config', join(folder, 'guard.yaml')])
    expect(status).toBe(1)
    expect(err).toMatch(
      /mine\.cases\.yaml:1: case "wishful" failed: expected verdict allow, got verdict deny/,
    )
    expect(out).toContain('1 failed')
  })
})

describe('explain', () => {
  const call = {
    at: 1_776_816_000_000,
    ip: '175.45.176.10',
    path: '/v1/chat/completions',
    headers: { 'user-agent': 'OpenAI/JS 7.55.0' },
    body: { model: 'chat-large', messages: [] },
    facts: { 'account.id': 'acct_1', 'payment.verified': true },
  }
  const config = ['--config', join(ROOT, 'config/guard.yaml')]

  it('says the verdict, the rule and every value that led there', () => {
    const { status, out } = run(['explain', ...config, '--call', '-'], JSON.stringify(call))
    expect(status).toBe(0)
    expect(out).toMatch(/deny/i)
    expect(out).toContain('sanctioned-network')
    expect(out).toContain('ip.country')
    expect(out).toContain('KP')
  })

  it('says the same as JSON', () => {
    const { status, out } = run(
      ['explain', ...config, '--json', '--call', '-'],
      JSON.stringify(call),
    )
    expect(status).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      verdict: 'deny',
      rule: 'sanctioned-network',
      tier: 'paying',
    })
  })

  it.each([
    ['what is no JSON', '{', 'not readable as JSON'],
    ['an unknown key', JSON.stringify({ ...call, bodi: 1 }), 'bodi'],
    [
      'an unknown fact',
      JSON.stringify({ ...call, facts: { 'account.agedays': 1 } }),
      'account.age_days',
    ],
    [
      'a call the guard would not even read',
      JSON.stringify({ ...call, path: '/v1/../x' }),
      'before any policy',
    ],
  ])('refuses %s and says why', (_, input, wanted) => {
    const { status, err } = run(['explain', ...config, '--call', '-'], input)
    expect(status).toBe(1)
    expect(err).toContain(wanted)
  })
})
