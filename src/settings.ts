import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parseDocumentWith, type ProblemAt } from './core/document.ts'
import { sortProblems, type Problem } from './core/problem.ts'
import { campaignProblems } from './settings-campaigns.ts'
import { challengeProblems } from './settings-challenges.ts'
import { settingsSchema, type SettingsValue } from './settings-schema.ts'
import { applySources } from './settings-sources.ts'

/** Valid settings and where they came from. */
export type Settings = SettingsValue & {
  /** Absolute path of a path written in the file. */
  readonly path: (relative: string) => string
  readonly file: string
}

/** What a settings file turned out to be. */
export type SettingsResult =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** What single keys cannot say: names used twice, sources that exclude each other. */
const acrossKeys = (value: SettingsValue, problemAt: ProblemAt): Problem[] => {
  const problems: Problem[] = []
  const twice = (
    names: readonly string[],
    path: (index: number) => PropertyKey[],
    what: string,
  ): void =>
    names.forEach((name, index) => {
      if (names.indexOf(name) !== index) {
        problems.push(
          problemAt(path(index), `${what} ${JSON.stringify(name)} is used twice`, 'rename one'),
        )
      }
    })
  twice(
    value.upstreams.map(({ id }) => id),
    (index) => ['upstreams', index, 'id'],
    'upstream id',
  )
  twice(
    value.admin.tokens.map(({ name }) => name),
    (index) => ['admin', 'tokens', index, 'name'],
    'token name',
  )
  const { headers, ...others } = value.accounts
  const sources = Object.keys(others)
  // Headers that state no account, such as fingerprints of a TLS edge, stand beside any source.
  if (headers?.['account.id'] !== undefined) sources.push('headers')
  if (sources.length > 1) {
    problems.push(
      problemAt(
        ['accounts'],
        `several account sources (${sources.join(', ')})`,
        'keep one of file, http, jwt, headers',
      ),
    )
  }
  if (value.store !== 'memory' && value.secret === undefined) {
    problems.push(
      problemAt(
        ['store'],
        'replicas that share a store must hash alike, and there is no secret',
        'set secret: "${env:STILLWATCH_SECRET}", the same 32 characters or more on all of them',
      ),
    )
  }
  if (headers !== undefined && value.trusted_proxies.length === 0) {
    problems.push(
      problemAt(
        ['accounts', 'headers'],
        'no proxy is trusted to set these headers',
        'name it in trusted_proxies',
      ),
    )
  }
  problems.push(...campaignProblems(value.campaigns, problemAt))
  problems.push(...challengeProblems(value.challenges, problemAt))
  return problems
}

/** Names the environment variable a bad value came from: the file would be searched for it in vain. */
const withVariable = (problem: Problem, overridden: ReadonlyMap<string, string>): Problem => {
  for (const [key, name] of overridden) {
    const unknown = `unknown key ${JSON.stringify(key.split('.').at(-1))}`
    if (problem.what.startsWith(`${key}: `) || problem.what.endsWith(unknown)) {
      return { ...problem, what: `${problem.what} (from ${name})` }
    }
  }
  return problem
}

/**
 * Reads and validates the settings file with its environment overrides. Never throws: a file that cannot
 * be read is a problem like any other, and all problems come at once.
 */
export const loadSettings = (
  file: string,
  environment: { readonly [name: string]: string | undefined } = process.env,
): SettingsResult => {
  const folder = dirname(resolve(file))
  let source: string
  try {
    source = readFileSync(file, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable'
    const instead = 'name an existing settings file with --config'
    return {
      ok: false,
      problems: [{ file, line: 1, col: 1, what: `cannot be read (${code})`, instead }],
    }
  }
  let overridden: ReadonlyMap<string, string> = new Map()
  const parsed = parseDocumentWith(file, source, settingsSchema, (plain, problemAt) => {
    const applied = applySources(plain, problemAt, { environment, folder })
    overridden = applied.overridden
    return applied
  })
  if (!parsed.ok) {
    const problems = parsed.problems.map((problem) => withVariable(problem, overridden))
    return { ok: false, problems: sortProblems(problems) }
  }
  const { value, problemAt } = parsed.document
  const problems = acrossKeys(value, problemAt)
  if (problems.length > 0) return { ok: false, problems: sortProblems(problems) }
  return { ok: true, settings: { ...value, file, path: (relative) => resolve(folder, relative) } }
}
