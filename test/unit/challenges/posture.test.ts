import { describe, expect, it, onTestFinished } from 'vitest'
import { createClearanceTable } from '../../../src/challenges/clearance-table.ts'
import { createPosturedLedger, type LedgerPosture } from '../../../src/challenges/posture.ts'
import type { Clearance, ClearanceLedger } from '../../../src/core/challenge.ts'
import { LedgerFailure, type LedgerFailureKind } from '../../../src/core/ledger.ts'
import { MAX_CLEARANCES_OF_SUBJECT, SubjectFull } from '../../../src/core/subject-full.ts'
import { aClearance } from '../../support/a-clearance.ts'
import { createFakeClock } from '../../support/clock.ts'
import { until } from '../../support/wait.ts'

const clock = createFakeClock()
const NOW = clock.now()
const SOON = NOW + 1_000
const at = (over: Partial<Clearance> = {}): Clearance => aClearance({ atMs: NOW, ...over })

/** A ledger that fails as it is told to, and what it was asked. */
const aLedger = () => {
  const table = createClearanceTable()
  const state: { problem: Error | undefined } = { problem: undefined }
  const asked: string[] = []
  const ask = <T>(what: string, answer: () => T): Promise<T> => {
    asked.push(what)
    return state.problem === undefined ? Promise.resolve(answer()) : Promise.reject(state.problem)
  }
  const ledger: ClearanceLedger = {
    claim: (clearance) =>
      ask('claim', () => {
        if (table.get(clearance.id, NOW) !== undefined) return 'spent'
        table.take(clearance)
        return 'claimed'
      }),
    of: (subject) => ask('of', () => table.of(subject, NOW)),
    put: (clearance) => ask('put', () => void table.take(clearance)),
  }
  return { ledger, table, asked, state }
}
const failing = (kind: LedgerFailureKind): LedgerFailure => new LedgerFailure(kind, 'away')

const setup = (posture: LedgerPosture) => {
  const behind = aLedger()
  const table = createClearanceTable()
  const { ledger } = behind
  const postured = createPosturedLedger({ ledger, posture, table, clock, retryMs: 2 })
  onTestFinished(() => postured.close())
  return { ...behind, behind: behind.table, mine: table, postured }
}

describe('a ledger that is away', () => {
  it('grants nothing where the posture is closed', async () => {
    const { postured, state, mine } = setup('closed')
    state.problem = failing('unreachable')
    const clearance = at()
    await expect(postured.claim(clearance, SOON)).rejects.toBe(state.problem)
    expect(mine.size(NOW)).toBe(0)
    expect(postured.owed()).toBe(0)
    state.problem = undefined
    expect(await postured.claim(clearance, SOON)).toBe('claimed')
  })

  it.each(['unreachable', 'timeout', 'refused', 'nonsense'] as const)(
    'is insured by the table of the process (%s), which is spent once too',
    async (kind) => {
      const { postured, state, mine, behind } = setup('insured')
      state.problem = failing(kind)
      const clearance = at()
      const outcomes = await Promise.all([1, 2, 3].map(() => postured.claim(clearance, SOON)))
      expect(outcomes.toSorted()).toEqual(['claimed', 'spent', 'spent'])
      expect(await postured.claim(at(), NOW - 1)).toBe('expired')
      expect(mine.get(clearance.id, NOW)).toEqual(clearance)
      state.problem = undefined
      // Not in the ledger yet, and not to be had twice for that.
      expect(await postured.claim(clearance, SOON)).toBe('spent')
      await until('it to be told', () => behind.get(clearance.id, NOW))
      await until('nothing to be owed', () => postured.owed() === 0)
      expect(await postured.claim(clearance, SOON)).toBe('spent')
    },
  )

  it('keeps what it owes while it cannot be told, and tells each once', async () => {
    const { postured, state, behind, asked } = setup('insured')
    state.problem = failing('timeout')
    const some = Array.from({ length: 20 }, (_, who) => at({ subject: `a:${who}` }))
    for (const one of some) await postured.claim(one, SOON)
    const before = asked.length
    await until('some attempts', () => asked.length > before + 3)
    expect(postured.owed()).toBe(20)
    state.problem = undefined
    const back = asked.length
    await until('nothing to be owed', () => postured.owed() === 0)
    expect(behind.size(NOW)).toBe(20)
    expect(asked.length - back).toBe(20)
  })

  it('never brings back what was revoked meanwhile', async () => {
    const { postured, state, mine, behind } = setup('insured')
    state.problem = failing('unreachable')
    const [here, there] = [at(), at({ subject: 'a:other' })]
    await postured.claim(here, SOON)
    await postured.claim(there, SOON)
    mine.take({ ...here, state: 'revoked' })
    behind.take({ ...there, state: 'revoked' })
    state.problem = undefined
    await until('nothing to be owed', () => postured.owed() === 0)
    expect(behind.get(here.id, NOW)?.state).toBe('revoked')
    expect(behind.get(there.id, NOW)?.state).toBe('revoked')
  })

  it.each(['revoked', 'refused'] as const)(
    'learns what stands there once it is back: %s counts over what was granted here',
    async (state_) => {
      const { postured, state, mine, behind } = setup('insured')
      const clearance = at()
      behind.take({ ...clearance, state: state_, atMs: NOW - 1_000 })
      state.problem = failing('unreachable')
      expect(await postured.claim(clearance, SOON)).toBe('claimed')
      state.problem = undefined
      await until('what is owed to be brought', () => postured.owed() === 0)
      expect(mine.get(clearance.id, NOW)?.state).toBe(state_)
    },
  )

  it('insures no reading and no revoking', async () => {
    const { postured, state } = setup('insured')
    state.problem = failing('unreachable')
    await expect(postured.of('a:acct_1')).rejects.toBe(state.problem)
    await expect(postured.put(at())).rejects.toBe(state.problem)
  })

  it('is not taken for away where it has no room for a subject, or has broken in a new way', async () => {
    const { postured, state, mine } = setup('insured')
    for (const problem of [new SubjectFull(), new TypeError('a mistake')]) {
      state.problem = problem
      await expect(postured.claim(at(), SOON)).rejects.toBe(problem)
    }
    expect(mine.size(NOW)).toBe(0)
    state.problem = failing('timeout')
    for (let times = 0; times < MAX_CLEARANCES_OF_SUBJECT; times++) {
      expect(await postured.claim(at(), SOON)).toBe('claimed')
    }
    await expect(postured.claim(at(), SOON)).rejects.toBeInstanceOf(SubjectFull)
  })
})
