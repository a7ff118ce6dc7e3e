import { describe, expect, it } from 'vitest'
import { UNKNOWN } from '../../../src/core/facts.ts'
import { decide } from '../../../src/policy/decide.ts'
import { NONE } from '../../../src/policy/draft-decision.ts'
import { aPolicy as policy } from '../../support/a-policy.ts'
import { someFacts as facts } from '../../support/some-facts.ts'

describe('decide', () => {
  it('allows by no rule where nothing matches, and shares its empty lists', () => {
    const decision = decide(
      policy('rules:\n  - { id: a, when: account.known, then: deny }'),
      facts({ 'account.known': false }),
    )
    expect(decision).toMatchObject({ verdict: 'allow', rule: undefined, why: undefined, score: 0 })
    expect(decision).toMatchObject({ tier: 'default', factor: 1 })
    for (const list of [decision.tags, decision.demands, decision.shadow, decision.reasons]) {
      expect(list).toBe(NONE)
    }
    expect(Object.isFrozen(NONE)).toBe(true)
  })

  it('takes the first enforced terminal rule and tells its why and wait', () => {
    const some = policy(`rules:
  - { id: marked, then: tag }
  - { id: slow, when: ip.anonymous, then: throttle, retry_after_s: 90, why: shared exits are slow }
  - { id: shut, when: ip.anonymous, then: deny }`)
    expect(decide(some, facts({ 'ip.anonymous': true }))).toMatchObject({
      verdict: 'throttle',
      rule: 'slow',
      why: 'shared exits are slow',
      retryAfterS: 90,
      tags: ['marked'],
    })
  })

  it('asks to wait 30 s where a throttle rule names no time', () => {
    const decision = decide(policy('rules:\n  - { id: slow, then: throttle }'), facts())
    expect(decision.retryAfterS).toBe(30)
  })

  it('records a shadow rule and goes on', () => {
    const some = policy(`rules:
  - { id: seen, then: deny, mode: shadow }
  - { id: marked, then: tag, mode: shadow }
  - { id: real, when: account.known, then: throttle }`)
    expect(decide(some, facts({ 'account.known': true }))).toMatchObject({
      verdict: 'throttle',
      tags: [],
      shadow: [
        { rule: 'seen', verdict: 'deny', because: 'shadow' },
        { rule: 'marked', verdict: 'tag', because: 'shadow' },
      ],
    })
  })

  it('does not evaluate a rule that is off, not even for its unknown facts', () => {
    const some = policy("rules:\n  - { id: a, when: ip.anonymous, then: deny, mode: 'off' }")
    expect(decide(some, facts())).toMatchObject({ verdict: 'allow', shadow: [], reasons: [] })
  })

  it('does not look behind the rule that decided', () => {
    const some = policy(`rules:
  - { id: shut, when: account.known, then: deny }
  - { id: seen, when: ip.anonymous, then: deny, mode: shadow }`)
    const decision = decide(some, facts({ 'account.known': true, 'ip.anonymous': true }))
    expect(decision.shadow).toEqual([])
  })

  it('allow skips later rules and never limits', () => {
    const some = policy(`rules:
  - { id: friend, when: account.known, then: allow }
  - { id: shut, then: deny }
limits:
  - { id: l, per: [account.id], count: requests, quota: 5, window: 1m }`)
    const decision = decide(some, facts({ 'account.known': true, 'account.id': 'a' }))
    expect(decision).toMatchObject({ verdict: 'allow', rule: 'friend' })
    expect(decision.demands.map(({ limit }) => limit)).toEqual(['l'])
  })

  it('demands nothing of a call it refuses', () => {
    const some = policy(`rules:
  - { id: shut, then: deny }
limits:
  - { id: l, per: [account.id], count: requests, quota: 5, window: 1m }`)
    expect(decide(some, facts({ 'account.id': 'a' })).demands).toEqual([])
  })

  it('sums weights and writes tier and score where later conditions and the record read them', () => {
    const some = policy(`tiers:
  - { id: paying, when: payment.verified, factor: 2 }
  - { id: rest, when: true, factor: 0.5 }
weights:
  - { id: hosting, when: 'ip.kind == "hosting"', weight: 10 }
  - { id: rest-tier, when: 'trust.tier == "rest"', weight: 2.5 }
  - { id: never, when: 'account.age_days > 3650', weight: 100 }
rules:
  - { id: shut, when: 'risk.score == 12.5 && "hosting" in risk.reasons && trust.factor < 1', then: deny }`)
    const sheet = facts({ 'payment.verified': false, 'ip.kind': 'hosting', 'account.age_days': 1 })
    const decision = decide(some, sheet)
    expect(decision).toMatchObject({
      verdict: 'deny',
      tier: 'rest',
      factor: 0.5,
      score: 12.5,
      scoreReasons: ['hosting', 'rest-tier'],
      reasons: [],
    })
    expect(sheet.get('trust.tier')).toBe('rest')
    expect(sheet.get('trust.factor')).toBe(0.5)
    expect(sheet.get('risk.score')).toBe(12.5)
    expect(sheet.get('risk.reasons')).toEqual(['hosting', 'rest-tier'])
  })

  it('does not take over the tier and score of an earlier decision on the same sheet', () => {
    const some = policy(`tiers:
  - { id: paying, when: payment.verified, factor: 2 }
  - { id: rest, when: true, factor: 0.5 }
weights:
  - { id: hosting, when: ip.anonymous, weight: 10 }`)
    const sheet = facts({ 'payment.verified': true, 'ip.anonymous': true })
    decide(some, sheet)
    sheet.add({ 'payment.verified': false, 'ip.anonymous': false })
    expect(decide(some, sheet)).toMatchObject({ tier: 'rest', score: 0, scoreReasons: [] })
  })

  it('is the same for the same facts, however often it is asked', () => {
    const some = policy(`rules:
  - { id: marked, when: 'risk.reasons.all(r, r != "x")', then: tag }
  - { id: seen, when: ip.anonymous, then: deny, rollout: 50 }`)
    const sheet = facts({ 'ip.anonymous': true, 'account.entity': 'e' })
    const first = decide(some, sheet)
    for (let round = 0; round < 5; round++) expect(decide(some, sheet)).toEqual(first)
  })
})

describe('a condition that reads an unknown fact', () => {
  it('does not match in an open document, and the decision says so', () => {
    const sheet = facts()
    sheet.set('ip.anonymous', UNKNOWN.late)
    const some = policy('rules:\n  - { id: a, when: ip.anonymous, then: deny }')
    expect(decide(some, sheet)).toMatchObject({
      verdict: 'allow',
      reasons: [{ kind: 'unknown', in: 'rules.a', fact: 'ip.anonymous', why: 'late' }],
    })
  })

  it('matches in a closed document, and the decision says so', () => {
    const some = policy('posture: closed\nrules:\n  - { id: a, when: ip.anonymous, then: deny }')
    expect(decide(some, facts())).toMatchObject({
      verdict: 'deny',
      rule: 'a',
      reasons: [{ kind: 'unknown', in: 'rules.a', fact: 'ip.anonymous', why: 'no_source' }],
    })
  })

  it('does what the rule itself says, against its document', () => {
    const some = policy(`posture: open
rules:
  - { id: a, when: ip.anonymous, then: throttle, posture: closed }`)
    expect(decide(some, facts()).verdict).toBe('throttle')
    const other = policy(`posture: closed
rules:
  - { id: a, when: ip.anonymous, then: throttle, posture: open }`)
    expect(decide(other, facts()).verdict).toBe('allow')
  })

  it('never lets an allow rule match', () => {
    const some = policy(`posture: closed
rules:
  - { id: friend, when: payment.verified, then: allow }
  - { id: shut, then: deny }`)
    expect(decide(some, facts())).toMatchObject({ verdict: 'deny', rule: 'shut' })
  })

  it('matches neither a tier nor a weight, whatever the posture', () => {
    const some = policy(`posture: closed
tiers:
  - { id: paying, when: payment.verified, factor: 5 }
  - { id: rest, when: true, factor: 0.5 }
weights:
  - { id: w, when: ip.anonymous, weight: 10 }`)
    expect(decide(some, facts())).toMatchObject({
      tier: 'rest',
      score: 0,
      reasons: [{ in: 'tiers.paying' }, { in: 'weights.w' }],
    })
  })

  it('is no matter where the condition asks first', () => {
    const some = policy(`posture: closed
rules:
  - { id: a, when: has(ip.anonymous) && ip.anonymous, then: deny }
  - { id: b, when: '!has(ip.anonymous) || ip.anonymous', then: tag }`)
    expect(decide(some, facts())).toMatchObject({ verdict: 'allow', tags: ['b'], reasons: [] })
  })

  it('is an error in the decision where a source broke the type of its fact', () => {
    const sheet = facts()
    Reflect.set(sheet.values, sheet.values.length - 1, 'very high')
    const some = policy('rules:\n  - { id: a, when: upstream.pressure > 0.9, then: throttle }')
    expect(decide(some, sheet)).toMatchObject({
      verdict: 'allow',
      reasons: [
        {
          kind: 'error',
          in: 'rules.a',
          text: 'upstream.pressure holds a value that is not a number',
        },
      ],
    })
  })
})
