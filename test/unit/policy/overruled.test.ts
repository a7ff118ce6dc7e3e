import { describe, expect, it } from 'vitest'
import { UNKNOWN, type Findings } from '../../../src/core/facts.ts'
import { decide } from '../../../src/policy/decide.ts'
import { explain } from '../../../src/policy/explain.ts'
import { renderExplanation } from '../../../src/policy/render-explanation.ts'
import { aPolicy } from '../../support/a-policy.ts'
import { someFacts } from '../../support/some-facts.ts'

const policy = aPolicy(`rules:
  - { id: shadowed, then: deny, mode: shadow }
  - { id: less, then: reshape, reshape: { max_tokens: 16 } }
  - { id: shut, when: account.known, then: deny }
limits:
  - { id: l, per: [account.id], count: requests, quota: 5, window: 1d }`)

const decided = (override: Findings, known = true) =>
  decide(policy, someFacts({ 'account.id': 'a', 'account.known': known, ...override }))

const ID = 'o'.repeat(22)

describe('an override', () => {
  it('lets a call skip all rules and no limit', () => {
    const decision = decided({ 'override.verdict': 'allow', 'override.id': ID })
    expect(decision).toMatchObject({
      verdict: 'allow',
      rule: `override:${ID}`,
      why: 'an operator lets this caller pass',
      shadow: [],
      reshapedBy: [],
      demands: [{ limit: 'l', quota: 5 }],
    })
  })

  it('refuses a call that every rule lets pass, and charges nothing', () => {
    expect(decided({ 'override.verdict': 'deny', 'override.id': ID }, false)).toMatchObject({
      verdict: 'deny',
      rule: `override:${ID}`,
      demands: [],
    })
  })

  it('changes nothing where there is none, or nobody keeps any', () => {
    for (const known of [true, false]) {
      const without = decided({}, known)
      expect(decided({ 'override.verdict': 'none' }, known)).toEqual(without)
      expect(without.reasons).toEqual([])
    }
  })

  it('is a reason where it may exist and is not known, and then the rules decide', () => {
    for (const why of ['late', 'failed'] as const) {
      expect(decided({ 'override.verdict': UNKNOWN[why] })).toMatchObject({
        verdict: 'deny',
        rule: 'shut',
        reasons: [{ kind: 'unknown', in: 'overrides', fact: 'override.verdict', why }],
      })
    }
  })

  it('is explained as what decided, with no rule reached', () => {
    const facts = someFacts({ 'override.verdict': 'allow', 'override.id': ID, 'account.id': 'a' })
    const explanation = explain(policy, facts)
    expect(explanation).toMatchObject({ verdict: 'allow', rule: `override:${ID}` })
    expect(explanation.rules.map(({ effect }) => effect)).toEqual([
      'not reached',
      'not reached',
      'not reached',
    ])
    expect(renderExplanation(explanation)).toMatch(
      `ALLOW   override:${ID}: an operator lets this caller pass`,
    )
  })
})
