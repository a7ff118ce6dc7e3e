import { describe, expect, it } from 'vitest'
import { CHALLENGE_KINDS } from '../../../src/core/challenge.ts'
import type { RecordedCall } from '../../../src/core/trace.ts'
import { createRandom } from '../../../src/simulate/random.ts'
import { drawSolves, SOLVING } from '../../../src/simulate/solving.ts'
import { traceText } from '../../../src/simulate/trace-text.ts'
import { callsOf, simulated } from '../../support/simulated.ts'

const SEED = 7_411

/** Shares of accounts that answer each challenge, by the beginning of their label. */
const sharesOf = (calls: Iterable<RecordedCall>, label: string): readonly number[] => {
  const accounts = new Map<string, RecordedCall['solves']>()
  for (const call of calls) {
    if (call.label.startsWith(label)) accounts.set(call.account ?? '', call.solves)
  }
  return CHALLENGE_KINDS.map(
    (kind) => [...accounts.values()].filter((solves) => solves?.[kind]).length / accounts.size,
  )
}

const naive = (variant: string): RecordedCall[] => [
  ...callsOf(
    simulated(
      'naive',
      { scale: 0.1, seed: SEED },
      {
        days: 2,
        variant,
        honestAccounts: 1_000,
        lookAlikes: false,
        campaign: { signup: { over_days: 0 } },
      },
    ),
  ),
]

describe('who answers challenges', () => {
  it('is drawn by the shares of their kind, and what is certain is never drawn', () => {
    const random = createRandom(SEED, 'solves')
    const all = Array.from({ length: 2_000 }, () => drawSolves(random, SOLVING.program))
    const share = (kind: 'proof_of_work' | 'human' | 'step_up'): number =>
      all.filter((one) => one[kind]).length / all.length
    expect(share('proof_of_work')).toBeCloseTo(0.5, 1)
    expect(share('human')).toBeCloseTo(0.7, 1)
    expect(share('step_up')).toBeCloseTo(0.97, 1)
    const untouched = createRandom(SEED, 'certain')
    expect(drawSolves(untouched, { proof_of_work: 1, human: 0, step_up: 1 })).toEqual({
      proof_of_work: true,
      human: false,
      step_up: true,
    })
    expect(untouched.unit()).toBe(createRandom(SEED, 'certain').unit())
  })

  it('differs as guessed between customers and a naive campaign', () => {
    const calls = naive('a1-naive')
    const [proof = 0, human = 0, stepUp = 0] = sharesOf(calls, 'legit/')
    expect(proof).toBeGreaterThan(0.5)
    expect(human).toBeGreaterThan(0.7)
    expect(stepUp).toBeGreaterThan(0.9)
    const [attackProof, attackHuman = 0, attackStepUp] = sharesOf(calls, 'attack/')
    expect([attackProof, attackStepUp]).toEqual([1, 0])
    expect(attackHuman).toBeGreaterThan(0.2)
    expect(attackHuman).toBeLessThan(0.8)
  })

  it('is a knob of a campaign that changes nothing else of it', () => {
    const calls = naive('a1-naive')
    const better = naive('solves-step-up-20')
    const [proof, human, stepUp = 0] = sharesOf(better, 'attack/')
    expect([proof, human]).toEqual([1, 1])
    expect(stepUp).toBeGreaterThan(0.02)
    expect(stepUp).toBeLessThan(0.5)
    const texts = (of: readonly RecordedCall[]): string[] =>
      of.map((call) => traceText({ ...call, solves: undefined }))
    expect(texts(better)).toEqual(texts(calls))
  })
})
