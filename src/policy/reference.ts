import type { Facts } from '../core/facts.ts'
import type { Complaint } from './complaint.ts'
import { compileCondition } from './condition.ts'
import { COUNTRY_CODES, COUNTRY_FACTS } from './country-codes.ts'
import { valuesOfFact } from './vocabulary.ts'

/** Says who is proven; `undefined` where a fact that decides it is not known. Never throws. */
export type Reference = (facts: Facts) => boolean | undefined

/**
 * Compiles a CEL condition that says which calls come from the proven, whom nobody has to be compared
 * with. It may read every fact but those of campaigns, which are made with it. Where it cannot be
 * evaluated because a fact is unknown, it says so: that proves nobody, and takes nobody's proof away.
 */
export const createReference = (
  text: string,
):
  | { readonly ok: true; readonly reference: Reference }
  | { readonly ok: false; readonly complaints: readonly Complaint[] } => {
  const compiled = compileCondition(text, {
    forbids: (fact) =>
      fact.startsWith('campaign.')
        ? {
            what: `${fact} is made with this condition`,
            instead: 'read other facts, such as payment.settled_count',
          }
        : undefined,
    closed: (fact) => (COUNTRY_FACTS.has(fact) ? COUNTRY_CODES : valuesOfFact(fact)),
  })
  if (!compiled.ok) return compiled
  const { run } = compiled.value
  return {
    ok: true,
    reference: ({ values }) => {
      const outcome = run(values)
      if (typeof outcome === 'boolean') return outcome
      return outcome.kind === 'missing' ? undefined : false
    },
  }
}
