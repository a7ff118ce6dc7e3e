import type { Decision } from '../core/decision.ts'
import { Facts, FACT_SLOT, Unknown, type FactName, type FactValue } from '../core/facts.ts'
import { changeCandidates, type Candidate } from './change-candidates.ts'
import { decide } from './decide.ts'
import type { Expression } from './expression.ts'
import type { Policy } from './policy.ts'

/** A fact as it would have to be; `undefined` stands for unknown. */
export type FactChange = {
  readonly fact: FactName
  readonly from: FactValue | undefined
  readonly to: FactValue | undefined
}

/** Facts that together change the outcome, and what it is then. */
export type SmallestChange = {
  readonly facts: readonly FactChange[]
  readonly verdict: Decision['verdict']
  readonly rule: string | undefined
  readonly tier: string
}

/** What a search has found: changes of as few facts as possible, the nearest first. */
export type SmallestChanges = {
  readonly changes: readonly SmallestChange[]
  /** Decisions that were made to find them. */
  readonly tried: number
  /** False where the search was cut off: what is not found may be there. */
  readonly complete: boolean
}

/** What is searched for, and how far. */
export type SmallestChangeOptions = {
  /** Whether a decision is another outcome; by default another verdict. */
  readonly differs?: (decision: Decision) => boolean
  /** Expressions that matter most, whose facts are tried first. */
  readonly first?: readonly Expression[]
  /** Facts that are not to be changed. */
  readonly fixed?: ReadonlySet<FactName>
  /** Changes at most. */
  readonly most?: number
  /** Decisions at most, with two facts at a time. */
  readonly budget?: number
}

const MOST = 5
const BUDGET = 20_000
const STEP = 32

type Hit = { readonly candidates: readonly Candidate[]; readonly change: SmallestChange }

const distanceOf = ({ candidates }: Hit): number =>
  candidates.reduce((sum, { distance }) => sum + distance, 0)

const plain = (value: FactValue | Unknown | undefined): FactValue | undefined =>
  value instanceof Unknown ? undefined : value

/** Of the changes of the same facts to the same verdict only the nearest says something. */
const nearestOf = (hits: readonly Hit[], most: number): readonly SmallestChange[] => {
  const seen = new Set<string>()
  return hits
    .map((hit, at) => ({ hit, at, distance: distanceOf(hit) }))
    .toSorted((a, b) => a.distance - b.distance || a.at - b.at)
    .filter(({ hit: { candidates, change } }) => {
      const key = [...candidates.map(({ fact }) => fact), change.verdict].join(' ')
      return !seen.has(key) && seen.add(key) !== undefined
    })
    .slice(0, most)
    .map(({ hit }) => hit.change)
}

/**
 * Looks for the fewest facts that would have had to be otherwise for another outcome: one of them, or where
 * no single one is enough, two; among candidates drawn from the policy's own comparisons. Every change that
 * is returned was decided again with it. Pure; hands control back between slices of {@link STEP} decisions.
 */
export function* searchSmallestChange(
  policy: Policy,
  given: Facts,
  options: SmallestChangeOptions = {},
): Generator<undefined, SmallestChanges> {
  const { most = MOST, budget = BUDGET } = options
  const facts = new Facts(given.values)
  const { verdict } = decide(policy, facts)
  const differs = options.differs ?? ((decision: Decision) => decision.verdict !== verdict)
  const sheet = facts.values
  const candidates = changeCandidates(policy, sheet, options)
  let tried = 0

  const tryThese = (chosen: readonly Candidate[]): Hit | undefined => {
    tried++
    const kept = chosen.map(({ fact }) => sheet[FACT_SLOT[fact]])
    for (const { fact, to } of chosen) sheet[FACT_SLOT[fact]] = to
    const decision = decide(policy, facts)
    chosen.forEach(({ fact }, at) => {
      const value = kept[at]
      if (value !== undefined) sheet[FACT_SLOT[fact]] = value
    })
    if (!differs(decision)) return undefined
    return {
      candidates: chosen,
      change: {
        facts: chosen.map(({ fact, to }, at) => ({ fact, from: plain(kept[at]), to: plain(to) })),
        verdict: decision.verdict,
        rule: decision.rule,
        tier: decision.tier,
      },
    }
  }

  const hits: Hit[] = []
  for (const candidate of candidates) {
    const hit = tryThese([candidate])
    if (hit !== undefined) hits.push(hit)
    if (tried % STEP === 0) yield
  }
  if (hits.length > 0) return { changes: nearestOf(hits, most), tried, complete: true }

  for (const [at, one] of candidates.entries()) {
    for (const other of candidates.slice(at + 1)) {
      if (other.fact === one.fact) continue
      if (tried >= budget) return { changes: nearestOf(hits, most), tried, complete: false }
      const hit = tryThese([one, other])
      if (hit !== undefined) hits.push(hit)
      if (tried % STEP === 0) yield
    }
  }
  return { changes: nearestOf(hits, most), tried, complete: true }
}

/** {@link searchSmallestChange} in one go; some 10 us a decision, of which there can be thousands. */
export const smallestChange = (
  policy: Policy,
  facts: Facts,
  options?: SmallestChangeOptions,
): SmallestChanges => {
  const search = searchSmallestChange(policy, facts, options)
  for (;;) {
    const step = search.next()
    if (step.done === true) return step.value
  }
}
