import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Facts, Unknown, FACT_SLOT, type FactName } from '../../../src/core/facts.ts'
import { LOST_VALUE, type FactLoss } from '../../../src/core/recorded-call.ts'
import { decide } from '../../../src/policy/decide.ts'
import { createDoubts, sameDoubts } from '../../../src/policy/doubts.ts'
import { aPolicy } from '../../support/a-policy.ts'
import { someFacts } from '../../support/an-event.ts'
import { celConditions, celFacts } from '../../support/cel-expressions.ts'

const MASKED: readonly FactName[] = ['caller.ip', 'caller.network']

/** The facts as a record with hashed addresses gives them back. */
const masked = (
  full: Facts,
): { readonly facts: Facts; readonly losses: ReadonlyMap<FactName, FactLoss> } => {
  const facts = new Facts(full.values)
  const losses = new Map<FactName, FactLoss>()
  for (const name of MASKED) {
    if (full.get(name) instanceof Unknown) continue
    facts.values[FACT_SLOT[name]] = LOST_VALUE
    losses.set(name, 'masked')
  }
  return { facts, losses }
}

const TIERS = [
  'caller.ip == "a"',
  'has(caller.network)',
  'caller.user_agent == "a" || caller.ip == "ab"',
  'account.known',
]

const tiersWith = (when: string): string =>
  `tiers: [{ id: t, when: '${when}', factor: 2 }, { id: rest, when: 'true', factor: 1 }]`

describe('doubts about a decision over a record', () => {
  it('are told wherever what a record masks could have made it another one', () => {
    let without = 0
    let doubted = 0
    const entry = fc.tuple(
      celConditions,
      fc.constantFrom('deny', 'throttle', 'tag'),
      fc.constantFrom(100, 100, 40),
    )
    fc.assert(
      fc.property(
        fc.constantFrom(...TIERS),
        fc.array(entry, { minLength: 1, maxLength: 3 }),
        fc.constantFrom('open', 'closed'),
        celFacts,
        (tier, rules, posture, full) => {
          let policy
          try {
            const entries = rules.map(
              ([when, then, rollout], at) =>
                `  - ${JSON.stringify({ id: `r${at}`, when, then, rollout })}`,
            )
            policy = aPolicy(
              `posture: ${posture}\n${tiersWith(tier)}\nrules:\n${entries.join('\n')}\n`,
            )
          } catch {
            // Random conditions may compare a fact with what it can never be, or cost too much.
            return
          }
          const was = decide(policy, new Facts(full.values))
          const call = masked(full)
          const again = decide(policy, new Facts(call.facts.values))
          if (createDoubts(policy)(again, call).length > 0) {
            doubted++
            return
          }
          without++
          expect([again.verdict, again.rule, again.tier, again.tags]).toEqual([
            was.verdict,
            was.rule,
            was.tier,
            was.tags,
          ])
        },
      ),
      { numRuns: 2_000 },
    )
    expect(without).toBeGreaterThan(100)
    expect(doubted).toBeGreaterThan(100)
  })

  it('are none where nothing is masked, and name the place and the fact where something is', () => {
    const policy = aPolicy(`rules: [{ id: one, when: 'caller.ip == "192.0.2.1"', then: deny }]`)
    const doubts = createDoubts(policy)
    const full = someFacts()
    expect(doubts(decide(policy, full), { facts: full, losses: new Map() })).toEqual([])
    const call = masked(full)
    const told = doubts(decide(policy, call.facts), call)
    expect(told).toEqual([{ in: 'rules.one', fact: 'caller.ip' }])
    expect(sameDoubts(told, [...told])).toBe(true)
    expect(sameDoubts(told, [])).toBe(false)
  })
})
