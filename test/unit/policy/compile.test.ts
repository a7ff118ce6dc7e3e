import { describe, expect, it } from 'vitest'
import { compilePolicy } from '../../../src/policy/compile.ts'
import { decide } from '../../../src/policy/decide.ts'
import { explain } from '../../../src/policy/explain.ts'
import { listRules } from '../../../src/policy/rule-list.ts'
import { someFacts } from '../../support/some-facts.ts'

const document = (file: string, text: string) => ({ file, source: `version: 1\n${text}` })

const problemsOf = (compiled: ReturnType<typeof compilePolicy>): string[] =>
  compiled.ok ? [] : compiled.problems.map(({ file, line, what }) => `${file}:${line} ${what}`)

describe('several documents', () => {
  const base = document(
    'policies/10-base.yaml',
    `tiers:
  - { id: rest, when: true, factor: 0.5 }
rules:
  - { id: first, when: account.known, then: throttle }`,
  )
  const extra = document(
    'policies/20-extra.yaml',
    `posture: closed
weights: [{ id: w, when: ip.anonymous, weight: 5 }]
rules:
  - { id: second, when: 'trust.tier == "rest" && "w" in risk.reasons', then: deny }`,
  )

  it('merge in the order of their file names, however they are given', () => {
    for (const documents of [
      [base, extra],
      [extra, base],
    ]) {
      const compiled = compilePolicy(documents)
      expect(problemsOf(compiled)).toEqual([])
      if (!compiled.ok) continue
      expect(compiled.policy.rules.map(({ id }) => id)).toEqual(['first', 'second'])
    }
  })

  it('see the tiers and weights of each other and keep their own posture', () => {
    const compiled = compilePolicy([base, extra])
    if (!compiled.ok) throw new Error('not compiled')
    expect(compiled.policy.rules.map(({ unknownMatches }) => unknownMatches)).toEqual([false, true])
    const decision = decide(
      compiled.policy,
      someFacts({ 'account.known': false, 'ip.anonymous': true }),
    )
    expect(decision).toMatchObject({ verdict: 'deny', rule: 'second' })
  })

  it('may have tiers in one of them only', () => {
    const other = document('policies/30.yaml', 'tiers: [{ id: all, when: true, factor: 1 }]')
    expect(problemsOf(compilePolicy([base, other]))).toEqual([
      'policies/30.yaml:2 tiers.0.id: tiers already stand in policies/10-base.yaml',
    ])
  })

  it('share one set of ids, and the later place is told', () => {
    const other = document(
      'policies/30.yaml',
      'limits: [{ id: first, per: [account.id], count: requests, quota: 1, window: 1m }]',
    )
    expect(problemsOf(compilePolicy([other, base]))).toEqual([
      'policies/30.yaml:2 limits.0.id: the id first is taken (policies/10-base.yaml:5)',
    ])
  })

  it('see a rule of an earlier one that decides every call', () => {
    const other = document('policies/05.yaml', 'rules: [{ id: all, then: allow }]')
    expect(problemsOf(compilePolicy([base, other]))).toEqual([
      'policies/10-base.yaml:5 rules.0.id: no call gets here: rule all decides every one',
    ])
  })

  it('report the problems of all of them together, sorted', () => {
    const bad = document('a.yaml', 'rules: [{ id: x, when: acount.known, then: deny }]')
    const worse = document('b.yaml', 'rules: [{ id: y, when: account.knwon, then: dney }]')
    expect(problemsOf(compilePolicy([worse, bad])).map((text) => text.slice(0, 8))).toEqual([
      'a.yaml:2',
      'b.yaml:2',
      'b.yaml:2',
    ])
  })
})

const revisionOf = (...sources: string[]): string => {
  const compiled = compilePolicy(sources.map((text, at) => document(`${at}.yaml`, text)))
  return compiled.ok ? compiled.policy.revision : 'bad'
}

describe('a revision', () => {
  it('is twelve hex digits of the documents, whatever folder they stand in', () => {
    expect(revisionOf('rules: []')).toMatch(/^[0-9a-f]{12}$/)
    const elsewhere = compilePolicy([document('/etc/x/0.yaml', 'rules: []')])
    expect(elsewhere.ok && elsewhere.policy.revision).toBe(revisionOf('rules: []'))
  })

  it('changes with any byte, and with where one document ends and the next begins', () => {
    expect(revisionOf('rules: []')).not.toBe(revisionOf('rules: []\n'))
    expect(revisionOf('rules: []\n', '')).not.toBe(revisionOf('rules: []', ''))
  })
})

describe('a compiled policy', () => {
  const compiled = compilePolicy([
    document(
      'p.yaml',
      `rules:
  - id: young
    why: too young
    when: has(account.age_days) && account.age_days < 7 && ip.anonymous
    then: throttle
    mode: shadow
    rollout: 12.5
limits:
  - { id: l, per: [account.id], count: tokens, quota: 5, window: 1m }`,
    ),
  ])
  if (!compiled.ok) throw new Error('not compiled')
  const { policy } = compiled

  it('lists its rules and limits for operators as plain JSON', () => {
    const listed = listRules(policy)
    expect(JSON.parse(JSON.stringify(listed))).toEqual([
      {
        kind: 'rule',
        id: 'young',
        why: 'too young',
        when: 'has(account.age_days) && account.age_days < 7 && ip.anonymous',
        does: 'throttle',
        mode: 'shadow',
        rollout: 12.5,
        written: { mode: 'shadow', rollout: 12.5 },
        reads: ['account.age_days', 'ip.anonymous'],
        unguarded: ['ip.anonymous'],
        place: { file: 'p.yaml', line: 3, col: 5 },
      },
      expect.objectContaining({ kind: 'limit', id: 'l', when: 'true', does: 'tokens', reads: [] }),
    ])
  })

  it('is frozen', () => {
    expect(Object.isFrozen(policy)).toBe(true)
  })

  it('allows every call where there are no documents', () => {
    const empty = compilePolicy([])
    expect(empty.ok && decide(empty.policy, someFacts())).toMatchObject({ verdict: 'allow' })
  })
})

describe('a limit that counts money', () => {
  const compiled = (prices: boolean) =>
    compilePolicy(
      [
        {
          file: 'a.yaml',
          source:
            'version: 1\nlimits: [{ id: l, per: [account.id], count: usd, quota: 0.29, window: 90d }]\n',
        },
      ],
      { prices },
    )

  it('is counted in billionths of a dollar, and told in dollars', () => {
    const result = compiled(true)
    expect(result).toMatchObject({ ok: true, policy: { limits: [{ quota: 290_000_000 }] } })
    if (!result.ok) return
    const facts = someFacts({ 'account.id': 'a' })
    expect(explain(result.policy, facts).limits[0]?.effect).toBe('applies: $0.29')
  })

  it('cannot be enforced where nothing has a price, and says what to add', () => {
    expect(compiled(false)).toMatchObject({
      ok: false,
      problems: [
        {
          what: expect.stringContaining('price'),
          instead: expect.stringContaining('add prices to the settings'),
        },
      ],
    })
  })
})
