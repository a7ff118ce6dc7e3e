import { jsonRows } from './read-rows.ts'
import type { KnownAgent, Texts } from './texts.ts'
import { AGENT_STACKS, AGENT_TOOLS, BUILT_IN_TEXTS } from './texts-built-in.ts'

type Row = { readonly [key: string]: unknown }

const MAX_BENCHMARK_CHARS = 3_000
const MAX_QUESTION_WORDS = 54
/** Two popular agents of one maker share wording in the real prompts too; one that is cut alike is not two. */
const TELLING_CHARS = 400

const text = (row: Row, key: string): string => {
  const value = row[key]
  return typeof value === 'string' ? value.trim() : ''
}

const words = (of: string): number => of.split(/\s+/).length

/** A value for each place that a program fills in at run time, the same for everybody. */
const filled = (prompt: string): string =>
  prompt.replace(/\{\{[^}]*\}\}/g, (slot) => {
    const name = /[A-Za-z][\w.]*/.exec(slot)?.[0] ?? 'value'
    return name.toLowerCase().replace(/_tool_name$/, '')
  })

const agentsFrom = (rows: readonly Row[]): readonly KnownAgent[] => {
  const seen = new Set<string>()
  const distinct = rows.filter((row) => {
    if (!['system', 'system_template'].includes(text(row, 'kind'))) return false
    const start = text(row, 'prompt').slice(0, TELLING_CHARS)
    return start.length === TELLING_CHARS && !seen.has(start) && seen.add(start)
  })
  // One of each maker before a second of any.
  const rounds = new Map<string, number>()
  return distinct
    .map((row) => {
      const round = rounds.get(text(row, 'agent')) ?? 0
      rounds.set(text(row, 'agent'), round + 1)
      return { row, round }
    })
    .toSorted((one, other) => one.round - other.round)
    .slice(0, AGENT_TOOLS.length)
    .map(({ row }, at) => ({
      name: text(row, 'agent'),
      system: filled(text(row, 'prompt')),
      tools: AGENT_TOOLS[at] ?? [],
      stack: AGENT_STACKS[at] ?? 'fetch',
    }))
}

const or = <T>(found: readonly T[], otherwise: readonly T[]): readonly T[] =>
  found.length === 0 ? otherwise : found

/**
 * Texts from a folder of corpora: prompts of agents and frameworks as published, questions of people,
 * machine-made tasks and the templates that made them, benchmarks. What is missing comes built in.
 */
export const textsFromData = (folder: string): Texts => {
  const prompts = (name: string): readonly Row[] => jsonRows(folder, `prompts/${name}.jsonl.gz`)
  const agents = prompts('agent_system_prompts')
  const people = prompts('human_prompts').filter((row) => row['template'] !== true)
  const chores = prompts('tool_call_prompts').flatMap((row) => {
    const messages = row['messages']
    const last: unknown = Array.isArray(messages) ? messages.at(-1) : undefined
    return typeof last === 'object' && last !== null ? [text(last as Row, 'content')] : []
  })
  const pipelines = prompts('pipeline_templates')
  const role = (name: string): readonly string[] =>
    pipelines.filter((row) => row['role'] === name).map((row) => filled(text(row, 'template')))
  const machine = prompts('attacker_prompts').filter(({ source }) =>
    ['gpteacher_toolformer', 'gpteacher_codegen', 'selfinstruct_gpt4omini'].includes(
      String(source),
    ),
  )
  const requests = prompts('attacker_requests_reconstructed')
  const run = prompts('selfinstruct_run_sequence')
  return {
    agents: or(agentsFrom(agents), BUILT_IN_TEXTS.agents),
    frameworks: or(
      agents.filter((row) => row['kind'] === 'framework_default').map((row) => text(row, 'prompt')),
      BUILT_IN_TEXTS.frameworks,
    ),
    questions: or(
      people
        .map((row) => text(row, 'prompt'))
        .filter((prompt) => prompt !== '' && words(prompt) <= MAX_QUESTION_WORDS),
      BUILT_IN_TEXTS.questions,
    ),
    chores: or(
      chores.filter((prompt) => prompt !== '' && words(prompt) <= MAX_QUESTION_WORDS),
      BUILT_IN_TEXTS.chores,
    ),
    pipelines: {
      generate: or(role('generate'), BUILT_IN_TEXTS.pipelines.generate),
      grade: or(role('judge'), BUILT_IN_TEXTS.pipelines.grade),
    },
    harvest: or(
      [...machine, ...requests, ...run]
        .map((row) => text(row, 'prompt'))
        .filter((one) => one !== ''),
      BUILT_IN_TEXTS.harvest,
    ),
    benchmarks: or(
      prompts('eval_harness_prompts').map((row) => text(row, 'prompt').slice(-MAX_BENCHMARK_CHARS)),
      BUILT_IN_TEXTS.benchmarks,
    ),
  }
}
