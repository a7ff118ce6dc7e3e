import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileGlob } from '../../../src/upstream/glob.ts'

describe('a pattern with stars', () => {
  it.each([
    ['*', 'anything', true],
    ['*', '', true],
    ['gpt-4', 'gpt-4', true],
    ['gpt-4', 'gpt-4o', false],
    ['gpt-4*', 'gpt-4o', true],
    ['gpt-4*', 'GPT-4o', false],
    ['*-mini', 'o4-mini', true],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['**', 'x', true],
    ['gpt.4', 'gpt-4', false],
  ])('%j matches %j: %j', (pattern, text, matches) => {
    expect(compileGlob(pattern)(text)).toBe(matches)
  })

  it('matches what the same pattern as an expression matches', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 8 })
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 10 })
    fc.assert(
      fc.property(word, text, (pattern, subject) => {
        const escaped = pattern.replaceAll('.', '\\.').replaceAll('*', '.*')
        return compileGlob(pattern)(subject) === new RegExp(`^${escaped}$`).test(subject)
      }),
      { numRuns: 3_000 },
    )
  })

  it('takes linear time on text made to backtrack', () => {
    const hostile = compileGlob(`${'a*'.repeat(30)}b`)
    expect(hostile('a'.repeat(100_000))).toBe(false)
  })
})
