import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { formatProblem, type Problem } from '../core/problem.ts'
import { runCases, type FailedCase } from '../policy/cases.ts'
import { compilePolicy } from '../policy/compile.ts'
import { foldersOf, readPolicyFiles } from '../policy/files.ts'
import type { Policy } from '../policy/policy.ts'
import { unguardedRules, type Unguarded } from '../policy/unguarded.ts'
import { loadSettings } from '../settings.ts'
import { EXIT, type ExitCode } from './exit.ts'
import type { Streams } from './serve.ts'

type Checked = {
  readonly problems: readonly Problem[]
  readonly passed: number
  readonly failed: readonly FailedCase[]
  readonly unguarded: readonly Unguarded[]
  readonly revision: string | undefined
}

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

const look = async (config: string): Promise<Checked> => {
  const settings = loadSettings(config)
  // Policies do not depend on valid settings: with a file that names them, both are reported at once.
  const patterns = settings.ok ? settings.settings.policies : ['policies/*.yaml']
  const base = settings.ok ? settings.settings.path('.') : dirname(config)
  const files = await readPolicyFiles(patterns, base)
  const found = settings.ok ? [] : settings.problems
  if (!files.ok) return { ...NOTHING, problems: [...found, ...(settings.ok ? files.problems : [])] }
  const compiled = compilePolicy(files.documents)
  if (!compiled.ok) return { ...NOTHING, problems: [...found, ...compiled.problems] }
  const checked = runAll(compiled.policy, casesBeside(patterns, base))
  return { ...checked, problems: [...found, ...checked.problems] }
}

const unguardedLine = ({ in: kind, id, facts, does, place }: Unguarded): string =>
  `${basename(place.file)}:${place.line}: ${kind} ${id} can meet an unknown ${facts.join(', ')}; then ${does}`

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
    streams.err.write(`${file}:${line}: case "${name}" failed: expected ${expected}, got ${got}\n`)
  }
  // In tiers and weights an unknown fact never matches; only rules and limits have a choice to look at.
  const choices = unguarded.filter((one) => one.in === 'rule' || one.in === 'limit')
  if (choices.length > 0) {
    streams.out.write('When a fact is unknown:\n')
    for (const one of choices) streams.out.write(`  ${unguardedLine(one)}\n`)
  }
  streams.out.write(
    ok
      ? `ok: policy ${revision ?? ''}, ${passed} cases passed\n`
      : `${problems.length} problems, ${passed} cases passed, ${failed.length} failed\n`,
  )
  return ok ? EXIT.done : EXIT.problems
}
