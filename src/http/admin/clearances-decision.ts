import { subjectOf } from '../../challenges/subject.ts'
import type { Subject } from '../../core/challenge.ts'
import { isClearanceId } from '../../core/clearance-row.ts'
import { Facts, Unknown } from '../../core/facts.ts'

/** The step-up that a recorded call met, or why there is none, for an operator. */
export type RecordedStepUp =
  | { readonly ok: true; readonly id: string; readonly subject: Subject }
  | { readonly ok: false; readonly why: string }

type Fields = { readonly [name: string]: unknown }

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const parse = (record: string): unknown => {
  try {
    return JSON.parse(record)
  } catch {
    return undefined
  }
}

/** Whom the challenge was for, by the facts that were written down. */
const subjectIn = (written: unknown): Subject | Unknown => {
  const facts = new Facts()
  const told = isFields(written) ? written : {}
  const { 'account.id': account, 'account.known': known, 'caller.credential': credential } = told
  if (typeof account === 'string') facts.set('account.id', account)
  if (typeof known === 'boolean') facts.set('account.known', known)
  if (typeof credential === 'string') facts.set('caller.credential', credential)
  return subjectOf(facts)
}

/** Reads the record of a decision, one that was damaged on the disk too. */
export const recordedStepUp = (record: string): RecordedStepUp => {
  const parsed = parse(record)
  const fields = isFields(parsed) ? parsed : {}
  const kind = fields['stillwatch.challenge.kind']
  const id = fields['stillwatch.challenge.id']
  if (kind === undefined) return { ok: false, why: 'that call was not challenged' }
  if (kind !== 'step_up') {
    return { ok: false, why: 'only a step-up is confirmed by hand; grant a clearance' }
  }
  const subject = subjectIn(fields['stillwatch.facts'])
  if (!isClearanceId(id) || subject instanceof Unknown) {
    return { ok: false, why: 'that call was given no challenge; grant a clearance' }
  }
  return { ok: true, id, subject }
}
