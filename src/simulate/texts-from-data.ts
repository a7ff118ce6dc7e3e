import { escaped, shortened } from './json-pieces.ts'
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

const isRow = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

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

const MAX_COPIED = 2_000
const MAX_COPIED_CHARS = 2_000

/** Names of tools and of their parameters, of each row that declares some. */
const toolsetsFrom = (rows: readonly Row[]): KnownAgent['tools'][] =>
  rows.flatMap((row) => {
    const tools = Array.isArray(row['tools']) ? row['tools'].filter(isRow) : []
    const known = tools.slice(0, 12).map((tool): readonly [string, ...string[]] => {
      const { parameters } = tool
      const properties = isRow(parameters) ? parameters['properties'] : undefined
      return [text(tool, 'name'), ...(isRow(properties) ? Object.keys(properties) : [])]
    })
    return known.length === 0 || known.some(([name]) => name === '') ? [] : [known]
  })

const MAX_STEP_CHARS = 240

/** What agents did and saw, one after the other, out of whole histories. */
const stepsFrom = (rows: readonly Row[]): Texts['steps'] =>
  rows.flatMap((row) => {
    const messages = Array.isArray(row['messages']) ? row['messages'].filter(isRow) : []
    return messages.flatMap((message, at) => {
      const next = messages[at + 1]
      if (message['role'] !== 'assistant' || next === undefined) return []
      const args = escaped(
        escaped(
          shortened(
            text(message, 'content').split('```').at(-2) ?? text(message, 'content'),
            MAX_STEP_CHARS,
          ),
        ),
      )
      const result = escaped(shortened(text(next, 'content'), MAX_STEP_CHARS))
      return args === '' || result === '' ? [] : [{ args, result }]
    })
  })

const promptsOf = (rows: readonly Row[], ...sources: readonly string[]): string[] =>
  rows
    .filter(({ source }) => sources.length === 0 || sources.includes(String(source)))
    .map((row) => text(row, 'prompt'))
    .filter((one) => one !== '')

/** The first thing that a user said in each history. */
const firstAsked = (rows: readonly Row[]): string[] =>
  rows.flatMap((row) => {
    const messages = Array.isArray(row['messages']) ? row['messages'].filter(isRow) : []
    const first = messages.find(({ role }) => role === 'user')
    return first === undefined ? [] : [text(first, 'content')].filter((one) => one !== '')
  })

/**
 * Texts from a folder of corpora: prompts of agents and frameworks as published, questions of people,
 * machine-made tasks and the templates that made them, tools, histories of agents, benchmarks. What is
 * missing comes built in. Campaigns that generate draw on a run of such a pipeline and on the requests that
 * it sent, those that reason or grade on worked examples and judges, agentic ones on code, tools and what
 * agents were asked.
 */
export const textsFromData = (folder: string): Texts => {
  const prompts = (name: string): readonly Row[] => jsonRows(folder, `prompts/${name}.jsonl.gz`)
  const agents = prompts('agent_system_prompts')
  const people = promptsOf(prompts('human_prompts').filter((row) => row['template'] !== true))
  const isShort = (prompt: string): boolean => words(prompt) <= MAX_QUESTION_WORDS
  const toolCalls = prompts('tool_call_prompts')
  const histories = prompts('agent_trajectories')
  const chores = firstAsked(toolCalls)
  const pipelines = prompts('pipeline_templates')
  const role = (name: string): readonly string[] =>
    pipelines.filter((row) => row['role'] === name).map((row) => filled(text(row, 'template')))
  const machine = prompts('attacker_prompts')
  const benchmarks = promptsOf(prompts('eval_harness_prompts')).map((one) =>
    one.slice(-MAX_BENCHMARK_CHARS),
  )
  const built = BUILT_IN_TEXTS
  return {
    agents: or(agentsFrom(agents), built.agents),
    frameworks: or(
      agents.filter((row) => row['kind'] === 'framework_default').map((row) => text(row, 'prompt')),
      built.frameworks,
    ),
    questions: or(people.filter(isShort), built.questions),
    chores: or(chores.filter(isShort), built.chores),
    pipelines: {
      generate: or(role('generate'), built.pipelines.generate),
      grade: or(role('judge'), built.pipelines.grade),
      reason: or(role('few_shot_cot'), built.pipelines.reason),
    },
    harvest: {
      generate: or(
        [
          ...promptsOf(machine, 'selfinstruct_gpt4omini'),
          ...promptsOf(prompts('attacker_requests_reconstructed')),
          ...promptsOf(prompts('selfinstruct_run_sequence')),
        ],
        built.harvest.generate,
      ),
      reason: or(
        promptsOf(
          machine,
          'anthropic_lm_airisk',
          'anthropic_winogenerated',
          'selfinstruct_gpt4omini',
        ),
        built.harvest.reason,
      ),
      agentic: or(
        [
          ...promptsOf(machine, 'gpteacher_codegen', 'gpteacher_toolformer'),
          ...chores,
          ...firstAsked(histories),
        ],
        built.harvest.agentic,
      ),
    },
    copied: or(
      [...people.filter((prompt) => !isShort(prompt)), ...benchmarks]
        .map((one) => one.slice(0, MAX_COPIED_CHARS))
        .slice(0, MAX_COPIED),
      built.copied,
    ),
    toolsets: or(toolsetsFrom(toolCalls), built.toolsets),
    steps: stepsFrom(histories),
    benchmarks: or(benchmarks, built.benchmarks),
  }
}
