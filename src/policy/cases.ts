import { z } from 'zod'
import { CHALLENGE_KINDS } from '../core/challenge.ts'
import { parseDocumentWith } from '../core/document.ts'
import type { Decision } from '../core/decision.ts'
import { reshapeText } from '../core/reshape.ts'
import { sortProblems, type Problem } from '../core/problem.ts'
import { readCaseFacts } from './case-facts.ts'
import { decide } from './decide.ts'
import type { Policy } from './policy.ts'
import { reshapeOf, reshapeSchema } from './reshape-schema.ts'

/** What a case expects; only what is written is compared. */
const expectSchema = z.strictObject({
  verdict: z.enum(['allow', 'deny', 'challenge', 'throttle']),
  // YAML's word for "no rule decided" is null.
  rule: z.string().nullable().optional(),
  /** Kind of the challenge that is asked for; null for none. */
  challenge: z.enum(CHALLENGE_KINDS).nullable().optional(),
  /** Of that challenge, to a hundredth. */
  difficulty: z.number().optional(),
  /** Rules whose challenge the caller has passed. */
  cleared: z.array(z.string()).optional(),
  /** Rules that matched and did not act. */
  shadow: z.array(z.string()).optional(),
  tags: z.array(z.string()).optional(),
  /** What is taken away, all keys together; null for nothing. */
  reshape: reshapeSchema.nullable().optional(),
  tier: z.string().optional(),
  score: z.number().optional(),
  /** Ids of the limits that apply, or ids with their effective quota. */
  limits: z.union([z.array(z.string()), z.record(z.string(), z.int())]).optional(),
})

const casesSchema = z
  .array(
    z.strictObject({
      name: z.string().min(1).max(200),
      facts: z.record(z.string(), z.unknown()).optional(),
      expect: expectSchema,
    }),
  )
  .max(10_000)

type Expected = z.output<typeof expectSchema>

/** A case that came out differently. */
export type FailedCase = {
  readonly name: string
  readonly file: string
  readonly line: number
  readonly expected: string
  readonly got: string
}

/** Outcome of a file of cases. `problems` says what is wrong with the file itself; then no case ran. */
export type CasesResult = {
  readonly passed: number
  readonly failed: readonly FailedCase[]
  readonly problems: readonly Problem[]
}

const sorted = (list: readonly string[]): string => `[${list.toSorted().join(', ')}]`

const limitsText = (limits: NonNullable<Expected['limits']>): string =>
  Array.isArray(limits)
    ? sorted(limits)
    : sorted(Object.entries(limits).map(([id, quota]) => `${id}: ${quota}`))

const shadowed = ({ shadow }: Decision): readonly string[] => shadow.map(({ rule }) => rule)

type Row = { readonly key: string; readonly wanted: string; readonly found: string }

/** Expected and real value of everything a case compares, by name. */
const compared = (expected: Expected, decision: Decision): readonly Row[] => {
  const rows: Row[] = [{ key: 'verdict', wanted: expected.verdict, found: decision.verdict }]
  const { rule, challenge, difficulty, cleared, shadow } = expected
  const { tags, reshape, tier, score, limits } = expected
  const lists = { cleared: decision.cleared, shadow: shadowed(decision), tags: decision.tags }
  if (rule !== undefined)
    rows.push({ key: 'rule', wanted: String(rule), found: decision.rule ?? 'null' })
  if (challenge !== undefined) {
    const found = decision.challenge?.kind ?? 'null'
    rows.push({ key: 'challenge', wanted: String(challenge), found })
  }
  if (difficulty !== undefined) {
    const found = decision.challenge?.difficulty.toFixed(2) ?? 'none'
    rows.push({ key: 'difficulty', wanted: difficulty.toFixed(2), found })
  }
  for (const [key, wanted] of Object.entries({ cleared, shadow, tags })) {
    // The keys are those of the line above.
    const found = lists[key as keyof typeof lists]
    if (wanted !== undefined) rows.push({ key, wanted: sorted(wanted), found: sorted(found) })
  }
  if (reshape !== undefined) {
    const wanted = reshape === null ? 'nothing' : reshapeText(reshapeOf(reshape))
    const found = decision.reshape === undefined ? 'nothing' : reshapeText(decision.reshape)
    rows.push({ key: 'reshape', wanted, found })
  }
  if (tier !== undefined) rows.push({ key: 'tier', wanted: tier, found: decision.tier })
  if (score !== undefined)
    rows.push({ key: 'score', wanted: String(score), found: String(decision.score) })
  if (limits !== undefined) {
    const demands = decision.demands.filter(({ enforced }) => enforced)
    const found = Array.isArray(limits)
      ? sorted(demands.map(({ limit }) => limit))
      : sorted(demands.map(({ limit, quota }) => `${limit}: ${quota}`))
    rows.push({ key: 'limits', wanted: limitsText(limits), found })
  }
  return rows
}

/**
 * Runs a `*.cases.yaml` file against a policy: a list of `{name, facts, expect}`. Facts that a case does
 * not give are unknown. A failed case says everything that differed.
 */
export const runCases = (policy: Policy, file: string, source: string): CasesResult => {
  const parsed = parseDocumentWith(file, source, casesSchema)
  if (!parsed.ok) return { passed: 0, failed: [], problems: sortProblems(parsed.problems) }
  const { value: cases, problemAt } = parsed.document
  const read = cases.map((one, at) => readCaseFacts(one.facts, [at, 'facts'], problemAt))
  const problems = read.flatMap((one) => one.problems)
  if (problems.length > 0) return { passed: 0, failed: [], problems: sortProblems(problems) }
  const failed: FailedCase[] = []
  for (const [at, one] of cases.entries()) {
    const facts = read[at]?.facts
    if (facts === undefined) continue
    const decision = decide(policy, facts)
    const wrong = compared(one.expect, decision).filter(({ wanted, found }) => wanted !== found)
    if (wrong.length === 0) continue
    const rule = decision.rule === undefined ? '' : ` (by rule ${decision.rule})`
    failed.push({
      name: one.name,
      file,
      line: problemAt([at], '', '').line,
      expected: wrong.map(({ key, wanted }) => `${key} ${wanted}`).join(', '),
      got: `${wrong.map(({ key, found }) => `${key} ${found}`).join(', ')}${rule}`,
    })
  }
  return { passed: cases.length - failed.length, failed, problems: [] }
}
