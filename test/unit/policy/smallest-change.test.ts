import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FACT_NAMES, FACT_SLOT, Facts, UNKNOWN, type FactName } from '../../../src/core/facts.ts'
import { changeCandidates } from '../../../src/policy/change-candidates.ts'
import { decide } from '../../../src/policy/decide.ts'
import {
  searchSmallestChange,
  smallestChange,
  type FactChange,
} from '../../../src/policy/smallest-change.ts'
import type { Policy } from '../../../src/policy/policy.ts'
import { aPolicy } from '../../support/a-policy.ts'
import { someFacts } from '../../support/an-event.ts'
import { celConditions, celFacts } from '../../support/cel-expressions.ts'

const changed = (given: Facts, changes: readonly FactChange[]): Facts => {
  const facts = new Facts(given.values)
  for (const { fact, to } of changes) facts.values[FACT_SLOT[fact]] = to ?? UNKNOWN.absent
  return facts
}

const verdictOf = (policy: Policy, facts: Facts): string =>
  decide(policy, new Facts(facts.values)).verdict

const ONE_RULE = `
tiers: [{ id: proven, when: 'payment.settled_count >= 2.0 && account.active_days >= 30.0', factor: 5 }, { id: rest, when: 'true', factor: 1 }]
weights: [{ id: tor, when: 'ip.kind == "tor"', weight: 40 }]
rules:
  - { id: risky, when: 'trust.tier == "rest" && risk.score >= 40.0', then: deny }
`

describe('the smallest change', () => {
  it('is one fact where one is enough, the nearest first, through tiers and weights', () => {
    const policy = aPolicy(ONE_RULE)
    const facts = someFacts({
      'ip.kind': 'tor',
      'payment.settled_count': 1,
      'account.active_days': 31,
    })
    const { changes, complete } = smallestChange(policy, facts)
    expect(complete).toBe(true)
    expect(changes[0]).toEqual({
      facts: [{ fact: 'payment.settled_count', from: 1, to: 2 }],
      verdict: 'allow',
      rule: undefined,
      tier: 'proven',
    })
    expect(changes.map(({ facts: [first] }) => first?.fact)).toContain('ip.kind')
  })

  it('is two facts where no single one is enough', () => {
    const policy = aPolicy(`
rules:
  - { id: a, when: 'ip.country == "FR" && payment.settled_count >= 2.0', then: deny }
`)
    const { changes } = smallestChange(
      policy,
      someFacts({ 'payment.settled_count': 0, 'ip.country': 'DE' }),
    )
    expect(changes[0]?.facts).toEqual([
      { fact: 'ip.country', from: 'DE', to: 'FR' },
      { fact: 'payment.settled_count', from: 0, to: 2 },
    ])
    expect(changes[0]?.rule).toBe('a')
  })

  it('names the clearance that would have passed a challenge', () => {
    const policy = aPolicy(`
rules: [{ id: c, when: 'true', then: challenge, challenge: { kind: step_up, bind: [network] } }]
`)
    const { changes } = smallestChange(
      policy,
      someFacts({ 'clearance.kind': 'none', 'clearance.held': [] }),
    )
    expect(changes).toEqual([
      {
        facts: [{ fact: 'clearance.held', from: [], to: ['step_up 0 network'] }],
        verdict: 'allow',
        rule: undefined,
        tier: 'default',
      },
    ])
  })

  it('leaves facts alone that are fixed, and says so where nothing is found', () => {
    const policy = aPolicy(ONE_RULE)
    const facts = someFacts({ 'ip.kind': 'tor', 'payment.settled_count': 0 })
    const fixed = new Set<FactName>(['ip.kind', 'payment.settled_count', 'account.active_days'])
    expect(smallestChange(policy, facts, { fixed })).toMatchObject({ changes: [], complete: true })
  })

  it('says where it was cut off', () => {
    const policy = aPolicy(`
rules: [{ id: a, when: 'ip.country == "FR" && payment.settled_count >= 2.0', then: deny }]
`)
    const facts = someFacts({ 'payment.settled_count': 0, 'ip.country': 'DE' })
    const { changes, complete } = smallestChange(policy, facts, { budget: 1 })
    expect({ changes, complete }).toEqual({ changes: [], complete: false })
  })

  it('hands control back while it searches', () => {
    const conditions = FACT_NAMES.filter((name) => name.startsWith('velocity.')).map(
      (name) => `${name} > 5.0`,
    )
    const policy = aPolicy(
      `rules: [{ id: a, when: '${conditions.slice(0, 12).join(' && ')}', then: deny }]`,
    )
    const search = searchSmallestChange(policy, someFacts())
    let slices = 0
    while (search.next().done !== true) slices++
    expect(slices).toBeGreaterThan(3)
  })

  it('really changes the verdict, and no candidate does so with fewer facts', () => {
    const policies = fc
      .array(fc.tuple(celConditions, fc.constantFrom('deny', 'allow', 'throttle', 'tag')), {
        minLength: 1,
        maxLength: 3,
      })
      .map((rules) => {
        const text = rules
          .map(([when, then], at) => `  - ${JSON.stringify({ id: `r${at}`, when, then })}`)
          .join('\n')
        try {
          return aPolicy(`rules:\n${text}\n`)
        } catch {
          // Some random conditions compare a fact with what it can never be, or cost too much.
          return undefined
        }
      })
    let found = 0
    fc.assert(
      fc.property(policies, celFacts, (policy, facts) => {
        fc.pre(policy !== undefined)
        if (policy === undefined) return
        const was = verdictOf(policy, facts)
        const { changes, complete } = smallestChange(policy, facts, { budget: 3_000 })
        found += changes.length
        for (const change of changes) {
          const verdict = verdictOf(policy, changed(facts, change.facts))
          expect(verdict).not.toBe(was)
          expect(verdict).toBe(change.verdict)
        }
        const sheet = new Facts(facts.values)
        decide(policy, sheet)
        const candidates = changeCandidates(policy, sheet.values)
        const flips = (...chosen: typeof candidates): boolean => {
          const tried = new Facts(facts.values)
          for (const { fact, to } of chosen) tried.values[FACT_SLOT[fact]] = to
          return verdictOf(policy, tried) !== was
        }
        if (changes.every((change) => change.facts.length > 1)) {
          expect(candidates.filter((one) => flips(one))).toEqual([])
        }
        if (changes.length === 0 && complete) {
          const pairs = candidates.flatMap((one) =>
            candidates.filter((two) => two.fact !== one.fact && flips(one, two)),
          )
          expect(pairs).toEqual([])
        }
      }),
      { numRuns: 300 },
    )
    expect(found).toBeGreaterThan(50)
  })
})
