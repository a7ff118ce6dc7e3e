import { accessSync, constants, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { capabilitiesOf } from '../app-models.ts'
import { CHALLENGE_KINDS } from '../core/challenge.ts'
import { formatProblem, type Problem } from '../core/problem.ts'
import { runCases, type FailedCase } from '../policy/cases.ts'
import { compilePolicy } from '../policy/compile.ts'
import { foldersOf, readPolicyFiles } from '../policy/files.ts'
import type { Policy } from '../policy/policy.ts'
import { unguardedRules, type Unguarded } from '../policy/unguarded.ts'
import { loadSettings, type Settings } from '../settings.ts'
import { EXIT, type ExitCode } from './exit.ts'
import type { Streams } from './serve.ts'

type Checked = {
  readonly problems: readonly Problem[]
  readonly passed: number
  readonly failed: readonly FailedCase[]
  readonly unguarded: readonly Unguarded[]
  readonly revision: string | undefined
}

const DEFAULT_PATTERNS = ['policies/*.yaml']
const NOTHING = { passed: 0, failed: [], unguarded: [], revision: undefined }

/** Every `*.cases.yaml` beside the policy documents. */
const casesBeside = (patterns: readonly string[], base: string): string[] =>
  foldersOf(patterns, base).flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.cases.yaml'))
      .toSorted()
      .map((name) => join(folder, name)),
  )

const runAll = (policy: Policy, caseFiles: readonly string[]): Checked => {
  const results = caseFiles.map((file) => runCases(policy, file, readFileSync(file, 'utf8')))
  return {
    problems: results.flatMap(({ problems }) => problems),
    passed: results.reduce((sum, { passed }) => sum + passed, 0),
    failed: results.flatMap(({ failed }) => failed),
    unguarded: unguardedRules(policy),
    revision: policy.revision,
  }
}

/** The policy patterns of a settings file, also of one that is not valid otherwise. */
const patternsIn = (config: string): readonly string[] => {
  try {
    const { policies } = z
      .object({ policies: z.array(z.string()).default(DEFAULT_PATTERNS) })
      .parse(parse(readFileSync(config, 'utf8')))
    return policies
  } catch {
    return DEFAULT_PATTERNS
  }
}

/** Files the settings name that cannot be read: the guard would start and go without what they say. */
const unreadable = ({ settings }: { readonly settings: Settings }, config: string): Problem[] => {
  const { accounts, geoip, lists, disposable_domains: domains } = settings
  const country = geoip.country === 'sample' ? null : geoip.country
  const keys = accounts.jwt?.keys
  const named = [
    ['accounts.file', accounts.file],
    ['accounts.jwt.keys.file', keys !== undefined && 'file' in keys ? keys.file : undefined],
    ['geoip.country', country],
    ['geoip.asn', geoip.asn],
    ['geoip.anonymous', geoip.anonymous],
    ['geoip.residential_proxy', geoip.residential_proxy],
    ['disposable_domains', domains],
    ...lists.map(({ file }, at) => [`lists.${at}.file`, file] as const),
  ] as const
  return named.flatMap(([key, file]) => {
    if (file === undefined || file === null) return []
    try {
      accessSync(settings.path(file), constants.R_OK)
      return []
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unreadable'
      const what = `${key}: ${file} cannot be read (${code})`
      return [
        { file: config, line: 1, col: 1, what, instead: 'put the file there, or drop the key' },
      ]
    }
  })
}

const look = async (config: string): Promise<Checked> => {
  const loaded = loadSettings(config)
  const base = dirname(resolve(config))
  const patterns = loaded.ok ? loaded.settings.policies : patternsIn(config)
  const found = loaded.ok ? unreadable(loaded, config) : loaded.problems
  const files = await readPolicyFiles(patterns, base)
  if (!files.ok) return { ...NOTHING, problems: [...found, ...fromHere(files.problems, base)] }
  // Of settings that cannot be read nothing is known: their own problems come first.
  const capabilities = loaded.ok
    ? capabilitiesOf(loaded.settings)
    : { prices: true, challenges: new Set(CHALLENGE_KINDS) }
  const compiled = compilePolicy(files.documents, capabilities)
  if (!compiled.ok)
    return { ...NOTHING, problems: [...found, ...fromHere(compiled.problems, base)] }
  const checked = runAll(compiled.policy, casesBeside(patterns, base))
  return { ...checked, problems: [...found, ...fromHere(checked.problems, base)] }
}

/** Paths as seen from where the command runs, so that an editor can follow them. */
const shown = (file: string, base: string): string => relative('', resolve(base, file)) || file

const fromHere = (problems: readonly Problem[], base: string): Problem[] =>
  problems.map((problem) => ({ ...problem, file: shown(problem.file, base) }))

const unguardedLine = ({ in: kind, id, facts, does, place }: Unguarded, base: string): string =>
  `${shown(place.file, base)}:${place.line}: ${kind} ${id} can meet an unknown ${facts.join(', ')}; then ${does}`

/**
 * Validates the settings and every policy, and runs the policies' cases. Lists what can meet an unknown
 * fact and what it then does, which is no problem but worth knowing.
 */
export const check = async (
  options: { readonly config: string; readonly json: boolean },
  streams: Streams,
): Promise<ExitCode> => {
  const { problems, passed, failed, unguarded, revision } = await look(options.config)
  const ok = problems.length === 0 && failed.length === 0
  if (options.json) {
    const cases = { passed, failed: failed.length, failures: failed }
    streams.out.write(`${JSON.stringify({ ok, revision, problems, cases, unguarded })}\n`)
    return ok ? EXIT.done : EXIT.problems
  }
  for (const problem of problems) streams.err.write(`${formatProblem(problem)}\n`)
  for (const { file, line, name, expected, got } of failed) {
    streams.err.write(
      `${shown(file, '')}:${line}: case "${name}" failed: expected ${expected}, got ${got}\n`,
    )
  }
  // In tiers and weights an unknown fact never matches; only rules and limits have a choice to look at.
  const choices = unguarded.filter((one) => one.in === 'rule' || one.in === 'limit')
  if (choices.length > 0) {
    streams.out.write('When a fact is unknown:\n')
    for (const one of choices)
      streams.out.write(`  ${unguardedLine(one, dirname(resolve(options.config)))}\n`)
  }
  streams.out.write(
    ok
      ? `ok: policy ${revision ?? ''}, ${passed} cases passed\n`
      : `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}, ${passed} cases passed, ${failed.length} failed\n`,
  )
  return ok ? EXIT.done : EXIT.problems
}
