import { describe, expect, it } from 'vitest'
import { isSameSwitchSet, parseSwitchSet, switchSetText } from '../../../src/core/switches.ts'
import { NAUGHTY } from '../../fixtures/naughty.ts'
import { aSwitch } from '../../support/some-switches.ts'

const entries = [
  aSwitch({ id: 'b', mode: undefined, rollout: 2.5, version: 2 }),
  aSwitch({ id: 'a', untilMs: 5_000, why: 'it "hits"\ncustomers: \u202e' }),
]
const set = { version: 2, entries }

describe('the text of a set of switches', () => {
  it('says all of it, in one order whoever wrote it', () => {
    const text = switchSetText(set)
    const parsed = parseSwitchSet(text)
    expect(parsed?.version).toBe(2)
    expect(parsed?.entries).toEqual(entries.toReversed())
    expect(switchSetText({ version: 2, entries: entries.toReversed() })).toBe(text)
    expect(isSameSwitchSet(set, parsed ?? { version: 0, entries: [] })).toBe(true)
    expect(isSameSwitchSet(set, { ...set, entries: [] })).toBe(false)
  })

  it.each<[string, unknown]>([
    ['no object', 7],
    ['no version', { entries: [] }],
    ['a version below 0', { version: -1, entries: [] }],
    ['a version that is not counted exactly', { version: 1e15, entries: [] }],
    ['another field', { version: 1, entries: [], more: 1 }],
    ['an entry of the future', { version: 1, entries }],
    ['an id twice', { version: 2, entries: [entries[0], entries[0]] }],
    ['an id of another form', { version: 2, entries: [aSwitch({ id: '../x' })] }],
    ['a switch of nothing', { version: 2, entries: [aSwitch({ mode: undefined })] }],
    ['another mode', { version: 2, entries: [{ ...aSwitch(), mode: 'on' }] }],
    ['a rollout over 100', { version: 2, entries: [aSwitch({ rollout: 101 })] }],
    ['an end of one that stays', { version: 2, entries: [{ ...aSwitch(), untilMs: 9 }] }],
    ['no end of one that waits', { version: 2, entries: [{ ...aSwitch(), confirmed: false }] }],
    [
      'more than can be set',
      { version: 2, entries: Array.from({ length: 1_001 }, (_, at) => aSwitch({ id: `r-${at}` })) },
    ],
  ])('with %s is none', (_, value) => {
    expect(parseSwitchSet(JSON.stringify(value))).toBeUndefined()
  })

  it('is nothing of what nobody wrote', () => {
    for (const text of [...NAUGHTY, '', '{', switchSetText(set).slice(0, -1), 'x'.repeat(5e6)])
      expect(parseSwitchSet(text)).toBeUndefined()
  })
})
