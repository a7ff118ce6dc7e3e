import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { loadScenario, readScenario, variants } from '../../../src/simulate/scenario.ts'

const FOLDER = new URL('../../../config/scenarios/', import.meta.url).pathname
const shipped = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'))

const MINIMAL = 'version: 1\nname: small\nstart: "2026-04-22"\ndays: 3\n'

describe('scenarios', () => {
  it('as shipped are all sound, with each of their variants', () => {
    expect(shipped).toEqual(
      expect.arrayContaining([
        'naive.yaml',
        'deepseek.yaml',
        'moonshot.yaml',
        'minimax.yaml',
        'qwen.yaml',
      ]),
    )
    for (const name of shipped) {
      const loaded = loadScenario(FOLDER + name)
      if (!loaded.ok) expect(loaded.problems).toEqual([])
      else
        for (const variant of variants(loaded.scenario)) {
          expect(loadScenario(FOLDER + name, { variant }), `${name} ${variant}`).toMatchObject({
            ok: true,
          })
        }
    }
  })

  it('need no more than a name and days; everything else has a default', () => {
    const read = readScenario('small.yaml', MINIMAL)
    expect(read).toMatchObject({ ok: true, scenario: { seed: 1, wire: 'openai', campaigns: [] } })
  })

  it('change by a variant, key by key, and then by what the caller says', () => {
    const source = `${MINIMAL}campaigns: [{ name: c, accounts: 10, stacks: { count: 7 } }]
variants: { better: { stacks: { popular: true }, log_sd: 0.8 } }`
    const read = readScenario('small.yaml', source, {
      variant: 'better',
      campaign: { accounts: 50 },
      seed: 9,
    })
    if (!read.ok) throw new Error(JSON.stringify(read.problems))
    expect(read.scenario.seed).toBe(9)
    expect(read.scenario.campaigns[0]).toMatchObject({
      accounts: 50,
      log_sd: 0.8,
      calls_per_day: 26,
      stacks: { count: 7, popular: true, lag_days: 30 },
    })
  })

  it.each<[string, string, RegExp, number]>([
    ['an unknown key', `${MINIMAL}dayz: 3`, /unknown key "dayz".*remove/, 5],
    ['no days', 'version: 1\nname: x\nstart: "2026-04-22"', /days: a required key is missing/, 1],
    [
      'a date in words',
      'version: 1\nname: x\ndays: 3\nstart: spring',
      /not a date; write one such/,
      4,
    ],
    ['an impossible day', 'version: 1\nname: x\ndays: 3\nstart: "2026-04-99"', /no such day/, 4],
    ['a later version', MINIMAL.replace('1', '2'), /version/, 1],
    ['a bad name', MINIMAL.replace('small', 'Small!'), /not a name; write up to 40/, 2],
    [
      'half an account',
      `${MINIMAL}campaigns: [{ name: c, accounts: 1.5 }]`,
      /not a whole number/,
      5,
    ],
    [
      'a share over 1',
      `${MINIMAL}campaigns:\n  - { name: c, accounts: 1, active_share: 2 }`,
      /at most 1/,
      6,
    ],
    [
      'a way nobody knows',
      `${MINIMAL}campaigns:\n  - { name: c, accounts: 1, addresses: { mode: magic } }`,
      /one of "call", "session", "sticky"/,
      6,
    ],
    [
      'a look-alike nobody knows',
      `${MINIMAL}look_alikes: [{ kind: zoo, accounts: 1 }]`,
      /look_alikes/,
      5,
    ],
    [
      'a bad variant',
      `${MINIMAL}campaigns: [{ name: c, accounts: 1 }]\nvariants: { v: { log_sd: -1 } }`,
      /variants\.v\.log_sd/,
      6,
    ],
    [
      'a variant of nothing',
      `${MINIMAL}variants: { v: { log_sd: 1 } }`,
      /variants of no campaign/,
      5,
    ],
    ['no YAML', 'version: [', /not valid YAML/, 1],
  ])('say where %s stands and what to write instead', (_, source, words, line) => {
    const read = readScenario('bad.yaml', source)
    if (read.ok) throw new Error('taken for sound')
    const found = read.problems.find((problem) => words.test(`${problem.what}; ${problem.instead}`))
    expect(found, JSON.stringify(read.problems)).toBeDefined()
    expect(found?.line).toBe(line)
    expect(found?.instead).not.toBe('')
  })

  it('say which variants there are where one is misspelt', () => {
    const source = `${MINIMAL}campaigns: [{ name: c, accounts: 1 }]\nvariants: { one: {} }`
    expect(readScenario('small.yaml', source, { variant: 'two' })).toMatchObject({
      ok: false,
      problems: [{ what: expect.stringContaining('"two"'), instead: 'write one of one' }],
    })
  })
})
