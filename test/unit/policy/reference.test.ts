import { describe, expect, it } from 'vitest'
import { UNKNOWN } from '../../../src/core/facts.ts'
import { createReference } from '../../../src/policy/reference.ts'
import { DEFAULT_REFERENCE } from '../../../src/settings-campaigns.ts'
import { someFacts as facts } from '../../support/some-facts.ts'

const proves = (text: string, given: Parameters<typeof facts>[0]): boolean | undefined => {
  const compiled = createReference(text)
  if (!compiled.ok) throw new Error(compiled.complaints.map(({ what }) => what).join())
  return compiled.reference(facts(given))
}

describe('who is proven', () => {
  it('as shipped: paid twice and at work on thirty days', () => {
    const of = (count: number, days: number) =>
      proves(DEFAULT_REFERENCE, { 'payment.settled_count': count, 'account.active_days': days })
    expect([of(2, 30), of(1, 30), of(2, 29)]).toEqual([true, false, false])
  })

  it('is open where a fact that decides it is not known', () => {
    expect(proves(DEFAULT_REFERENCE, {})).toBeUndefined()
    expect(proves(DEFAULT_REFERENCE, { 'payment.settled_count': 5 })).toBeUndefined()
    const late = { 'account.email_disposable': UNKNOWN.late }
    expect(proves('!account.email_disposable', late)).toBeUndefined()
  })

  it('is decided without the facts that do not matter, and is nobody where it cannot be calculated', () => {
    expect(proves(DEFAULT_REFERENCE, { 'payment.settled_count': 1 })).toBe(false)
    expect(proves(DEFAULT_REFERENCE, { 'account.active_days': 3 })).toBe(false)
    // Whole numbers alone divide by zero; of doubles it makes infinity.
    expect(proves('size(caller.client) / 0 == 1', { 'caller.client': 'x' })).toBe(false)
  })

  it('is asked by a condition, and not by what it makes itself', () => {
    const complaintsOf = (text: string) => {
      const compiled = createReference(text)
      return compiled.ok ? [] : compiled.complaints.map(({ start, what }) => `${start}: ${what}`)
    }
    expect(complaintsOf('payment.verified && campaign.level == 0.0')).toEqual([
      '20: campaign.level is made with this condition',
    ])
    expect(complaintsOf('payment.settled_count')).toEqual([
      '0: a condition must be true or false, this is a double',
    ])
    expect(complaintsOf('payment.setled > 1.0')).toHaveLength(1)
  })
})
