import {
  CORRECTABLE,
  type Clearance,
  type Clearances,
  type Corrections,
} from '../core/challenge.ts'
import { Unknown, type Facts } from '../core/facts.ts'
import type { Clock, SignalSource } from '../core/seams.ts'
import { subjectOf } from './subject.ts'

const NOTHING: Corrections = Object.freeze({})

const isOn = (one: Clearance, nowMs: number): boolean =>
  one.kind === 'step_up' && one.state !== 'revoked' && one.expiresMs > nowMs

/** Facts that step-ups of the subject of a call have changed, the newest word about each. */
export const correctionsOf = (clearances: Clearances, facts: Facts, nowMs: number): Corrections => {
  const subject = subjectOf(facts)
  if (subject instanceof Unknown) return NOTHING
  const on = clearances.of(subject, nowMs).filter((one) => one.facts && isOn(one, nowMs))
  if (on.length === 0) return NOTHING
  on.sort((one, other) => one.atMs - other.atMs)
  const corrected: { -readonly [N in keyof Corrections]: Corrections[N] } = {}
  for (const { facts: changed } of on) {
    for (const name of CORRECTABLE) {
      const value = changed?.[name]
      if (value !== undefined && !(value instanceof Unknown))
        Object.assign(corrected, { [name]: value })
    }
  }
  return corrected
}

/** Standings that only the source of accounts takes back: a suspension must not wait for a clearance to end. */
const BARRED: ReadonlySet<unknown> = new Set(['suspended', 'closed'])

const withoutRelief = (corrections: Corrections, facts: Facts): Corrections => {
  const { 'account.status': status, ...others } = corrections
  const lifts = status !== undefined && !BARRED.has(status)
  return lifts && BARRED.has(facts.get('account.status')) ? others : corrections
}

/**
 * What the operator's own console has found out of an account holder counts more than what the source of
 * accounts says, for as long as the clearance of that step-up holds, or its refusal is remembered. But an
 * account that is suspended or closed stays so.
 */
export const createCorrectionsSource = (options: {
  readonly clearances: Clearances
  readonly clock: Clock
}): SignalSource => {
  const { clearances, clock } = options
  return {
    name: 'corrections',
    provides: CORRECTABLE,
    budgetMs: 0,
    wave: 1,
    corrects: true,
    read: (_call, facts) => withoutRelief(correctionsOf(clearances, facts, clock.now()), facts),
  }
}
