import { describe, expect, it } from 'vitest'
import type { Findings } from '../../../src/core/facts.ts'
import { decide } from '../../../src/policy/decide.ts'
import { inRollout } from '../../../src/policy/rollout.ts'
import { aPolicy } from '../../support/a-policy.ts'
import { someFacts } from '../../support/some-facts.ts'

const inside = (id: string, rollout: number, findings: Findings): boolean =>
  inRollout(id, rollout, someFacts(findings).values)

const entities = Array.from({ length: 20_000 }, (_, n) => `acct_${n}`)

const share = (id: string, rollout: number): number =>
  entities.filter((entity) => inside(id, rollout, { 'account.entity': entity })).length /
  entities.length

describe('a rollout', () => {
  it.each([0, 1, 12.5, 50, 99])('of %d per cent takes that share of entities', (rollout) => {
    expect(Math.abs(share('rule', rollout) * 100 - rollout)).toBeLessThan(1)
  })

  it('takes everyone at 100 and nobody at 0', () => {
    expect(share('rule', 100)).toBe(1)
    expect(share('rule', 0)).toBe(0)
  })

  it('keeps whom it has when it grows', () => {
    const before = entities.filter((entity) => inside('rule', 10, { 'account.entity': entity }))
    expect(before.every((entity) => inside('rule', 20, { 'account.entity': entity }))).toBe(true)
  })

  it('chooses other entities for another rule', () => {
    const both = entities.filter(
      (entity) =>
        inside('a', 50, { 'account.entity': entity }) &&
        inside('b', 50, { 'account.entity': entity }),
    )
    expect(Math.abs(both.length / entities.length - 0.25)).toBeLessThan(0.02)
  })

  it('goes by the entity, else the credential, else the network', () => {
    const all: Findings = { 'account.entity': 'e', 'caller.credential': 'c', 'caller.network': 'n' }
    const answers = Array.from({ length: 64 }, (_, n) => `rule-${n}`)
    const of = (findings: Findings): string =>
      answers.map((id) => Number(inside(id, 50, findings))).join('')
    expect(of(all)).toBe(of({ 'account.entity': 'e' }))
    expect(of({ 'caller.credential': 'c', 'caller.network': 'n' })).toBe(
      of({ 'caller.credential': 'c' }),
    )
    expect(of({ 'caller.network': 'n' })).not.toBe(of({ 'caller.network': 'm' }))
  })

  it('is the same on every replica and after a restart', () => {
    const first = entities.slice(0, 32)
    const answer = first
      .map((entity) => Number(inside('rule', 50, { 'account.entity': entity })))
      .join('')
    expect(answer).toBe('11000101011001001101001101111010')
  })

  it('lets those outside meet the rule as a shadow', () => {
    const policy = aPolicy(
      'rules: [{ id: a, then: deny, rollout: 0 }, { id: b, then: tag, rollout: 0 }]',
    )
    expect(decide(policy, someFacts({ 'account.entity': 'e' }))).toMatchObject({
      verdict: 'allow',
      tags: [],
      shadow: [
        { rule: 'a', verdict: 'deny', because: 'rollout' },
        { rule: 'b', verdict: 'tag', because: 'rollout' },
      ],
    })
  })
})
