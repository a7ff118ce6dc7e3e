import { createHash } from 'node:crypto'
import { AXES } from '../core/campaign.ts'
import { sortProblems, type Problem } from '../core/problem.ts'
import {
  compileLimit,
  compileRule,
  compileTier,
  compileWeight,
  LEAST_CAPABILITIES,
  type Capabilities,
  type EntryCompiler,
} from './compile-entry.ts'
import type { ExpressionScope } from './condition.ts'
import { COUNTRY_CODES, COUNTRY_FACTS } from './country-codes.ts'
import type { Limit, Policy, Rule, Tier, Weight } from './policy.ts'
import {
  readPolicyDocument,
  type Draft,
  type Drafts,
  type PolicyDocument,
} from './read-policy-document.ts'
import type { Section } from './schema.ts'
import { DEFAULT_TIER } from './standing.ts'
import { valuesOfFact } from './vocabulary.ts'

/** A policy, or everything that is wrong with its documents. */
export type Compilation =
  | { readonly ok: true; readonly policy: Policy }
  | { readonly ok: false; readonly problems: readonly Problem[] }

const later = (what: string): { what: string; instead: string } => ({
  what,
  instead: 'read it in rules and limits instead',
})

const forbidsInTiers: ExpressionScope['forbids'] = (fact) =>
  fact.startsWith('trust.') || fact.startsWith('risk.')
    ? later(`${fact} is not known yet: tiers come first`)
    : undefined

const forbidsInWeights: ExpressionScope['forbids'] = (fact) =>
  fact.startsWith('risk.') ? later(`${fact} is not known yet: weights make it`) : undefined

const revisionOf = (documents: readonly PolicyDocument[]): string => {
  const hash = createHash('sha256')
  for (const { source } of documents) hash.update(`${Buffer.byteLength(source)}:`).update(source)
  return hash.digest('hex').slice(0, 12)
}

const byFile = (a: { readonly file: string }, b: { readonly file: string }): number =>
  a.file < b.file ? -1 : a.file > b.file ? 1 : 0

/** Reports every id that stands twice, at the later place. */
const reportDoubles = (
  drafts: readonly Draft<Section>[],
  report: (problem: Problem) => void,
): void => {
  const seen = new Map<string, Draft<Section>>()
  for (const draft of drafts) {
    if (draft.id === undefined) continue
    const first = seen.get(draft.id)
    if (first === undefined) {
      seen.set(draft.id, draft)
      continue
    }
    const { file, line } = first.place
    report(
      draft.problem(
        'id',
        `the id ${draft.id.slice(0, 64)} is taken (${file}:${line})`,
        'choose another',
      ),
    )
  }
}

const reportTiers = (
  documents: readonly Drafts[],
  tiers: readonly (Tier | undefined)[],
  report: (problem: Problem) => void,
): void => {
  const [first, ...others] = documents.filter((document) => document.tiers.length > 0)
  for (const document of others) {
    for (const draft of document.tiers.slice(0, 1)) {
      report(
        draft.problem('id', `tiers already stand in ${first?.file}`, 'keep them in one document'),
      )
    }
  }
  const drafts = first?.tiers ?? []
  const open = tiers.findIndex((tier) => tier?.condition.constant === true)
  const last = drafts.at(-1)
  if (last !== undefined && open === -1 && tiers.at(drafts.length - 1) !== undefined) {
    report(last.problem('when', 'the last tier must take everyone', "write when: 'true'"))
  }
  for (const draft of open === -1 ? [] : drafts.slice(open + 1)) {
    report(draft.problem('id', 'no call gets here: a tier before it takes everyone', 'move it up'))
  }
}

const reportUnreachable = (
  drafts: readonly Draft<'rules'>[],
  rules: readonly (Rule | undefined)[],
  report: (problem: Problem) => void,
): void => {
  const end = rules.findIndex(
    (rule) =>
      rule?.condition.constant === true &&
      rule.mode === 'enforce' &&
      rule.rollout >= 100 &&
      // Whoever has passed a challenge gets to the rules behind it.
      rule.action !== 'challenge' &&
      rule.action !== 'tag' &&
      rule.action !== 'reshape',
  )
  if (end === -1) return
  for (const draft of drafts.slice(end + 1)) {
    const what = `no call gets here: rule ${rules[end]?.id} decides every one`
    report(draft.problem('id', what, 'move it up, or narrow that rule'))
  }
}

const idsOf = (drafts: readonly Draft<Section>[]): string[] =>
  drafts.flatMap(({ id }) => (id === undefined ? [] : [id]))

/**
 * Compiles documents to one policy, or reports everything that is wrong with them, sorted. Documents merge
 * in the order of their file names (by code unit); tiers may stand in one document only. Without tiers
 * every call is in the tier `default` with factor 1; without documents every call is allowed. What needs
 * something of the settings that `capabilities` does not name, nor every guard offers, is a problem.
 */
export const compilePolicy = (
  documents: readonly PolicyDocument[],
  offered: Partial<Capabilities> = {},
): Compilation => {
  const capabilities = { ...LEAST_CAPABILITIES, ...offered }
  const ordered = documents.toSorted(byFile)
  const read = ordered.map(readPolicyDocument)
  const problems: Problem[] = read.flatMap((document) => document.problems)
  const report = (problem: Problem): void => {
    problems.push(problem)
  }
  const drafts = {
    tiers: read.flatMap((document) => document.tiers),
    weights: read.flatMap((document) => document.weights),
    rules: read.flatMap((document) => document.rules),
    limits: read.flatMap((document) => document.limits),
  }
  const tierIds = drafts.tiers.length === 0 ? [DEFAULT_TIER] : idsOf(drafts.tiers)
  const closed: ExpressionScope['closed'] = (fact) => {
    if (fact === 'trust.tier') return tierIds
    if (COUNTRY_FACTS.has(fact)) return COUNTRY_CODES
    if (fact === 'campaign.axes') return AXES
    return fact === 'risk.reasons' ? idsOf(drafts.weights) : valuesOfFact(fact)
  }
  const compiler = (forbids: ExpressionScope['forbids']): EntryCompiler => ({
    scope: { forbids, closed },
    capabilities,
    report,
  })
  const everywhere = compiler(() => undefined)
  const tiers = drafts.tiers.map((draft) => compileTier(draft, compiler(forbidsInTiers)))
  const weights = drafts.weights.map((draft) => compileWeight(draft, compiler(forbidsInWeights)))
  const rules = read.flatMap(({ posture, rules: list }) =>
    list.map((draft) => compileRule(draft, posture, everywhere)),
  )
  const limits = read.flatMap(({ posture, limits: list }) =>
    list.map((draft) => compileLimit(draft, posture, everywhere)),
  )
  reportDoubles(drafts.tiers, report)
  reportDoubles(drafts.weights, report)
  reportDoubles([...drafts.rules, ...drafts.limits], report)
  reportTiers(read, tiers, report)
  reportUnreachable(drafts.rules, rules, report)
  if (problems.length > 0) return { ok: false, problems: sortProblems(problems) }
  return {
    ok: true,
    policy: assemble(
      revisionOf(ordered),
      present(tiers),
      present(weights),
      present(rules),
      present(limits),
    ),
  }
}

const present = <T>(list: readonly (T | undefined)[]): readonly T[] =>
  list.filter((entry) => entry !== undefined)

const assemble = (
  revision: string,
  tiers: readonly Tier[],
  weights: readonly Weight[],
  rules: readonly Rule[],
  limits: readonly Limit[],
): Policy =>
  Object.freeze({
    revision,
    tiers,
    weights,
    rules,
    limits,
    fallbackScale: Math.min(1, ...tiers.map(({ factor }) => factor)),
  })
