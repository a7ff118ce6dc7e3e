import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Facts, UNKNOWN, type Findings } from '../../../src/core/facts.ts'
import { runCases } from '../../../src/policy/cases.ts'
import { compilePolicy } from '../../../src/policy/compile.ts'
import { decide } from '../../../src/policy/decide.ts'
import { NONE } from '../../../src/policy/draft-decision.ts'
import { unguardedRules } from '../../../src/policy/unguarded.ts'
import { aPolicy as policy } from '../../support/a-policy.ts'
import { celFacts, celNumbers } from '../../support/cel-expressions.ts'
import { createOracle } from '../../support/cel-oracle.ts'
import { someFacts as facts } from '../../support/some-facts.ts'

const MINUTE = 60_000
const DAY = 86_400_000

const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)
console.log(`difficulties against the library: SEED=${SEED}`)

const rule = (challenge: string, rest = ''): string =>
  `rules:\n  - { id: prove, when: ip.anonymous, then: challenge, challenge: ${challenge}${rest} }`

const HIDDEN: Findings = { 'ip.anonymous': true, 'account.id': 'a' }
const PASSED: Findings = {
  ...HIDDEN,
  'clearance.kind': 'proof_of_work',
  'clearance.age_s': 60,
  'clearance.bound': [],
}

const asked = (challenge: string, given: Findings = {}) =>
  decide(policy(rule(challenge)), facts({ ...HIDDEN, ...given })).challenge

describe('a challenge rule', () => {
  it('decides, says what it asks for, and demands nothing of limits', () => {
    const some = policy(`${rule('proof_of_work', ', why: hidden')}
  - { id: shut, then: deny }
limits: [{ id: l, per: [account.id], count: requests, quota: 5, window: 1m }]`)
    const decision = decide(some, facts(HIDDEN))
    expect(decision).toMatchObject({ verdict: 'challenge', rule: 'prove', why: 'hidden' })
    expect(decision).toMatchObject({ retryAfterS: undefined, demands: [], cleared: [] })
  })

  it.each([
    ['proof_of_work', 10 * MINUTE, DAY],
    ['step_up', 7 * DAY, 30 * DAY],
  ])('asks for %s with the times of that kind where it names none', (kind, validMs, lifetimeMs) => {
    expect(asked(kind)).toEqual({ kind, validMs, lifetimeMs, bind: [], difficulty: 1 })
  })

  it('asks for human where somebody verifies it', () => {
    const documents = [{ file: 'a.yaml', source: `version: 1\n${rule('human')}` }]
    const compiled = compilePolicy(documents, { challenges: new Set(['human']) })
    if (!compiled.ok) throw new Error('not compiled')
    const { challenge } = decide(compiled.policy, facts(HIDDEN))
    expect(challenge).toMatchObject({ kind: 'human', validMs: DAY, lifetimeMs: DAY })
    expect(compilePolicy(documents)).toMatchObject({
      problems: [{ line: 3, instead: expect.stringContaining('challenges.human') }],
    })
  })

  it('asks for what it names', () => {
    const terms =
      '{ kind: proof_of_work, valid_for: 30s, lifetime: 90d, bind: [asn, network], difficulty: 20 }'
    expect(asked(terms)).toEqual({
      kind: 'proof_of_work',
      validMs: 30_000,
      lifetimeMs: 90 * DAY,
      bind: ['asn', 'network'],
      difficulty: 20,
    })
  })

  it('lets whoever has passed it go on to the later rules and the limits', () => {
    const some = policy(`${rule('proof_of_work')}
  - { id: shut, when: account.known, then: deny }
limits: [{ id: l, per: [account.id], count: requests, quota: 5, window: 1m }]`)
    const denied = decide(some, facts({ ...PASSED, 'account.known': true }))
    expect(denied).toMatchObject({ verdict: 'deny', rule: 'shut', cleared: ['prove'] })
    const allowed = decide(some, facts({ ...PASSED, 'account.known': false }))
    expect(allowed).toMatchObject({ verdict: 'allow', rule: undefined, cleared: ['prove'] })
    expect(allowed.demands.map(({ limit }) => limit)).toEqual(['l'])
  })

  it('in shadow or outside its rollout is recorded, as passed where it was', () => {
    const some = policy(`rules:
  - { id: seen, then: challenge, challenge: proof_of_work, mode: shadow }
  - { id: few, then: challenge, challenge: step_up, rollout: 0 }`)
    expect(decide(some, facts(HIDDEN))).toMatchObject({
      verdict: 'allow',
      challenge: undefined,
      cleared: [],
      shadow: [
        { rule: 'seen', verdict: 'challenge', because: 'shadow' },
        { rule: 'few', verdict: 'challenge', because: 'rollout' },
      ],
    })
    expect(decide(some, facts(PASSED))).toMatchObject({
      cleared: ['seen'],
      shadow: [{ rule: 'few' }],
    })
  })

  it('that is met by nobody costs no list', () => {
    const decision = decide(policy(rule('step_up')), facts({ ...PASSED, 'ip.anonymous': false }))
    expect(decision.cleared).toBe(NONE)
    expect(decision.challenge).toBeUndefined()
  })

  it('shares the terms that are the same for every call', () => {
    const some = policy(rule('{ kind: proof_of_work, difficulty: 3 }'))
    const [first, second] = [decide(some, facts(HIDDEN)), decide(some, facts(HIDDEN))]
    expect(first.challenge).toBe(second.challenge)
  })

  it('that meets an unknown fact does as its posture says, and a clearance passes it either way', () => {
    const closed = policy(`posture: closed\n${rule('proof_of_work')}`)
    const { 'ip.anonymous': _, ...without } = PASSED
    expect(decide(policy(rule('proof_of_work')), facts())).toMatchObject({ verdict: 'allow' })
    expect(decide(closed, facts())).toMatchObject({ verdict: 'challenge', rule: 'prove' })
    expect(decide(closed, facts(without))).toMatchObject({ verdict: 'allow', cleared: ['prove'] })
  })

  it('of every call leaves the rules behind it reachable', () => {
    const some = policy(`rules:
  - { id: all, then: challenge, challenge: step_up }
  - { id: shut, then: deny }`)
    expect(decide(some, facts(PASSED)).rule).toBe('all')
    expect(decide(some, facts({ ...PASSED, 'clearance.kind': 'step_up' })).rule).toBe('shut')
  })

  it('is not listed as one that can meet unknown facts for the clearance it looks at', () => {
    const guarded = policy(
      'rules:\n  - { id: a, when: has(ip.anonymous) && ip.anonymous, then: challenge, challenge: step_up }',
    )
    expect(unguardedRules(guarded)).toEqual([])
    const work = "{ kind: proof_of_work, difficulty: 'account.age_days' }"
    expect(unguardedRules(policy(rule(work)))).toMatchObject([
      { in: 'rule', id: 'prove', does: 'it does not match' },
      { in: 'difficulty', facts: ['account.age_days'], does: 'the difficulty is 1' },
    ])
  })
})

describe('a difficulty', () => {
  const work = "{ kind: proof_of_work, difficulty: 'account.age_days / 2.0' }"

  it.each([
    [5, 2.5],
    [0, 0.1],
    [-7, 0.1],
    [1e9, 20],
  ])('of %d days is %d, within what can be asked for', (days, difficulty) => {
    expect(asked(work, { 'account.age_days': days })?.difficulty).toBe(difficulty)
  })

  it('that cannot be computed is the ordinary one, and the decision says so', () => {
    const late = facts(HIDDEN)
    late.set('account.age_days', UNKNOWN.late)
    expect(decide(policy(rule(work)), late)).toMatchObject({
      challenge: { difficulty: 1 },
      reasons: [
        { kind: 'unknown', in: 'rules.prove.challenge.difficulty', fact: 'account.age_days' },
      ],
    })
    const endless = "{ kind: proof_of_work, difficulty: '1.0 / account.age_days' }"
    expect(
      decide(policy(rule(endless)), facts({ ...HIDDEN, 'account.age_days': 0 })),
    ).toMatchObject({
      challenge: { difficulty: 1 },
      reasons: [{ kind: 'error', text: 'the difficulty is not a finite number' }],
    })
  })

  it('may read what tiers and weights have made', () => {
    const some = policy(`weights: [{ id: w, when: ip.anonymous, weight: 30 }]
${rule("{ kind: proof_of_work, difficulty: 'risk.score / 10.0' }")}`)
    expect(decide(some, facts(HIDDEN)).challenge?.difficulty).toBe(3)
  })

  it('is what the CEL library says, cut to what can be asked for', () => {
    const oracle = createOracle()
    let compared = 0
    fc.assert(
      fc.property(
        celNumbers,
        fc.array(celFacts, { minLength: 3, maxLength: 5 }),
        (text, sheets) => {
          const quoted = JSON.stringify(text)
          const source = `version: 1\nrules:\n  - { id: a, then: challenge, challenge: { kind: proof_of_work, difficulty: ${quoted} } }`
          const compiled = compilePolicy([{ file: 'a.yaml', source }])
          // A constant that cannot be asked for is a problem of the document.
          if (!compiled.ok) return
          const theirs = oracle.compile(text)
          for (const sheet of sheets) {
            const given = new Facts(sheet.values)
            const { challenge, reasons } = decide(compiled.policy, given)
            // Now the sheet holds what tiers and weights have made.
            const wanted = theirs(oracle.context(given))
            const ranOut = reasons.some((one) => one.kind === 'error' && /range/.test(one.text))
            if (ranOut) continue
            compared++
            const computed = typeof wanted === 'number' && Number.isFinite(wanted)
            expect(challenge?.difficulty).toBe(computed ? Math.min(20, Math.max(0.1, wanted)) : 1)
          }
        },
      ),
      { numRuns: 400, seed: SEED },
    )
    expect(compared).toBeGreaterThan(100)
  })
})

describe('cases', () => {
  const some = policy(`rules:
  - { id: seen, then: challenge, challenge: step_up, mode: shadow }
  - { id: prove, when: ip.anonymous, then: challenge, challenge: { kind: proof_of_work, difficulty: 'account.age_days / 3.0' } }`)

  it('compare kind, difficulty, what was passed and what stood in shadow', () => {
    const { passed, failed, problems } = runCases(
      some,
      'x.cases.yaml',
      `- name: asked
  facts: { ip.anonymous: true, account.age_days: 4, clearance.kind: none }
  expect: { verdict: challenge, rule: prove, challenge: proof_of_work, difficulty: 1.33, cleared: [], shadow: [seen] }
- name: passed
  facts: { ip.anonymous: true, clearance: { kind: step_up, age_s: 5, bound: [network] } }
  expect: { verdict: allow, challenge: null, cleared: [prove, seen], shadow: [] }
- name: wrong
  facts: { ip.anonymous: true, account.age_days: 3, clearance.kind: none }
  expect: { verdict: challenge, challenge: step_up, difficulty: 2, cleared: [prove], shadow: [] }
`,
    )
    expect({ passed, problems }).toEqual({ passed: 2, problems: [] })
    expect(failed).toMatchObject([
      {
        expected: 'challenge step_up, difficulty 2.00, cleared [prove], shadow []',
        got: 'challenge proof_of_work, difficulty 1.00, cleared [], shadow [seen] (by rule prove)',
      },
    ])
  })

  it('refuse a kind that there is not', () => {
    const source = '- { name: a, facts: { clearance.kind: captcha }, expect: { verdict: allow } }'
    expect(runCases(some, 'x.cases.yaml', source).problems).toMatchObject([
      { what: 'clearance.kind is one of none, proof_of_work, human, step_up' },
    ])
  })
})
