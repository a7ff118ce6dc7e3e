import { describe, expect, it } from 'vitest'
import { Facts } from '../../../src/core/facts.ts'
import { runCases } from '../../../src/policy/cases.ts'
import { decide } from '../../../src/policy/decide.ts'
import { explain } from '../../../src/policy/explain.ts'
import { renderExplanation } from '../../../src/policy/render-explanation.ts'
import { aPolicy as policy } from '../../support/a-policy.ts'
import { someFacts as facts } from '../../support/some-facts.ts'

const TWO = policy(`rules:
  - { id: tokens, then: reshape, reshape: { max_tokens: 2048, candidates: 4, reasoning: hide } }
  - { id: tighter, when: ip.anonymous, then: reshape, reshape: { max_tokens: 512, candidates: 8, logprobs: off } }
  - { id: slow, when: account.known, then: throttle }`)

describe('a reshape', () => {
  it('decides nothing: the rules behind it are looked at', () => {
    expect(decide(TWO, facts({ 'account.known': true, 'ip.anonymous': false }))).toMatchObject({
      verdict: 'throttle',
      rule: 'slow',
      reshapedBy: ['tokens'],
    })
  })

  it('of several rules takes away the strictest of each key', () => {
    const decision = decide(TWO, facts({ 'account.known': false, 'ip.anonymous': true }))
    expect(decision).toMatchObject({ verdict: 'allow', rule: undefined })
    expect(decision.reshapedBy).toEqual(['tokens', 'tighter'])
    expect(decision.reshape).toEqual({
      hideReasoning: true,
      maxTokens: 512,
      candidates: 4,
      noLogprobs: true,
    })
  })

  it('is nothing where no such rule matches', () => {
    const none = policy(
      'rules:\n  - { id: a, when: ip.anonymous, then: reshape, reshape: { logprobs: off } }',
    )
    expect(decide(none, facts({ 'ip.anonymous': false }))).toMatchObject({
      reshape: undefined,
      reshapedBy: [],
    })
  })

  it('in shadow or outside its rollout is recorded and takes nothing away', () => {
    const some = policy(`rules:
  - { id: seen, then: reshape, reshape: { logprobs: off }, mode: shadow }
  - { id: few, then: reshape, reshape: { logprobs: off }, rollout: 0 }`)
    expect(decide(some, facts())).toMatchObject({
      reshape: undefined,
      shadow: [
        { rule: 'seen', verdict: 'reshape', because: 'shadow' },
        { rule: 'few', verdict: 'reshape', because: 'rollout' },
      ],
    })
  })

  it('that meets an unknown fact does as its posture says', () => {
    const rule = 'id: a, when: ip.anonymous, then: reshape, reshape: { logprobs: off }'
    const open = policy(`posture: open\nrules:\n  - { ${rule} }`)
    const closed = policy(`posture: closed\nrules:\n  - { ${rule} }`)
    expect(decide(open, facts()).reshape).toBeUndefined()
    expect(decide(closed, facts()).reshape?.noLogprobs).toBe(true)
  })

  it('explains itself', () => {
    const told = explain(TWO, facts({ 'account.known': false, 'ip.anonymous': true }))
    expect(told.rules.map(({ effect }) => effect)).toEqual([
      'reshaped: reasoning hide, max_tokens 2048, candidates 4',
      'reshaped: max_tokens 512, candidates 8, logprobs off',
      'no match',
    ])
    expect(renderExplanation(told)).toContain(
      'reshaped by tokens, tighter: reasoning hide, max_tokens 512, candidates 4, logprobs off',
    )
    expect(renderExplanation(explain(policy('rules: []'), new Facts()))).not.toContain('reshaped')
  })

  it('is compared by cases, all keys together, and null is nothing', () => {
    const source = `- { name: right, expect: { verdict: allow, reshape: { max_tokens: 2048, candidates: 4, reasoning: hide } } }
- { name: too little, expect: { verdict: allow, reshape: { max_tokens: 2048 } } }
- { name: nothing, expect: { verdict: allow, reshape: null } }`
    const { passed, failed, problems } = runCases(TWO, 'x.cases.yaml', source)
    expect({ passed, problems }).toEqual({ passed: 1, problems: [] })
    expect(failed.map(({ name, expected, got }) => `${name}: ${expected} / ${got}`)).toEqual([
      'too little: reshape max_tokens 2048 / reshape reasoning hide, max_tokens 2048, candidates 4',
      'nothing: reshape nothing / reshape reasoning hide, max_tokens 2048, candidates 4',
    ])
  })
})
