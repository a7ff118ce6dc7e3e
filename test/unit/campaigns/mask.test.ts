import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createWordScanner, HEAD_CHARS } from '../../../src/campaigns/traits/mask.ts'

const scanner = createWordScanner(0x5eed)

const masked = (text: string): readonly number[] => {
  const { hashes, count } = scanner.masked(text)
  return Array.from(hashes.subarray(0, count))
}
const plain = (text: string): readonly number[] => {
  const { hashes, count } = scanner.plain(text)
  return Array.from(hashes.subarray(0, count))
}

/** Any code units, lone surrogates too; punctuation more often than by chance. */
const anyText = fc
  .array(fc.oneof(fc.nat(0xffff), fc.nat(0x7f)), { maxLength: 200 })
  .map((codes) => String.fromCharCode(...codes))

describe('masking run-time values', () => {
  it.each([
    ['a number', 'You have 17 turns left', 'You have 1,204.5 turns left'],
    ['a path', 'Work in /home/anna/app now', 'Work in C:\\Users\\bob\\src now'],
    ['a URL', 'See https://a.example/x?y=1 first', 'See http://b.example first'],
    ['an e-mail address', 'The user is anna@a.example here', 'The user is b.c@d.example here'],
    ['a date in figures', 'Today is 2026-11-21 indeed', 'Today is 1/2/2027 indeed'],
    ['a date in words', 'Today is Friday, November 21, 2026.', 'Today is Monday, 3 August 2026.'],
    ['an id', 'Session 8f14e45f-ceea-467a-9575-6d1b3c2a0f11 began', 'Session 0x1f3a began'],
    ['a long id of letters', `Key ${'abcdefgh'.repeat(6)} was used`, `Key 77 was used`],
    ['a quotation', 'The project "blue harbour" is open', 'The project “x” is open'],
    ['code in ticks', 'Call `read_file` at once', 'Call `write the file` at once'],
    ['a Chinese quotation', '项目「蓝色海港」已打开', '项目「山」已打开'],
    ['a number among Chinese signs', '你还有17次机会', '你还有2次机会'],
    ['a number of values in a row', 'Files: /a/b /c/d /e/f end', 'Files: /x end'],
    ['letter case', 'You ARE an Agent', 'you are an agent'],
    ['white space and punctuation', 'You are:\n\n  an agent!', 'you are an agent'],
  ])('does not tell %s', (_what, one, other) => {
    expect(masked(one)).toEqual(masked(other))
    expect(masked(one).length).toBeGreaterThan(1)
  })

  it('leaves the words around it', () => {
    expect(masked('You have 17 turns left')).not.toEqual(masked('You have 17 tries left'))
    expect(masked('Work in /a now')).not.toEqual(masked('Work at /a now'))
    expect(masked('say "a" twice')).not.toEqual(masked('say "a" once'))
  })

  it('takes a sign that is never closed, or on another line only, for punctuation', () => {
    expect(masked('say "never closed words')).toEqual(masked('say never closed words'))
    expect(masked('say "one\nline" more')).toEqual(masked('say one line more'))
    expect(masked(`"${'word '.repeat(60)}"`)).toHaveLength(60)
  })

  it('counts a Chinese sign as half a word', () => {
    expect(scanner.plain('你好世界').halves).toBe(4)
    expect(scanner.plain('hello 世界').halves).toBe(4)
  })

  it('leaves values standing where it is not asked to mask', () => {
    expect(plain('chapter 1')).not.toEqual(plain('chapter 2'))
    expect(plain('chapter one, part two')).toHaveLength(4)
  })

  it('sees the end of a text that is longer than it reads', () => {
    const long = 'again and again\n'.repeat(HEAD_CHARS / 8)
    expect(masked(`${long}\nthe end`)).not.toEqual(masked(`${long}\nthe last`))
    expect(masked(`${long}\nat 17:30 the end`)).toEqual(masked(`${long}\nat 9:05 the end`))
  })

  it('gives other hashes under another seed', () => {
    const other = createWordScanner(0x5eee).plain('hello')
    expect(other.hashes[0]).not.toBe(plain('hello')[0])
  })

  it('takes any text, and the same one always the same way', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const once = masked(text)
        expect(masked(text).join()).toBe(once.join())
        expect(once.length).toBeLessThanOrEqual(text.length * 2)
        expect(scanner.plain(text).halves).toBeGreaterThanOrEqual(0)
      }),
      { seed: 11, numRuns: 200 },
    )
  })

  it('masks whatever stands in a slot, for any words around it', () => {
    const word = fc.stringMatching(/^[a-z]{1,8}$/)
    const value = fc.oneof(
      fc.integer().map(String),
      fc.uuid(),
      fc.tuple(word, word).map(([host, path]) => `https://${host}.example/${path}?q=1`),
      fc.tuple(word, word).map(([name, host]) => `${name}@${host}.example`),
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      fc.array(word, { minLength: 1 }).map((parts) => `/${parts.join('/')}`),
      fc.array(word, { minLength: 1, maxLength: 8 }).map((parts) => `"${parts.join(' ')}"`),
    )
    fc.assert(
      fc.property(fc.array(word), fc.array(word), value, value, (before, after, one, other) => {
        const around = (slot: string): readonly number[] =>
          masked([...before, slot, ...after].join(' '))
        expect(around(one)).toEqual(around(other))
      }),
      { seed: 12, numRuns: 500 },
    )
  })
})
