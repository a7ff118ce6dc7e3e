import { describe, expect, it } from 'vitest'
import { FACT_NAMES, FACT_SLOT, FACTS, Facts, UNKNOWN } from '../../../src/core/facts.ts'

describe('the facts table', () => {
  it.each(FACT_NAMES)('says a sentence about %s and names it group.name', (name) => {
    expect(name).toMatch(/^[a-z]+\.[a-z0-9_]+$/)
    expect(FACTS[name].says.length).toBeGreaterThan(10)
  })
})

describe('facts', () => {
  it('are unknown until a source says otherwise, and never zero or empty', () => {
    const facts = new Facts()
    for (const name of FACT_NAMES) expect(facts.get(name)).toBe(UNKNOWN.no_source)
    expect(facts.toJSON()).toEqual({})
  })

  it('keep zero, false and the empty list as known values', () => {
    const facts = new Facts()
    facts.add({ 'account.age_days': 0, 'payment.verified': false, 'risk.reasons': [] })
    expect(facts.toJSON()).toEqual({
      'account.age_days': 0,
      'payment.verified': false,
      'risk.reasons': [],
    })
    expect(facts.known('account.age_days')).toBe(0)
  })

  it('do not lose a known value to a source that lacks it', () => {
    const facts = new Facts()
    facts.add({ 'ip.country': 'DE' })
    facts.lack(['ip.country', 'ip.asn'], 'late')
    expect(facts.get('ip.country')).toBe('DE')
    expect(facts.get('ip.asn')).toBe(UNKNOWN.late)
  })

  it('of one call are not those of another', () => {
    const first = new Facts()
    first.set('account.id', 'a')
    expect(new Facts().known('account.id')).toBeUndefined()
    expect(new Facts(first.values).known('account.id')).toBe('a')
    expect(first.values[FACT_SLOT['account.id']]).toBe('a')
  })
})
