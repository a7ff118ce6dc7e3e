import { describe, expect, it } from 'vitest'
import type { Findings } from '../../../src/core/facts.ts'
import { explain } from '../../../src/policy/explain.ts'
import { renderExplanation } from '../../../src/policy/render-explanation.ts'
import { aPolicy } from '../../support/a-policy.ts'
import { someFacts } from '../../support/some-facts.ts'

const policy = aPolicy(`rules:
  - { id: who, when: account.known, then: challenge, challenge: step_up }
  - id: prove
    when: ip.anonymous
    then: challenge
    challenge: { kind: proof_of_work, bind: [network], difficulty: 'account.age_days / 3.0' }
  - { id: shut, when: payment.verified, then: deny }`)

const told = (given: Findings) =>
  explain(
    policy,
    someFacts({
      'account.known': false,
      'ip.anonymous': true,
      'payment.verified': false,
      ...given,
    }),
  )

describe('an explanation of a challenge', () => {
  it('says what is asked and how the difficulty came about', () => {
    const explanation = told({ 'account.age_days': 4, 'clearance.kind': 'none' })
    expect(explanation).toMatchObject({
      verdict: 'challenge',
      challenge: { kind: 'proof_of_work', bind: ['network'] },
      cleared: [],
    })
    const lines = renderExplanation(explanation).split('\n')
    expect(lines[0]).toBe('CHALLENGE, asked for proof_of_work   rule prove')
    expect(lines).toContain(
      '    asks    proof_of_work, 10 min to answer, holds 1 d, bound to network, difficulty 1.33',
    )
    expect(lines).toContain(
      '    work    account.age_days / 3.0 = 1.3333333333333333   [account.age_days = 4]',
    )
  })

  it('says why a difficulty is only the ordinary one', () => {
    expect(renderExplanation(told({}))).toContain(
      'work    account.age_days / 3.0 = unknown: account.age_days is unknown (no_source)',
    )
  })

  it('says that a rule matched and was passed, by what, and what it asks otherwise', () => {
    const explanation = told({
      'account.known': true,
      'clearance.kind': 'step_up',
      'clearance.age_s': 3_900,
      'clearance.bound': ['network', 'asn'],
    })
    expect(explanation).toMatchObject({ verdict: 'allow', cleared: ['who', 'prove'] })
    expect(explanation.rules.map(({ effect }) => effect)).toEqual([
      'matched, and passed: step_up, 1 h 5 min ago, bound to network, asn',
      'matched, and passed: step_up, 1 h 5 min ago, bound to network, asn',
      'no match',
    ])
    expect(explanation.rules[0]?.challenge?.passedBy).toEqual({
      kind: 'step_up',
      ageS: 3_900,
      bound: ['network', 'asn'],
    })
    const text = renderExplanation(explanation)
    expect(text).toContain('asks    step_up, 7 d to answer, holds 30 d; already passed')
    expect(JSON.parse(JSON.stringify(explanation))).toMatchObject({ cleared: ['who', 'prove'] })
  })

  it('says of what the caller holds why it does not do', () => {
    const text = renderExplanation(
      told({
        'account.known': true,
        'clearance.kind': 'proof_of_work',
        'clearance.age_s': 2 * 86_400,
        'clearance.bound': [],
        'clearance.held': ['proof_of_work 172800', 'proof_of_work 60'],
      }),
    )
    expect(text.split('\n')).toEqual(
      expect.arrayContaining([
        '    holds   proof_of_work, 2 d ago: too old for this rule, not bound to network',
        '    holds   proof_of_work, 1 min ago: not bound to network',
        '    holds   proof_of_work, 1 min ago: too weak for this rule',
      ]),
    )
  })

  it('names some of many clearances that do not do', () => {
    const many = Array.from({ length: 9 }, (_, at) => `proof_of_work ${60 * (at + 1)}`)
    const text = renderExplanation(told({ 'clearance.held': many }))
    expect(text.match(/ holds {3}/g)).toHaveLength(10)
    expect(text).toContain('and 4 more that do not do')
  })

  it('says nothing of challenges about other rules', () => {
    expect(told({}).rules[2]).not.toHaveProperty('challenge')
  })
})
