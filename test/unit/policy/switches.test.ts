import { describe, expect, it } from 'vitest'
import { decide } from '../../../src/policy/decide.ts'
import { listRules } from '../../../src/policy/rule-list.ts'
import { NO_SWITCHES, withSwitches } from '../../../src/policy/switches.ts'
import { aPolicy } from '../../support/a-policy.ts'
import { someFacts } from '../../support/some-facts.ts'

const policy = aPolicy(`rules:
  - { id: shut, when: account.known, then: deny }
limits:
  - { id: l, per: [account.id], count: requests, quota: 1, window: 1m, mode: shadow }`)

const facts = () => someFacts({ 'account.known': true, 'account.id': 'a' })

describe('switches', () => {
  it('beat the files for rules and limits and leave the revision', () => {
    const switched = withSwitches(
      policy,
      new Map([
        ['shut', { mode: 'off' as const }],
        ['l', { mode: 'enforce' as const }],
      ]),
    )
    expect(switched.revision).toBe(policy.revision)
    expect(decide(policy, facts()).verdict).toBe('deny')
    const decision = decide(switched, facts())
    expect(decision.verdict).toBe('allow')
    expect(decision.demands).toMatchObject([{ limit: 'l', enforced: true }])
  })

  it('show as a difference from the files', () => {
    const switched = withSwitches(policy, new Map([['shut', { rollout: 5 }]]))
    expect(listRules(switched)[0]).toMatchObject({
      mode: 'enforce',
      rollout: 5,
      written: { mode: 'enforce', rollout: 100 },
    })
  })

  it('give way to the files again once they are removed', () => {
    const switched = withSwitches(policy, new Map([['shut', { mode: 'shadow' as const }]]))
    expect(listRules(withSwitches(switched, NO_SWITCHES))).toEqual(listRules(policy))
  })

  it('do nothing for an id the policy does not have', () => {
    const switched = withSwitches(policy, new Map([['nobody', { mode: 'off' as const }]]))
    expect(listRules(switched)).toEqual(listRules(policy))
  })
})
