import type { z } from 'zod'
import { parseDocumentWith, type ProblemAt } from '../core/document.ts'
import type { Problem } from '../core/problem.ts'
import type { Place } from './policy.ts'
import { policySchema, SECTIONS, type EntryOf, type Section } from './schema.ts'

/** A policy file that was read. */
export type PolicyDocument = {
  /** Path as the operator named it. */
  readonly file: string
  readonly source: string
}

/** An entry of a list, whether or not its shape is right. */
export type Draft<S extends Section> = {
  /** `undefined` where the shape is wrong; that has been reported. */
  readonly entry: EntryOf<S> | undefined
  /** The keys as written, for what can be checked in spite of a wrong shape. */
  readonly raw: { readonly [key: string]: unknown }
  readonly id: string | undefined
  readonly place: Place
  /** A problem at a key of the entry, or a key inside it, or at what is there of them. */
  readonly problem: (
    key: string | readonly string[],
    what: string,
    instead: string,
    options?: { readonly onKey?: boolean; readonly offset?: number },
  ) => Problem
}

/** A document whose shape has been looked at. */
export type Drafts = { readonly [S in Section]: readonly Draft<S>[] } & {
  readonly file: string
  readonly posture: 'open' | 'closed'
  readonly problems: readonly Problem[]
}

const isRecord = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const draftsOf = <S extends Section>(
  section: S,
  // Narrowed from SECTIONS[section], which TypeScript cannot follow through the generic.
  schema: z.ZodType<EntryOf<S>>,
  list: unknown,
  problemAt: ProblemAt,
): readonly Draft<S>[] => {
  if (!Array.isArray(list)) return []
  return list.map((item: unknown, index): Draft<S> => {
    const raw = isRecord(item) ? item : {}
    const parsed = schema.safeParse(item)
    const { file, line, col } = problemAt([section, index], '', '')
    return {
      entry: parsed.success ? parsed.data : undefined,
      raw,
      id: typeof raw['id'] === 'string' ? raw['id'] : undefined,
      place: { file, line, col },
      problem: (key, what, instead, options) => {
        const path = [section, index, ...(typeof key === 'string' ? [key] : key)]
        return problemAt(path, `${path.join('.')}: ${what}`, instead, options)
      },
    }
  })
}

/**
 * Reads one policy document. Entries of a right shape are kept beside wrong ones, so that one misspelt
 * key does not hide what is wrong in the conditions.
 */
export const readPolicyDocument = ({ file, source }: PolicyDocument): Drafts => {
  const written: { value?: unknown; problemAt?: ProblemAt } = {}
  const whole = parseDocumentWith(file, source, policySchema, (plain, problemAt) => {
    written.value = plain
    written.problemAt = problemAt
    return { plain, problems: [] }
  })
  const problems = whole.ok ? [] : whole.problems
  const { value, problemAt } = written
  // Where it is not even YAML there is nothing to look into.
  if (problemAt === undefined || !isRecord(value)) {
    return { file, posture: 'open', tiers: [], weights: [], rules: [], limits: [], problems }
  }
  return {
    file,
    posture: value['posture'] === 'closed' ? 'closed' : 'open',
    tiers: draftsOf('tiers', SECTIONS.tiers, value['tiers'], problemAt),
    weights: draftsOf('weights', SECTIONS.weights, value['weights'], problemAt),
    rules: draftsOf('rules', SECTIONS.rules, value['rules'], problemAt),
    limits: draftsOf('limits', SECTIONS.limits, value['limits'], problemAt),
    problems,
  }
}
