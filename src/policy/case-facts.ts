import type { ProblemAt } from '../core/document.ts'
import { FACT_NAMES, FACTS, Facts, type FactName, type FactValue } from '../core/facts.ts'
import type { Problem } from '../core/problem.ts'
import { nearest } from './nearest.ts'
import { isFact, valuesOfFact } from './vocabulary.ts'

const isRecord = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value if it is one the fact can have, else what it should have been. */
const checked = (
  name: FactName,
  value: unknown,
): { readonly value: FactValue } | { readonly wanted: string } => {
  const { type } = FACTS[name]
  if (type === 'list') {
    const texts = Array.isArray(value) && value.every((entry) => typeof entry === 'string')
    // The line above has looked at every entry.
    return texts ? { value: value as readonly string[] } : { wanted: 'a list of texts' }
  }
  if (type === 'number') {
    return typeof value === 'number' && Number.isFinite(value) ? { value } : { wanted: 'a number' }
  }
  if (type === 'boolean') {
    return typeof value === 'boolean' ? { value } : { wanted: 'true or false' }
  }
  if (typeof value !== 'string') return { wanted: 'a text' }
  const values = valuesOfFact(name)
  return values === undefined || values.includes(value)
    ? { value }
    : { wanted: `one of ${values.join(', ')}` }
}

/**
 * Facts written by hand, flat (`account.age_days: 3`) or in groups, as a sheet. Facts that are not
 * written are unknown. Names and types are strict; what the policy works out itself cannot be given.
 */
export const readCaseFacts = (
  written: unknown,
  path: readonly PropertyKey[],
  problemAt: ProblemAt,
): { readonly facts: Facts; readonly problems: readonly Problem[] } => {
  const facts = new Facts()
  const problems: Problem[] = []
  const put = (name: string, value: unknown, at: readonly PropertyKey[]): void => {
    if (!isFact(name)) {
      const near = nearest(name, FACT_NAMES)
      const instead = near === undefined ? 'write one such as account.age_days' : `write ${near}`
      problems.push(problemAt(at, `unknown fact ${JSON.stringify(name)}`, instead, { onKey: true }))
      return
    }
    if (name.startsWith('trust.') || name.startsWith('risk.')) {
      const instead = 'remove it; give the facts its tiers and weights read'
      problems.push(problemAt(at, `${name} is worked out by the policy`, instead, { onKey: true }))
      return
    }
    const found = checked(name, value)
    if ('wanted' in found) {
      problems.push(problemAt(at, `${name} is ${found.wanted}`, `write ${found.wanted}`))
      return
    }
    facts.add({ [name]: found.value })
  }
  for (const [key, value] of Object.entries(isRecord(written) ? written : {})) {
    if (key.includes('.') || !isRecord(value)) {
      put(key, value, [...path, key])
      continue
    }
    for (const [field, inner] of Object.entries(value))
      put(`${key}.${field}`, inner, [...path, key, field])
  }
  return { facts, problems }
}
