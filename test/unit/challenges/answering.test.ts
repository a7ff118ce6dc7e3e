import { describe, expect, it, vi } from 'vitest'
import { createCarried } from '../../../src/challenges/sealed-clearance.ts'
import { createSeals } from '../../../src/challenges/seal.ts'
import type { Challenge } from '../../../src/core/challenge.ts'
import {
  aLedger,
  anAnswerFrom,
  anAnsweringRig,
  anIssued,
  type AnsweringRig,
} from '../../support/a-challenge.ts'
import { createFakeClock } from '../../support/clock.ts'

const HOUR_MS = 3_600_000

/** A human challenge whose vendor says this. */
const human = (verify: Challenge['verify']): Challenge => ({ kind: 'human', verify })

const nothingGranted = ({ granted, table }: AnsweringRig): void => {
  expect(granted).toEqual([])
  expect(table.size(0)).toBe(0)
}

describe('an answer', () => {
  it('that is right yields the clearance of the challenge, once', async () => {
    const clock = createFakeClock(Date.now())
    const rig = anAnsweringRig({ clock })
    const bound = { network: 'network-hash', credential: 'credential-hash' }
    const issued = anIssued({ issuedMs: clock.now(), bound })
    const solution = await rig.solutionOf(issued)
    clock.advance(1_000)
    const outcome = await rig.answer(rig.tokenOf(issued), solution)
    if (outcome.kind !== 'granted') throw new Error(outcome.kind)
    expect(outcome.clearance).toEqual({
      id: issued.id,
      kind: 'proof_of_work',
      subject: 'a:acct_1',
      state: 'granted',
      atMs: clock.now(),
      expiresMs: issued.expiresMs + issued.lifetimeMs,
      bound,
      decision: issued.decision,
    })
    expect(rig.table.of('a:acct_1', clock.now())).toEqual([outcome.clearance])
    expect(rig.granted).toEqual([outcome.clearance])
    expect(createCarried({ seals: rig.seals, clock }).open(outcome.token)).toEqual(
      outcome.clearance,
    )

    expect(await rig.answer(rig.tokenOf(issued), solution)).toMatchObject({ kind: 'spent' })
    expect(rig.granted).toHaveLength(1)
  })

  it('is granted once of a thousand at the same time, over three replicas', async () => {
    const ledger = aLedger(Date)
    const rigs = [1, 2, 3].map(() => anAnsweringRig({ ledger }))
    const [first] = rigs
    if (first === undefined) throw new Error('no rig')
    const issued = anIssued()
    const solution = await first.solutionOf(issued)
    const token = first.tokenOf(issued)
    const outcomes = await Promise.all(
      Array.from({ length: 333 }, () => rigs.map((rig) => rig.answer(token, solution))).flat(),
    )
    expect(outcomes.filter(({ kind }) => kind === 'granted')).toHaveLength(1)
    expect(outcomes.filter(({ kind }) => kind === 'spent')).toHaveLength(998)
  })

  it('to an id that is not ours is malformed', async () => {
    const rig = anAnsweringRig()
    const solution = await rig.solutionOf(anIssued())
    for (const id of ['', 'x', '🦔'.repeat(9), 'A'.repeat(1_000_000), '../..', '\u0000']) {
      expect(await rig.answer(id, solution)).toEqual({ kind: 'malformed' })
    }
    nothingGranted(rig)
  })

  it('to a token of another purpose is malformed, whatever it says', async () => {
    const rig = anAnsweringRig()
    const issued = anIssued()
    const solution = await rig.solutionOf(issued)
    const carried = createCarried({ seals: rig.seals, clock: Date })
    const outcome = await rig.answer(rig.tokenOf(issued), solution)
    if (outcome.kind !== 'granted') throw new Error(outcome.kind)
    expect(await rig.answer(outcome.token, solution)).toEqual({ kind: 'malformed' })
    expect(carried.open(rig.tokenOf(anIssued()))).toBeUndefined()
  })

  it('is in time until the very millisecond in which the challenge runs out', async () => {
    const clock = createFakeClock(Date.now())
    const issued = anIssued({ issuedMs: clock.now() })
    clock.advance(issued.expiresMs - issued.issuedMs - 1)
    const rig = anAnsweringRig({ clock })
    expect(rig.answering.open(rig.tokenOf(issued)).ok).toBe(true)
    expect(rig.answering.statusOf(issued)).toBe('open')
    clock.advance(1)
    expect(rig.answering.open(rig.tokenOf(issued))).toEqual({ ok: false, why: 'expired', issued })
    expect(rig.answering.statusOf(issued)).toBe('expired')
    const outcome = await rig.answer(rig.tokenOf(issued), await rig.solutionOf(issued))
    expect(outcome).toEqual({ kind: 'expired', issued })
    nothingGranted(rig)
  })

  it.each([-HOUR_MS, HOUR_MS])(
    'from a replica whose clock is %d ms off grants nothing that has run out',
    async (offMs) => {
      const here = createFakeClock(Date.now())
      const ledger = aLedger(here)
      const rig = anAnsweringRig({ clock: here, ledger })
      // Its clock says an hour more or less; ten minutes are long over or have not begun.
      const issued = anIssued({ issuedMs: here.now() + offMs })
      const outcome = await rig.answer(rig.tokenOf(issued), await rig.solutionOf(issued))
      expect(outcome.kind).toBe('expired')
      nothingGranted(rig)
    },
  )

  it('is not granted where only the ledger knows that it is too late', async () => {
    const late = createFakeClock(Date.now() + HOUR_MS)
    const rig = anAnsweringRig({ ledger: aLedger(late) })
    const issued = anIssued()
    const outcome = await rig.answer(rig.tokenOf(issued), await rig.solutionOf(issued))
    expect(outcome.kind).toBe('expired')
    nothingGranted(rig)
  })

  it('may come from a clock that is a little ahead', () => {
    const clock = createFakeClock(Date.now())
    const rig = anAnsweringRig({ clock })
    const ahead = (ms: number) => rig.tokenOf(anIssued({ issuedMs: clock.now() + ms }))
    expect(rig.answering.open(ahead(60_000)).ok).toBe(true)
    expect(rig.answering.open(ahead(60_001))).toMatchObject({ ok: false, why: 'expired' })
  })

  it('from another network, ASN or credential than the challenge is bound to is not yours', async () => {
    const rig = anAnsweringRig()
    const bound = { network: 'network-hash', asn: 64_500, credential: 'mine' }
    const issued = anIssued({ bound })
    const token = rig.tokenOf(issued)
    const solution = await rig.solutionOf(issued)
    for (const other of [
      { network: 'another' },
      { asn: 64_501 },
      { asn: undefined },
      { credential: 'theirs' },
    ]) {
      const outcome = await rig.answer(token, solution, anAnswerFrom(other))
      expect(outcome).toEqual({ kind: 'not_yours', issued })
    }
    nothingGranted(rig)
    const own = await rig.answer(token, solution, anAnswerFrom({ credential: 'mine' }))
    expect(own.kind).toBe('granted')
  })

  it('for a credential without an account is not taken with another credential', async () => {
    const rig = anAnsweringRig()
    const issued = anIssued({ subject: 'c:mine' })
    const solution = await rig.solutionOf(issued)
    const theirs = anAnswerFrom({ credential: 'theirs' })
    const outcome = await rig.answer(rig.tokenOf(issued), solution, theirs)
    expect(outcome.kind).toBe('not_yours')
    expect((await rig.answer(rig.tokenOf(issued), solution)).kind).toBe('granted')
  })

  it('to a step-up is never taken from its caller', async () => {
    const rig = anAnsweringRig()
    const issued = anIssued({ kind: 'step_up' })
    const solution = await rig.solutionOf(issued)
    const outcome = await rig.answer(rig.tokenOf(issued), solution)
    expect(outcome).toEqual({ kind: 'not_answerable', issued })
    nothingGranted(rig)
  })

  it('is worth another try while the ledger is away, and then grants', async () => {
    const rig = anAnsweringRig()
    const issued = anIssued()
    const solution = await rig.solutionOf(issued)
    rig.ledger.fails = true
    expect((await rig.answer(rig.tokenOf(issued), solution)).kind).toBe('unavailable')
    nothingGranted(rig)
    rig.ledger.fails = false
    expect((await rig.answer(rig.tokenOf(issued), solution)).kind).toBe('granted')
  })

  it('whose judge is missing, throws or cannot be reached is unavailable, not granted', async () => {
    const issued = anIssued({ kind: 'human' })
    const unreachable = human(() => Promise.resolve('unavailable'))
    const throwing = human(() => Promise.reject(new Error('unforeseen')))
    for (const rig of [
      anAnsweringRig(),
      anAnsweringRig({ human: unreachable }),
      anAnsweringRig({ human: throwing }),
    ]) {
      const outcome = await rig.answer(rig.tokenOf(issued), { token: 't' })
      expect(outcome).toEqual({ kind: 'unavailable', issued })
      nothingGranted(rig)
    }
  })

  it('is judged once all that is cheaper has been', async () => {
    const verify = vi.fn<Challenge['verify']>().mockResolvedValue('passed')
    const clock = createFakeClock(Date.now())
    const rig = anAnsweringRig({ clock, human: human(verify) })
    const bound = { network: 'network-hash' }
    const issued = anIssued({ kind: 'human', bound, issuedMs: clock.now() })
    const answer = { token: 't' }
    await rig.answer('no id of ours', answer)
    await rig.answer(rig.tokenOf(issued), answer, anAnswerFrom({ network: 'another' }))
    await rig.answer(rig.tokenOf({ ...issued, issuedMs: 0, expiresMs: 1 }), answer)
    expect(verify).not.toHaveBeenCalled()
    expect((await rig.answer(rig.tokenOf(issued), answer)).kind).toBe('granted')
    await rig.answer(rig.tokenOf(issued), answer)
    expect(verify).toHaveBeenCalledTimes(1)
    expect(rig.failures).toEqual(['malformed', 'not_yours', 'expired', 'spent'])
  })

  it('is not looked at after too many wrong ones, until a while has passed', async () => {
    const verify = vi.fn<Challenge['verify']>().mockResolvedValue('wrong')
    const clock = createFakeClock(Date.now())
    const rig = anAnsweringRig({ clock, human: human(verify) })
    const ask = (over: { readonly network?: string } = {}, id = 'A'.repeat(22)) =>
      rig.answer(
        rig.tokenOf(anIssued({ kind: 'human', id, issuedMs: clock.now() })),
        { token: 't' },
        anAnswerFrom(over),
      )
    // One challenge from anywhere.
    for (let n = 0; n < 10; n++) expect((await ask({ network: `n${n}` })).kind).toBe('wrong')
    const limited = await ask({ network: 'n10' })
    expect(limited).toMatchObject({ kind: 'limited', retryAfterMs: 6_000 })
    expect((await ask({ network: 'n10' }, 'B'.repeat(22))).kind).toBe('wrong')
    clock.advance(6_000)
    expect((await ask({ network: 'n10' })).kind).toBe('wrong')

    // One network, any challenge.
    for (let n = 0; n < 60; n++) await ask({ network: 'busy' }, `${n}`.padStart(22, 'C'))
    verify.mockClear()
    verify.mockResolvedValue('passed')
    expect((await ask({ network: 'busy' }, 'D'.repeat(22))).kind).toBe('limited')
    expect(verify).not.toHaveBeenCalled()
    expect((await ask({ network: 'quiet' }, 'D'.repeat(22))).kind).toBe('granted')
  })

  it('that is junk locks nobody out', async () => {
    const rig = anAnsweringRig()
    for (let n = 0; n < 200; n++) await rig.answer('junk', {})
    const issued = anIssued()
    for (let n = 0; n < 200; n++) await rig.answer(rig.tokenOf(issued), { puzzle: n })
    expect(new Set(rig.failures)).toEqual(new Set(['malformed']))
    const outcome = await rig.answer(rig.tokenOf(issued), await rig.solutionOf(issued))
    expect(outcome.kind).toBe('granted')
  })

  it('is taken while secrets rotate, and no more afterwards', async () => {
    const [old, fresh] = ['the secret of last year, long enough', 'the secret of this year, long']
    const rootKey = Buffer.alloc(32)
    const rigOf = (...secrets: string[]) =>
      anAnsweringRig({ seals: createSeals({ rootKey, secrets }) })
    const issued = anIssued()
    const before = rigOf(old)
    const token = before.tokenOf(issued)
    const solution = await before.solutionOf(issued)
    expect(await rigOf(fresh).answer(token, solution)).toEqual({ kind: 'malformed' })
    expect((await rigOf(fresh, old).answer(token, solution)).kind).toBe('granted')
  })
})

describe('a challenge that the operator settles', () => {
  it('is granted with the facts it has changed, once', async () => {
    const rig = anAnsweringRig()
    const issued = anIssued({ kind: 'step_up' })
    const facts = { 'account.verified': 'identity' as const }
    const outcome = await rig.answering.settle(issued, 'granted', facts)
    expect(outcome).toMatchObject({ kind: 'granted', clearance: { facts, state: 'granted' } })
    expect(rig.answering.statusOf(issued)).toBe('granted')
    expect(await rig.answering.settle(issued, 'refused')).toEqual({ kind: 'spent', issued })
  })

  it('is refused without a clearance', async () => {
    const rig = anAnsweringRig()
    const issued = anIssued({ kind: 'step_up' })
    const outcome = await rig.answering.settle(issued, 'refused')
    expect(outcome).toMatchObject({ kind: 'refused', clearance: { state: 'refused' } })
    expect(rig.granted).toEqual([])
    expect(rig.answering.statusOf(issued)).toBe('refused')
    expect((await rig.answering.settle(issued, 'granted')).kind).toBe('spent')
  })

  it('cannot be after it has run out, nor while the ledger is away', async () => {
    const clock = createFakeClock()
    const rig = anAnsweringRig({ clock })
    const issued = anIssued({ kind: 'step_up', issuedMs: clock.now() })
    rig.ledger.fails = true
    expect((await rig.answering.settle(issued, 'granted')).kind).toBe('unavailable')
    clock.advance(HOUR_MS)
    expect((await rig.answering.settle(issued, 'granted')).kind).toBe('expired')
    nothingGranted(rig)
  })
})
