import { describe, expect, it } from 'vitest'
import { UNKNOWN, type Findings } from '../../../src/core/facts.ts'
import { createBacktest } from '../../../src/policy/backtest.ts'
import type { Backtest } from '../../../src/policy/backtest-report.ts'
import { harmOf } from '../../../src/policy/harm.ts'
import type { Policy } from '../../../src/policy/policy.ts'
import { withSwitches } from '../../../src/policy/switches.ts'
import type { Addresses } from '../../../src/sinks/address-mask.ts'
import { aPolicy } from '../../support/a-policy.ts'
import { aLimitState } from '../../support/an-event.ts'
import { judgedEvent, paidTwice, recordedCall } from '../../support/recorded-calls.ts'

const SHADOW = `
rules:
  - { id: tor, when: 'ip.kind == "tor"', then: deny, mode: shadow }
  - { id: plan, when: 'account.plan == "free"', then: throttle }
limits:
  - { id: calls, per: [account.id], count: requests, quota: 100, window: 1m, mode: shadow }
`

const run = (
  before: Policy,
  after: Policy,
  calls: readonly Findings[],
  addresses: Addresses = 'network',
): Backtest => {
  const backtest = createBacktest({ before, after, isProven: paidTwice() })
  calls.forEach((findings, n) =>
    backtest.add(recordedCall(judgedEvent(before, n, findings), addresses)),
  )
  return backtest.report()
}

const by = (entity: string, more: Findings = {}): Findings => ({
  'account.entity': entity,
  ...more,
})
const PAID: Findings = { 'payment.settled_count': 2 }
const TOR: Findings = { 'ip.kind': 'tor' }

const switched = (policy: Policy, id: string, mode: 'enforce' | 'shadow' | 'off'): Policy =>
  withSwitches(policy, new Map([[id, { mode }]]))

describe('a backtest', () => {
  it('counts calls, entities and proven ones whose verdict changes, with the newest examples', () => {
    const before = aPolicy(SHADOW)
    const report = run(before, switched(before, 'tor', 'enforce'), [
      by('a', { ...PAID, ...TOR }),
      by('a', TOR),
      by('b', TOR),
      by('c', { ...PAID, 'ip.kind': 'residential' }),
      { ...TOR, 'account.id': 'acct_9' },
    ])
    expect(report).toMatchObject({
      calls: 5,
      judged: 5,
      transitions: [{ from: 'allow', to: 'deny', calls: 4, entities: 3, proven: 1 }],
      rules: [{ rule: 'tor', decidedBefore: 0, decidedAfter: 4, shadowBefore: 4, shadowAfter: 0 }],
      entities: { seen: 4, proven: 2, changed: 3, refused: 3, refusedProven: 1 },
      unlikeRecord: { calls: 0, sameRevision: 0 },
    })
    expect(report.examples.map(({ id }) => id)).toEqual(['id-4', 'id-2', 'id-1', 'id-0'])
    expect(report.examples[3]).toMatchObject({
      entity: 'a',
      account: 'acct_1',
      from: 'allow',
      to: 'deny',
      ruleBefore: undefined,
      ruleAfter: 'tor',
    })
    expect(harmOf(report)).toEqual({
      confirm: true,
      provenRefused: 1,
      provenUnjudged: 0,
      because: ['it would newly refuse 1 proven entity'],
    })
    expect(harmOf(report, { confirmAbove: 1 }).confirm).toBe(false)
  })

  it('asks for no confirmation where nobody proven is refused, or calls are let through', () => {
    const before = aPolicy(SHADOW)
    const unproven = run(before, switched(before, 'tor', 'enforce'), [by('b', TOR)])
    expect(harmOf(unproven)).toMatchObject({ confirm: false, because: [] })
    const milder = run(before, switched(before, 'plan', 'off'), [
      by('a', { ...PAID, 'account.plan': 'free' }),
    ])
    expect(milder.transitions).toMatchObject([{ from: 'throttle', to: 'allow', proven: 1 }])
    expect(harmOf(milder).confirm).toBe(false)
  })

  it('knows an entity as proven by any of its calls, before or after the one that changes', () => {
    const before = aPolicy(SHADOW)
    const report = run(before, switched(before, 'tor', 'enforce'), [by('a', TOR), by('a', PAID)])
    expect(report.entities).toMatchObject({ seen: 1, proven: 1, refusedProven: 1, unknown: 0 })
  })

  it('does not guess where a changed rule reads what the records mask, and wants that confirmed', () => {
    const before = aPolicy('rules: []')
    const after = aPolicy(`rules: [{ id: one, when: 'caller.ip == "203.0.113.7"', then: deny }]`)
    const masked = run(before, after, [by('a', PAID), by('b')])
    expect(masked).toMatchObject({
      calls: 2,
      judged: 0,
      transitions: [],
      unjudged: { calls: 2, facts: [{ fact: 'caller.ip', calls: 2 }] },
      entities: { refusedProven: 0, unjudgedProven: 1 },
    })
    expect(harmOf(masked)).toMatchObject({ confirm: true, provenUnjudged: 1 })
    const full = run(before, after, [by('a', PAID)], 'full')
    expect(full).toMatchObject({ judged: 1, transitions: [{ to: 'deny', calls: 1 }] })
  })

  it('judges in spite of what is masked where that cannot matter', () => {
    const rules = `
  - { id: here, when: 'has(caller.ip) && account.plan == "x" && caller.ip == "203.0.113.7"', then: deny }`
    const before = aPolicy(`rules:${rules}`)
    const after = aPolicy(`rules:${rules}\n  - { id: tor, when: 'ip.kind == "tor"', then: deny }`)
    const report = run(before, after, [by('a', { ...TOR, 'account.plan': 'y' })])
    expect(report).toMatchObject({ judged: 1, transitions: [{ to: 'deny', calls: 1 }] })
  })

  it('judges by the other rules where both policies ask the same of what is masked', () => {
    const rules = `\n  - { id: one, when: 'caller.ip == "198.51.100.1"', then: deny }`
    const before = aPolicy(`rules:${rules}`)
    const after = aPolicy(`rules:${rules}\n  - { id: tor, when: 'ip.kind == "tor"', then: deny }`)
    expect(run(before, after, [by('a', TOR)]).transitions).toMatchObject([{ to: 'deny', calls: 1 }])
  })

  it('does not take the word of a rule that matched because of what is masked', () => {
    const closed = `
posture: closed
rules:
  - { id: one, when: 'caller.ip == "198.51.100.1"', then: deny }`
    const before = aPolicy(closed)
    const after = aPolicy(`${closed}\n  - { id: all, when: 'ip.kind == "tor"', then: deny }`)
    const backtest = createBacktest({ before, after, isProven: paidTwice() })
    const allowed = judgedEvent(aPolicy('rules: []'), 0, by('a', { ...PAID, ...TOR }))
    backtest.add(recordedCall(allowed))
    expect(backtest.report()).toMatchObject({ judged: 0, entities: { unjudgedProven: 1 } })
  })

  it('does not guess a rollout by a network that is hashed', () => {
    const before = aPolicy('rules: []')
    const after = aPolicy(`rules: [{ id: half, when: 'true', then: deny, rollout: 50 }]`)
    const backtest = createBacktest({ before, after, isProven: paidTwice() })
    const event = judgedEvent(before, 0)
    event.facts?.set('caller.credential', UNKNOWN.absent)
    event.facts?.set('account.id', UNKNOWN.absent)
    backtest.add(recordedCall(event, 'hash'))
    expect(backtest.report()).toMatchObject({
      judged: 0,
      withoutEntity: 1,
      unjudged: { facts: [{ fact: 'caller.network', calls: 1 }] },
    })
    const known = createBacktest({ before, after, isProven: paidTwice() })
    known.add(recordedCall(event, 'network'))
    expect(known.report().judged).toBe(1)
  })

  it('says what a limit would newly refuse by the counters in the records, and where it cannot', () => {
    const before = aPolicy(SHADOW)
    const enforced = createBacktest({
      before,
      after: switched(before, 'calls', 'enforce'),
      isProven: paidTwice(),
    })
    const over = judgedEvent(before, 0, by('a', PAID))
    const full = aLimitState({ limit: 'calls', enforced: false, remaining: 0, exceeded: true })
    const admission = over.ruling?.admission
    if (over.ruling === undefined || admission?.admitted !== true) throw new Error('not admitted')
    enforced.add(
      recordedCall({
        ...over,
        ruling: { ...over.ruling, admission: { ...admission, states: [full] } },
      }),
    )
    enforced.add(recordedCall(judgedEvent(before, 1, by('b', PAID))))
    expect(enforced.report()).toMatchObject({
      transitions: [],
      limits: [
        { limit: 'calls', refused: { calls: 1, entities: 1, proven: 1 }, unjudged: { calls: 0 } },
      ],
      entities: { refusedProven: 1 },
    })

    const off = switched(before, 'calls', 'off')
    const unknown = run(off, before, [by('a', PAID)])
    expect(unknown.limits).toEqual([])
    const blind = run(off, switched(before, 'calls', 'enforce'), [by('a', PAID)])
    expect(blind.limits).toMatchObject([{ limit: 'calls', unjudged: { calls: 1, proven: 1 } }])
    expect(harmOf(blind).confirm).toBe(true)
  })

  it('counts calls of which the policy in force says something else than the record', () => {
    const before = aPolicy(SHADOW)
    const backtest = createBacktest({ before, after: before, isProven: paidTwice() })
    backtest.add(recordedCall(judgedEvent(aPolicy(SHADOW.replace(', mode: shadow', '')), 0, TOR)))
    backtest.add(recordedCall(judgedEvent(switched(before, 'tor', 'enforce'), 1, TOR)))
    expect(backtest.report()).toMatchObject({
      transitions: [],
      unlikeRecord: { calls: 2, sameRevision: 1 },
    })
  })

  it('is empty where there is nothing to look at, and asks for confirmation only where reading failed', () => {
    const before = aPolicy(SHADOW)
    const report = run(before, before, [])
    expect(report).toMatchObject({ calls: 0, fromMs: undefined, untilMs: undefined })
    expect(harmOf(report).confirm).toBe(false)
    expect(harmOf({ ...report, unread: true }).confirm).toBe(true)
  })
})
