import { describe, expect, it } from 'vitest'
import { UNKNOWN } from '../../../src/core/facts.ts'
import { excerpt } from '../../../src/policy/excerpt.ts'
import { explain } from '../../../src/policy/explain.ts'
import { renderExplanation } from '../../../src/policy/render-explanation.ts'
import { aPolicy } from '../../support/a-policy.ts'
import { someFacts } from '../../support/some-facts.ts'

const policy = aPolicy(`tiers:
  - { id: paying, when: payment.verified, factor: 2 }
  - { id: rest, when: true, factor: 0.5 }
weights: [{ id: hosting, when: 'ip.kind == "hosting"', weight: 10 }]
rules:
  - { id: marked, then: tag }
  - id: shut
    why: new and hidden
    when: '!(account.verified in ["business", "identity"]) && (account.age_days + 1) * 2 < 14 && (ip.anonymous || risk.score > 5)'
    then: deny
  - { id: seen, when: ip.anonymous, then: deny, mode: shadow }
  - { id: gone, when: ip.anonymous, then: deny, mode: 'off' }
limits:
  - { id: l, per: [account.id], count: tokens, quota: 100, window: 1d, scale: trust.factor * 2 }`)

const facts = () => {
  const sheet = someFacts({
    'account.id': 'a',
    'account.verified': 'email',
    'account.age_days': 3,
    'ip.kind': 'hosting',
    'payment.verified': false,
  })
  sheet.set('ip.anonymous', UNKNOWN.late)
  return sheet
}

describe('an explanation', () => {
  const explanation = explain(policy, facts())

  it('says what decided and shows every leaf with its value and its facts', () => {
    expect(explanation).toMatchObject({ verdict: 'deny', rule: 'shut', tier: 'rest', score: 10 })
    expect(explanation.rules[1]?.leaves).toEqual([
      {
        text: '!(account.verified in ["business", "identity"])',
        value: true,
        facts: [{ fact: 'account.verified', value: 'email' }],
      },
      {
        text: '(account.age_days + 1) * 2 < 14',
        value: true,
        facts: [{ fact: 'account.age_days', value: 3 }],
      },
      {
        text: 'ip.anonymous',
        value: undefined,
        broken: 'ip.anonymous is unknown (late)',
        facts: [{ fact: 'ip.anonymous', value: undefined, unknown: 'late' }],
      },
      { text: 'risk.score > 5', value: true, facts: [{ fact: 'risk.score', value: 10 }] },
    ])
  })

  it('says what became of every rule, tier, weight and limit', () => {
    expect(explanation.rules.map(({ id, effect }) => [id, effect])).toEqual([
      ['marked', 'tagged'],
      ['shut', 'decided: deny'],
      ['seen', 'not reached'],
      ['gone', 'switched off'],
    ])
    expect(explanation.tiers.map(({ effect }) => effect)).toEqual(['no match', 'this tier'])
    expect(explanation.weights[0]?.effect).toBe('adds 10')
    expect(explanation.limits[0]?.effect).toBe('not charged: the policy refused the call')
  })

  it('shows the quota and the counter of a limit that applies', () => {
    const sheet = facts()
    sheet.set('account.verified', 'business')
    const [limit] = explain(policy, sheet).limits
    expect(limit).toMatchObject({
      effect: 'applies: 100 tokens',
      scale: { text: 'trust.factor * 2', value: 1 },
      demand: { key: 'a', quota: 100 },
    })
  })

  it('is plain JSON and leaves the facts as they were', () => {
    expect(JSON.parse(JSON.stringify(explanation))).toMatchObject({ verdict: 'deny' })
    const sheet = facts()
    const before = JSON.stringify(sheet)
    explain(policy, sheet)
    expect(JSON.stringify(sheet)).toBe(before)
  })

  it('reads well in a terminal: the verdict first, then why', () => {
    const lines = renderExplanation(explanation).split('\n')
    expect(lines.slice(0, 9)).toEqual([
      'DENY   rule shut: new and hidden',
      `tier rest (factor 0.5), score 10 (hosting), tags marked, policy ${policy.revision}`,
      '',
      'What decided',
      '  shut: decided: deny   (test.yaml:8)',
      '    true    !(account.verified in ["business", "identity"])   [account.verified = "email"]',
      '    true    (account.age_days + 1) * 2 < 14   [account.age_days = 3]',
      '    unknown ip.anonymous   [ip.anonymous = unknown (late)]',
      '    true    risk.score > 5   [risk.score = 10]',
    ])
    expect(lines.every((line) => line.length < 200)).toBe(true)
  })
})

describe('an excerpt of a condition', () => {
  it.each([
    ['a && (b)', 6, 7, 'b'],
    ['!(a in ["x"])', 0, 12, '!(a in ["x"])'],
    ['(a + 1) * 2 > 3', 1, 15, '(a + 1) * 2 > 3'],
    ['((a + 1) * 2) > 3', 2, 17, '((a + 1) * 2) > 3'],
    ['a == ")" && b', 0, 8, 'a == ")"'],
    ['a\n   <  7', 0, 9, 'a < 7'],
  ])('of %j from %d to %d is %j', (text, start, end, wanted) => {
    expect(excerpt(text, start, end)).toBe(wanted)
  })
})
