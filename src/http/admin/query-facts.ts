import { z } from 'zod'
import { FACT_NAMES, FACTS, Facts, type FactName, type FactValue } from '../../core/facts.ts'
import { canonicalAddress, networkOf } from '../../core/ip.ts'

const MAX_TEXT_CHARS = 512

/** Facts an operator named, or what is wrong with the first one that cannot be taken. */
export type QueryFacts =
  | { readonly ok: true; readonly facts: Facts }
  | { readonly ok: false; readonly what: string }

type Value = { readonly value: FactValue } | { readonly not: string }

const isFact = (name: string): name is FactName =>
  FACT_NAMES.some((candidate) => candidate === name)

/** An address counts by its canonical form, however it was typed. */
const placed = (name: FactName, text: string): Value | undefined => {
  if (name === 'caller.ip') {
    const value = canonicalAddress(text)
    return value === undefined ? { not: 'an address' } : { value }
  }
  if (name === 'caller.network') {
    const address = canonicalAddress(text.split('/')[0] ?? '')
    const value = address === undefined ? undefined : networkOf(address)
    return value !== text
      ? { not: `a network${value === undefined ? '' : `; write ${value}`}` }
      : { value }
  }
  return undefined
}

const valueOf = (name: FactName, texts: readonly string[]): Value => {
  const row: { readonly type: string; readonly values?: readonly string[] } = FACTS[name]
  if (row.type === 'list') return { value: texts }
  const [text = '', ...more] = texts
  if (more.length > 0) return { not: 'one value' }
  if (text.length > MAX_TEXT_CHARS) return { not: `at most ${MAX_TEXT_CHARS} characters` }
  switch (row.type) {
    case 'number':
      return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) && Number.isFinite(Number(text))
        ? { value: Number(text) }
        : { not: 'a number' }
    case 'boolean':
      return text === 'true' || text === 'false'
        ? { value: text === 'true' }
        : { not: 'true or false' }
    default:
      if (row.values !== undefined && !row.values.includes(text)) {
        return { not: `one of ${row.values.join(', ')}` }
      }
      return placed(name, text) ?? { value: text }
  }
}

/** What a policy works out itself: given from outside it would be overwritten without a word. */
const isWorkedOut = (name: FactName): boolean => /^(?:trust|risk)\./.test(name)

/** What {@link factsOfQuery} takes, for the document of the API. */
export const factsQuery: z.ZodType = z.strictObject(
  Object.fromEntries(
    FACT_NAMES.filter((name) => !isWorkedOut(name)).map((name) => [
      name,
      z.string().max(MAX_TEXT_CHARS).describe(FACTS[name].says).optional(),
    ]),
  ),
)

/**
 * Facts given as query parameters, one a fact; a list is given by repeating its name. `caller.ip` also
 * gives `caller.network`, unless that is given itself.
 */
export const factsOfQuery = (query: { readonly [name: string]: readonly string[] }): QueryFacts => {
  const facts = new Facts()
  for (const [name, texts] of Object.entries(query)) {
    const shown = JSON.stringify(name.slice(0, 64))
    if (!isFact(name)) return { ok: false, what: `${shown} is not the name of a fact` }
    if (isWorkedOut(name)) {
      return { ok: false, what: `${shown} is worked out by the policy; give the facts it reads` }
    }
    const found = valueOf(name, texts)
    if ('not' in found) return { ok: false, what: `${shown} is not ${found.not}` }
    facts.add({ [name]: found.value })
  }
  const ip = facts.known('caller.ip')
  if (ip !== undefined && facts.known('caller.network') === undefined) {
    facts.set('caller.network', networkOf(ip))
  }
  return { ok: true, facts }
}
