/**
 * Nanoseconds of one decision for policies of 10, 100 and 1,000 rules of realistic size, by the product's
 * closures and by the CEL library evaluating the same conditions.
 *
 *     node test/bench/decide.ts
 *
 * Budget: 100 rules under 10 µs (aim: under 5).
 */
import { Facts } from '../../src/core/facts.ts'
import { compilePolicy } from '../../src/policy/compile.ts'
import { decide } from '../../src/policy/decide.ts'
import type { Policy } from '../../src/policy/policy.ts'
import { createOracle } from '../support/cel-oracle.ts'

const ROUNDS = 7
const ROUND_MS = 60

const CONDITIONS: readonly ((n: number) => string)[] = [
  (n) => `account.age_days < ${2 + (n % 5)} && ip.anonymous && velocity.networks_1h > ${5 + n}`,
  (n) =>
    `request.model.startsWith("frontier-${n}") && !(account.verified in ["business", "identity"])`,
  (n) => `payment.status in ["none", "trial"] && campaign.score > ${n}.5`,
  (n) => `ip.kind == "hosting" && !payment.verified && velocity.requests_1h > ${1000 + n}.0`,
  (n) =>
    `has(payment.instrument_entities) && payment.instrument_entities > ${20 + n} && account.age_days < 90`,
  (n) =>
    `ip.asn in [64496, 64497, ${65000 + n}] && request.kind == "generate" && request.max_tokens > 4000`,
  (n) => `trust.tier == "unproven" && risk.score >= ${40 + n} && clearance.kind == "none"`,
  (n) => `velocity.countries_1d > ${3 + n} || velocity.asns_1d > ${12 + n}`,
]

const policyOf = (rules: number): Policy => {
  const lines = Array.from({ length: rules }, (_, n) => {
    const condition = CONDITIONS[n % CONDITIONS.length]?.(n) ?? 'false'
    return `  - { id: r${n}, then: deny, when: '${condition}' }`
  })
  const compiled = compilePolicy([
    {
      file: 'bench.yaml',
      source: `version: 1
tiers:
  - { id: proven, when: 'payment.settled_count >= 2 && account.active_days >= 30', factor: 5 }
  - { id: paying, when: 'payment.verified', factor: 1 }
  - { id: unproven, when: 'true', factor: 0.2 }
weights:
  - { id: hosting-ip, when: 'ip.kind == "hosting"', weight: 10 }
  - { id: disposable, when: 'account.email_disposable', weight: 20 }
rules:
${lines.join('\n')}
limits:
  - { id: a, per: [account.id], count: tokens, quota: 200000, window: 1d, scale: 'trust.factor * (1.0 - 0.5 * upstream.pressure)' }
  - { id: b, per: [account.id], count: requests, quota: 60, window: 1m }
  - { id: c, per: [caller.network], count: requests, quota: 600, window: 1m, when: 'trust.tier == "unproven"' }
`,
    },
  ])
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems.slice(0, 3)))
  return compiled.policy
}

/** An ordinary paying customer: every fact known, nothing matches, every condition has to be looked at. */
const honest = (): Facts => {
  const facts = new Facts()
  facts.add({
    'caller.ip': '203.0.113.7',
    'caller.network': '203.0.113.0/24',
    'account.known': true,
    'account.id': 'acct_1',
    'account.entity': 'org_1',
    'account.age_days': 1,
    'account.active_days': 20,
    'account.status': 'active',
    'account.verified': 'email',
    'account.email_disposable': false,
    'payment.status': 'none',
    'payment.verified': false,
    'payment.instrument_entities': 1,
    'payment.settled_count': 1,
    'ip.kind': 'hosting',
    'ip.asn': 64496,
    'ip.anonymous': true,
    'request.model': 'frontier-x',
    'request.kind': 'generate',
    'request.max_tokens': 1000,
    'velocity.requests_1h': 3,
    'velocity.networks_1h': 1,
    'velocity.countries_1d': 1,
    'velocity.asns_1d': 1,
    'campaign.score': 0,
    'clearance.kind': 'none',
    'upstream.pressure': 0.1,
  })
  return facts
}

/** Median nanoseconds of one call. */
const measure = (work: () => unknown): number => {
  const samples: number[] = []
  let count = 1
  for (let round = -2; round < ROUNDS; round++) {
    const from = performance.now()
    for (let n = 0; n < count; n++) work()
    const tookMs = performance.now() - from
    if (round >= 0) samples.push((tookMs * 1e6) / count)
    count = Math.max(1, Math.round((count * ROUND_MS) / Math.max(tookMs, 0.01)))
  }
  return samples.toSorted((a, b) => a - b)[Math.floor(samples.length / 2)] ?? Number.NaN
}

const us = (ns: number): string => `${(ns / 1000).toFixed(2)} µs`.padStart(9)

const oracle = createOracle()
console.log('rules   decide    of it unknown   library   library/closures')
for (const rules of [10, 100, 1_000]) {
  const policy = policyOf(rules)
  const facts = honest()
  const decided = decide(policy, facts)
  if (decided.verdict !== 'allow' || decided.reasons.length > 0)
    throw new Error('not the case meant')
  const closures = measure(() => decide(policy, facts))
  const bare = new Facts()
  const unknown = measure(() => decide(policy, bare))
  const context = oracle.context(facts)
  const theirs = [...policy.tiers, ...policy.weights, ...policy.rules].map(({ condition }) =>
    oracle.compile(condition.text),
  )
  const library = measure(() => {
    let matches = 0
    for (const run of theirs) if (run(context) === true) matches++
    return matches
  })
  console.log(
    `${String(rules).padStart(5)} ${us(closures)} ${us(unknown)}      ${us(library)}   ${(library / closures).toFixed(1)}x`,
  )
}
