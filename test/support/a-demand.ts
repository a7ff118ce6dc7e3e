import type { Admission, Cost, Demand, LimitState } from '../../src/core/decision.ts'

/** A limit of ten calls a minute for one account, with whatever a test wants to be different. */
export const aDemand = (changes: Partial<Demand> = {}): Demand => ({
  limit: 'calls-per-account',
  key: 'acct_1',
  counted: 'requests',
  quota: 10,
  windowMs: 60_000,
  align: 'first_use',
  posture: 'insured',
  enforced: true,
  own: true,
  ...changes,
})

export const aCost = (inputTokens = 0, outputTokens = 0): Cost => ({
  inputTokens,
  outputTokens,
  nanoUsd: 0,
})

/** The admission of a call that must have been let through. */
export const admitted = (admission: Admission): Extract<Admission, { admitted: true }> => {
  if (!admission.admitted) throw new Error(`refused by ${admission.refusedBy.limit}`)
  return admission
}

/** The admission of a call that must have been refused. */
export const refused = (admission: Admission): Extract<Admission, { admitted: false }> => {
  if (admission.admitted) throw new Error('admitted')
  return admission
}

/** The only state of a list of one. */
export const only = (states: readonly LimitState[]): LimitState => {
  const [state, ...more] = states
  if (state === undefined || more.length > 0) throw new Error(`${states.length} states`)
  return state
}
