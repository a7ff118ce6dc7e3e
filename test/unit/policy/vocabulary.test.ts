import { describe, expect, it } from 'vitest'
import { FACT_NAMES } from '../../../src/core/facts.ts'
import { nearest } from '../../../src/policy/nearest.ts'
import { readExpression } from '../../../src/policy/read-expression.ts'
import { FUNCTIONS } from '../../../src/policy/vocabulary.ts'

describe('the vocabulary of conditions', () => {
  it.each(FACT_NAMES)('knows the fact %s', (name) => {
    expect(readExpression(`has(${name})`).ok).toBe(true)
    expect(readExpression(name).ok).toBe(true)
  })

  it.each(Object.entries(FUNCTIONS))('has a sentence and a working example for %s', (name, row) => {
    expect(row.says.length).toBeGreaterThan(10)
    expect(row.example).toContain(name)
    const read = readExpression(row.example)
    expect(read.ok ? [] : read.complaints).toEqual([])
  })

  it('compares and calculates with whole numbers and fractions in any mixture', () => {
    for (const sign of ['==', '!=', '<', '<=', '>', '>=']) {
      expect(readExpression(`account.age_days ${sign} 7`).ok).toBe(true)
      expect(readExpression(`7 ${sign} account.age_days`).ok).toBe(true)
    }
    for (const sign of ['+', '-', '*', '/']) {
      expect(readExpression(`account.age_days ${sign} 7 > 1`).ok).toBe(true)
      expect(readExpression(`7 ${sign} account.age_days > 1`).ok).toBe(true)
    }
    expect(readExpression('account.age_days in [1, 2]').ok).toBe(true)
    expect(readExpression('account.age_days in [1.0, 2.0]').ok).toBe(true)
  })

  it('cannot reach what objects of the language have beside facts', () => {
    for (const text of [
      'account.__proto__ == account.__proto__',
      'account.constructor == 1',
      'has(account.toString)',
      '__proto__.x == 1',
      'constructor == 1',
      'account.id.constructor("x")',
      'account.id.toString() == "x"',
      'hasOwnProperty(account.id)',
    ]) {
      expect(readExpression(text).ok, text).toBe(false)
    }
  })
})

describe('the nearest name', () => {
  it.each([
    ['acount.id', 'account.id'],
    ['account.age_dasy', 'account.age_days'],
    ['Account.Country', 'account.country'],
    ['completely.different', undefined],
    ['', undefined],
    ['x'.repeat(10_000), undefined],
  ])('of %s is %s', (word, wanted) => {
    expect(nearest(word, FACT_NAMES)).toBe(wanted)
  })
})
