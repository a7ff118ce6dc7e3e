import { describe, expect, it } from 'vitest'
import type { Binding, ChallengeKind } from '../../../src/core/challenge.ts'
import { UNKNOWN, type Findings } from '../../../src/core/facts.ts'
import { heldInVain, passedBy } from '../../../src/policy/cleared.ts'
import { someFacts as facts } from '../../support/some-facts.ts'

const DAY_S = 86_400

// What a newer version may write, which TypeScript would not let this one.
const RETINA = 'retina' as 'none'

const terms = (kind: ChallengeKind, bind: readonly Binding[] = []) => ({
  kind,
  bind,
  validMs: 600_000,
  lifetimeMs: DAY_S * 1000,
})

const held = (
  kind: ChallengeKind | 'none',
  ageS = 60,
  bound: readonly string[] = [],
): Findings => ({
  'clearance.kind': kind,
  'clearance.age_s': ageS,
  'clearance.bound': bound,
})

const passes = (wanted: ReturnType<typeof terms>, given: Findings): boolean =>
  passedBy(wanted, facts(given).values) !== undefined

describe('a challenge has been passed', () => {
  it('by its own kind and every stronger one, and by no weaker one', () => {
    const kinds = ['none', 'proof_of_work', 'human', 'step_up'] as const
    const asked = ['proof_of_work', 'human', 'step_up'] as const
    const table = asked.map((kind) => kinds.map((has) => passes(terms(kind), held(has))))
    expect(table).toEqual([
      [false, true, true, true],
      [false, false, true, true],
      [false, false, false, true],
    ])
  })

  it('for the time to answer and the lifetime together, to the second', () => {
    const wanted = terms('proof_of_work')
    expect(passes(wanted, held('proof_of_work', DAY_S + 600))).toBe(true)
    expect(passes(wanted, held('proof_of_work', DAY_S + 600.001))).toBe(false)
  })

  it('by one that is bound to all that the rule names, and more', () => {
    const wanted = terms('proof_of_work', ['network', 'credential'])
    const bounds: readonly (readonly string[])[] = [
      [],
      ['network'],
      ['credential'],
      ['credential', 'network'],
      ['network', 'asn', 'credential'],
    ]
    expect(bounds.map((bound) => passes(wanted, held('proof_of_work', 60, bound)))).toEqual([
      false,
      false,
      false,
      true,
      true,
    ])
  })

  it.each([
    ['nothing is known', {}],
    ['the kind is unknown', { 'clearance.age_s': 1, 'clearance.bound': [] }],
    ['the kind is none', held('none')],
    ['the kind is a word of another version', held(RETINA)],
    ['the age is unknown', { 'clearance.kind': 'step_up', 'clearance.bound': [] }],
    ['the age is no number', held('step_up', Number.NaN)],
    ['the age is without end', held('step_up', -Infinity)],
    ['the source is late', { ...held('step_up'), 'clearance.kind': UNKNOWN.late }],
    ['the source has failed', { ...held('step_up'), 'clearance.age_s': UNKNOWN.failed }],
  ] as const)('never where %s', (_, given) => {
    expect(passes(terms('proof_of_work'), given)).toBe(false)
  })

  it('never where a binding is asked for and none is known', () => {
    const given: Findings = { 'clearance.kind': 'step_up', 'clearance.age_s': 1 }
    expect(passes(terms('proof_of_work'), given)).toBe(true)
    expect(passes(terms('proof_of_work', ['asn']), given)).toBe(false)
  })

  it('by any that the caller holds, so that a strong one does not hide the one for this rule', () => {
    const old = held('step_up', 10 * DAY_S)
    const wanted = terms('proof_of_work', ['network'])
    expect(passes(wanted, old)).toBe(false)
    const both = { ...old, 'clearance.held': ['step_up 864000', 'proof_of_work 60 network'] }
    expect(passedBy(wanted, facts(both).values)).toEqual({
      kind: 'proof_of_work',
      ageS: 60,
      bound: ['network'],
    })
  })

  it('never by two that would do only together', () => {
    const given = { 'clearance.held': ['step_up 60', 'proof_of_work 60 network', 'human 60 asn'] }
    expect(passes(terms('step_up', ['network']), given)).toBe(false)
    expect(passes(terms('proof_of_work', ['network', 'asn']), given)).toBe(false)
  })
})

describe('a clearance that is held in vain', () => {
  const wanted = terms('human', ['network', 'asn'])
  const inVain = (given: Findings) => heldInVain(wanted, facts(given).values)

  it('is named with all that it lacks', () => {
    expect(inVain(held('proof_of_work', 10 * DAY_S, ['asn']))).toEqual([
      {
        held: { kind: 'proof_of_work', ageS: 10 * DAY_S, bound: ['asn'] },
        short: { weaker: true, tooOld: true, notBoundTo: ['network'] },
      },
    ])
  })

  it('stands once where it is the strongest of those held, its age rounded or not', () => {
    const given = { ...held('step_up', 59.5), 'clearance.held': ['step_up 60', 'human 5 asn'] }
    expect(inVain(given).map(({ held: { kind }, short }) => [kind, short.notBoundTo])).toEqual([
      ['step_up', ['network', 'asn']],
      ['human', ['network']],
    ])
  })

  it('is none where the caller holds nothing, or has passed', () => {
    expect(inVain(held('none'))).toEqual([])
    expect(inVain({})).toEqual([])
    expect(inVain(held('step_up', 60, ['network', 'asn']))).toEqual([])
  })
})
