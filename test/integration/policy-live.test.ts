import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formatProblem } from '../../src/core/problem.ts'
import { decide } from '../../src/policy/decide.ts'
import {
  createLivePolicy,
  PolicyProblems,
  type LivePolicy,
  type LivePolicyOptions,
  type Reload,
} from '../../src/policy/live.ts'
import { someFacts } from '../support/some-facts.ts'
import { until } from '../support/wait.ts'

const rule = (id: string): string => `version: 1\nrules: [{ id: ${id}, then: deny }]\n`
const BAD = 'version: 1\nrules: [{ id: x, then: deny, when: acount.known }]\n'

describe('a live policy', () => {
  let base = ''
  let live: LivePolicy | undefined
  let reloads: Reload[] = []

  const path = (name: string): string => join(base, 'policies', name)
  const write = (name: string, text: string): void => writeFileSync(path(name), text)
  const start = async (options: Partial<LivePolicyOptions> = {}): Promise<LivePolicy> => {
    live = await createLivePolicy({
      patterns: ['policies/*.yaml'],
      base,
      settleMs: 20,
      onReload: (reload) => {
        reloads.push(reload)
      },
      ...options,
    })
    return live
  }
  const rules = (): string => (live?.current().rules ?? []).map(({ id }) => id).join(' ')
  const untilRules = (wanted: string): Promise<unknown> =>
    until(`the rules ${wanted}`, () => rules() === wanted)

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'stillwatch-policy-'))
    mkdirSync(join(base, 'policies'))
    reloads = []
  })

  afterEach(async () => {
    await live?.close()
    live = undefined
    rmSync(base, { recursive: true, force: true })
  })

  it('takes all files of its patterns in the order of their names, and never cases', async () => {
    write('20.yaml', 'version: 1\nrules: [{ id: b, then: deny, when: account.known }]\n')
    write('10.yaml', 'version: 1\nrules: [{ id: a, then: tag }]\n')
    write('10.cases.yaml', '- { name: not a policy, expect: { verdict: allow } }\n')
    write('.hidden.yaml', BAD)
    write('notes.txt', 'not a policy')
    await start()
    expect(rules()).toBe('a b')
    expect(live?.problems()).toEqual([])
  })

  it('names places as the operator named the files', async () => {
    write('10.yaml', BAD)
    const failure = await start().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(PolicyProblems)
    const problems = failure instanceof PolicyProblems ? failure.problems.map(formatProblem) : []
    expect(problems).toEqual([
      'policies/10.yaml:2:36: rules.0.when: unknown fact "acount.known"; write account.known',
    ])
  })

  it.each([
    ['no file matches', [], 'policies/*.yaml:1:1: no policy file matches'],
    [
      'a file is missing',
      ['policies/gone.yaml'],
      'policies/gone.yaml:1:1: the file cannot be read (ENOENT)',
    ],
    [
      'a folder is missing',
      ['nowhere/*.yaml'],
      'nowhere/*.yaml:1:1: the folder cannot be read (ENOENT)',
    ],
    ['a folder has a wildcard', ['*/a.yaml'], '*/a.yaml:1:1: a folder with a wildcard'],
  ])('rejects at the start where %s', async (_, patterns, wanted) => {
    const failure = await start(patterns.length === 0 ? {} : { patterns }).catch(
      (error: unknown) => error,
    )
    expect(failure instanceof PolicyProblems ? failure.message : '').toContain(wanted)
  })

  it('takes a file that was written over', async () => {
    write('a.yaml', rule('one'))
    await start()
    const before = live?.current()
    write('a.yaml', rule('two'))
    await untilRules('two')
    expect(before?.rules[0]?.id).toBe('one')
    expect(reloads.at(-1)).toMatchObject({ ok: true, changed: true, problems: [] })
    expect(reloads.at(-1)?.revision).toBe(live?.current().revision)
  })

  it('takes a file replaced by renaming, again and again', async () => {
    write('a.yaml', rule('r0'))
    await start()
    for (const round of [1, 2, 3]) {
      writeFileSync(join(base, 'new'), rule(`r${round}`))
      renameSync(join(base, 'new'), path('a.yaml'))
      await untilRules(`r${round}`)
    }
  })

  it('takes files that come and go', async () => {
    write('a.yaml', 'version: 1\nrules: [{ id: a, then: tag }]\n')
    await start()
    write('b.yaml', 'version: 1\nrules: [{ id: b, then: tag }]\n')
    await untilRules('a b')
    unlinkSync(path('a.yaml'))
    await untilRules('b')
  })

  it('takes a folder swapped by a symbolic link, as a mounted ConfigMap is, again and again', async () => {
    const folder = join(base, 'policies')
    const version = (n: number): void => {
      mkdirSync(join(folder, `..v${n}`))
      writeFileSync(join(folder, `..v${n}`, 'a.yaml'), rule(`v${n}`))
      symlinkSync(`..v${n}`, join(folder, '..new'))
      renameSync(join(folder, '..new'), join(folder, '..data'))
    }
    version(0)
    symlinkSync(join('..data', 'a.yaml'), join(folder, 'a.yaml'))
    await start()
    for (const n of [1, 2, 3]) {
      version(n)
      await untilRules(`v${n}`)
      rmSync(join(folder, `..v${n - 1}`), { recursive: true })
    }
  })

  it('keeps the last good policy while the files are bad, and recovers', async () => {
    write('a.yaml', rule('good'))
    await start()
    const { revision } = live?.current() ?? {}
    write('a.yaml', BAD)
    await until('the bad file was seen', () => reloads.length > 0)
    expect(reloads.at(-1)).toMatchObject({ ok: false, changed: false, revision })
    expect(live?.problems()[0]?.what).toContain('acount.known')
    expect(rules()).toBe('good')
    expect(live && decide(live.current(), someFacts()).verdict).toBe('deny')
    write('a.yaml', rule('better'))
    await untilRules('better')
    expect(live?.problems()).toEqual([])
  })

  it('keeps the last good policy when all files are gone, and when the folder is', async () => {
    write('a.yaml', rule('good'))
    await start({ recheckMs: 50 })
    unlinkSync(path('a.yaml'))
    await until('nothing matches', () => live?.problems()[0]?.what === 'no policy file matches')
    rmSync(join(base, 'policies'), { recursive: true })
    await until('the folder is gone', () => live?.problems()[0]?.what.includes('ENOENT') ?? false)
    expect(rules()).toBe('good')
    mkdirSync(join(base, 'policies'))
    write('a.yaml', rule('back'))
    await untilRules('back')
  })

  it('keeps the last good policy when one file of the set is bad: nothing is loaded by halves', async () => {
    write('a.yaml', 'version: 1\nrules: [{ id: a, then: tag }]\n')
    write('b.yaml', 'version: 1\nrules: [{ id: b, then: tag }]\n')
    await start()
    write('b.yaml', BAD)
    write('a.yaml', 'version: 1\nrules: [{ id: changed, then: tag }]\n')
    await until('the bad set was seen', () => reloads.some(({ ok }) => !ok))
    expect(rules()).toBe('a b')
  })

  it('survives what is no ordinary file: an endless device, a folder, four megabytes, broken links, random bytes', async () => {
    write('a.yaml', rule('good'))
    await start()
    symlinkSync('/dev/zero', path('endless.yaml'))
    mkdirSync(path('folder.yaml'))
    write('large.yaml', `# ${'x'.repeat(5 * 1024 * 1024)}\n`)
    symlinkSync('/nowhere/at/all.yaml', path('link.yaml'))
    writeFileSync(
      path('bytes.yaml'),
      Buffer.from(Array.from({ length: 4096 }, (_, n) => (n * 7919) % 256)),
    )
    const reload = await live?.reload()
    expect(reload?.ok).toBe(false)
    expect(reload?.problems.map(({ file, what }) => `${file}: ${what}`)).toEqual([
      'policies/endless.yaml: not an ordinary file',
      'policies/folder.yaml: not an ordinary file',
      'policies/large.yaml: the file is over 4 MiB',
      'policies/link.yaml: the file cannot be read (ENOENT)',
    ])
    expect(rules()).toBe('good')
  })

  it('reads again on request and says whether anything changed', async () => {
    write('a.yaml', rule('one'))
    await start({ settleMs: 60_000 })
    expect(await live?.reload()).toMatchObject({ ok: true, changed: false })
    write('a.yaml', rule('two'))
    expect(await live?.reload()).toMatchObject({ ok: true, changed: true })
    expect(rules()).toBe('two')
    expect(reloads).toHaveLength(2)
  })

  it('lets many requests at once end at what stands on the disk', async () => {
    write('a.yaml', rule('r0'))
    await start()
    const running: Promise<unknown>[] = []
    for (let n = 1; n <= 20; n++) {
      write('a.yaml', rule(`r${n}`))
      running.push(live?.reload() ?? Promise.resolve())
    }
    await Promise.all(running)
    expect(rules()).toBe('r20')
  })

  it('sees a change it was not told of at its next regular look', async () => {
    write('a.yaml', rule('one'))
    // The settling time never passes, so only the regular look can find the change.
    await start({ settleMs: 3_600_000, recheckMs: 30 })
    write('a.yaml', rule('two'))
    await untilRules('two')
  })

  it('says nothing where files were touched and not changed', async () => {
    write('a.yaml', rule('one'))
    await start()
    write('a.yaml', rule('one'))
    chmodSync(path('a.yaml'), 0o600)
    write('b.yaml', 'version: 1\n')
    await until('the real change', () => reloads.length > 0)
    expect(reloads).toHaveLength(1)
  })

  it('keeps switches over reloads and gives them up when they are taken away', async () => {
    write('a.yaml', rule('a'))
    await start({ switches: new Map([['a', { mode: 'off' }]]) })
    const mode = (): string | undefined => live?.current().rules.find(({ id }) => id === 'a')?.mode
    expect(mode()).toBe('off')
    write('a.yaml', `${rule('a')}# changed\n`)
    await until('the reload', () => reloads.length > 0)
    expect(mode()).toBe('off')
    live?.setSwitches(new Map())
    expect(mode()).toBe('enforce')
  })

  it('does nothing any more once it is closed', async () => {
    write('a.yaml', rule('one'))
    await start({ recheckMs: 10 })
    const closed = live?.close()
    write('a.yaml', rule('two'))
    await closed
    const other = await createLivePolicy({ patterns: ['policies/*.yaml'], base, recheckMs: 10 })
    write('b.yaml', 'version: 1\nweights: [{ id: w, when: true, weight: 1 }]\n')
    await until('the other one saw it', () => other.current().weights.length === 1)
    await other.close()
    expect(rules()).toBe('one')
    expect(reloads).toEqual([])
  })
})
