import { describe, expect, it } from 'vitest'
import { formatProblem } from '../../../src/core/problem.ts'
import { runCases } from '../../../src/policy/cases.ts'
import { aPolicy } from '../../support/a-policy.ts'

const policy = aPolicy(`tiers:
  - { id: paying, when: payment.verified, factor: 2 }
  - { id: rest, when: true, factor: 0.5 }
weights: [{ id: hosting, when: 'ip.kind == "hosting"', weight: 10 }]
rules:
  - { id: marked, when: risk.score > 5, then: tag }
  - { id: shut, when: account.age_days < 7, then: deny }
limits:
  - { id: l, per: [account.id], count: tokens, quota: 100, window: 1d, scale: trust.factor }
  - { id: s, per: [account.id], count: tokens, quota: 100, window: 1d, mode: shadow }`)

const run = (source: string) => runCases(policy, 'p.cases.yaml', source)

describe('cases of a policy', () => {
  it('pass where everything they write down comes out', () => {
    expect(
      run(`- name: young
  facts: { account.age_days: 3, ip: { kind: hosting } }
  expect: { verdict: deny, rule: shut, tags: [marked], tier: rest, score: 10, limits: [] }
- name: paying
  facts: { account: { age_days: 30, id: a }, payment.verified: true }
  expect: { verdict: allow, rule: null, limits: { l: 200 } }
- name: nobody
  expect: { verdict: allow }
`),
    ).toEqual({ passed: 3, failed: [], problems: [] })
  })

  it('fail with all that differed, what came instead, and their line', () => {
    expect(
      run(`- name: fine
  expect: { verdict: allow }
- name: wrong
  facts: { account.age_days: 3, ip.kind: hosting }
  expect: { verdict: allow, rule: null, tags: [], tier: paying, score: 1, limits: [l] }
`),
    ).toEqual({
      passed: 1,
      failed: [
        {
          name: 'wrong',
          file: 'p.cases.yaml',
          line: 3,
          expected: 'verdict allow, rule null, tags [], tier paying, score 1, limits [l]',
          got: 'verdict deny, rule shut, tags [marked], tier rest, score 10, limits [] (by rule shut)',
        },
      ],
      problems: [],
    })
  })

  it.each([
    [
      'an unknown fact',
      '- { name: a, facts: { acount.id: x }, expect: { verdict: allow } }',
      '1:23',
    ],
    [
      'a nested unknown fact',
      '- { name: a, facts: { account: { idd: x } }, expect: { verdict: allow } }',
      '1:34',
    ],
    [
      'a wrong type',
      '- { name: a, facts: { account.age_days: "3" }, expect: { verdict: allow } }',
      '1:41',
    ],
    [
      'an impossible value',
      '- { name: a, facts: { ip.kind: datacenter }, expect: { verdict: allow } }',
      '1:32',
    ],
    [
      'a number for a list',
      '- { name: a, facts: { campaign.axes: 3 }, expect: { verdict: allow } }',
      '1:38',
    ],
    [
      'what the policy works out',
      '- { name: a, facts: { trust.tier: rest }, expect: { verdict: allow } }',
      '1:23',
    ],
    ['an unknown verdict', '- { name: a, expect: { verdict: dney } }', '1:33'],
    ['a misspelt key', '- { name: a, expct: { verdict: deny } }', '1:3'],
    ['no list', 'name: a', '1:1'],
    ['no YAML', '- {', '1:4'],
  ])('report %s with its place and run nothing', (_, source, place) => {
    const { passed, failed, problems } = run(source)
    expect({ passed, failed }).toEqual({ passed: 0, failed: [] })
    expect(problems.map(formatProblem).join('\n')).toContain(`p.cases.yaml:${place}`)
  })
})
