import { describe, expect, it } from 'vitest'
import type { Issued } from '../../../src/core/challenge.ts'
import { MAX_CLEARANCES_OF_SUBJECT } from '../../../src/core/subject-full.ts'
import { anAnswerFrom, anIssued } from '../../support/a-challenge.ts'
import { aClearance } from '../../support/a-clearance.ts'
import { createStepUpWorld } from '../../support/step-up-world.ts'

const MINUTE_MS = 60_000
const from = anAnswerFrom()

/** An account that holds as many clearances as its proofs can come to, from now for half an hour. */
const crowded = async () => {
  const world = createStepUpWorld({
    challenges: [{ kind: 'human', verify: () => Promise.resolve('passed') }],
  })
  const { clock, ledger, answering, seal } = world
  for (let n = 0; n < MAX_CLEARANCES_OF_SUBJECT; n++) {
    const expiresMs = clock.now() + 30 * MINUTE_MS + n
    await ledger.claim(aClearance({ atMs: clock.now(), expiresMs }), expiresMs)
  }
  const issue = (kind: Issued['kind']): Issued => anIssued({ kind, issuedMs: clock.now() })
  const answer = (issued: Issued) => answering.answer(seal(issued), {}, from)
  return { ...world, issue, answer }
}

describe('an account that holds as many clearances as its proofs can come to', () => {
  it('is told to wait until the first of them runs out, and then passes', async () => {
    const { clock, issue, answer } = await crowded()
    clock.advance(25 * MINUTE_MS)
    const issued = issue('human')
    const retryAfterMs = 5 * MINUTE_MS
    expect(await answer(issued)).toEqual({ kind: 'limited', issued, retryAfterMs })
    clock.advance(retryAfterMs)
    expect((await answer(issued)).kind).toBe('granted')
  })

  it('is refused and confirmed by the operator all the same', async () => {
    const { issue, answering } = await crowded()
    expect((await answering.settle(issue('step_up'), 'refused')).kind).toBe('refused')
    expect((await answering.settle(issue('step_up'), 'granted')).kind).toBe('granted')
  })

  it('holds no more than a bound of those either', async () => {
    const { issue, answering } = await crowded()
    for (let n = 0; n < MAX_CLEARANCES_OF_SUBJECT; n++) {
      expect((await answering.settle(issue('step_up'), 'granted')).kind).toBe('granted')
    }
    expect((await answering.settle(issue('step_up'), 'granted')).kind).toBe('unavailable')
  })
})
