import { prose, thingName } from './prose.ts'
import { createRandom } from './random.ts'
import type { Texts } from './texts.ts'

const random = createRandom(1, 'built-in texts')
const many = <T>(count: number, make: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at))

const SHELL = ['shell', 'command', 'timeout_ms', 'workdir'] as const
const READ = ['read_file', 'path', 'offset', 'limit'] as const
const EDIT = ['edit_file', 'path', 'old_text', 'new_text'] as const
const GREP = ['grep', 'pattern', 'path', 'include'] as const
const PATCH = ['apply_patch', 'patch'] as const
const PLAN = ['update_plan', 'steps', 'explanation'] as const
const FETCH = ['web_fetch', 'url', 'prompt'] as const
const GLOB = ['glob', 'pattern', 'path'] as const

/** Tools of the eight popular agents, in the order of their use. */
export const AGENT_TOOLS: Texts['agents'][number]['tools'][] = [
  [SHELL, PATCH, PLAN],
  [READ, EDIT, GREP, GLOB, SHELL, FETCH],
  [READ, EDIT, SHELL, GREP],
  [SHELL, READ, PLAN, FETCH],
  [
    ['execute', 'command'],
    ['view', 'path', 'range'],
    ['str_replace', 'path', 'old', 'new'],
  ],
  [['bash', 'command'], ['open', 'path', 'line'], ['submit']],
  [GREP, GLOB, READ, ['ask_followup', 'question'], ['attempt_completion', 'result']],
  [['run', 'cmd'], ['search', 'query', 'top_k'], EDIT],
]

/** Header sets that those agents call with. */
export const AGENT_STACKS: readonly string[] = [
  'openai-js',
  'ai-sdk',
  'openai-js',
  'openai-py',
  'fetch',
  'openai-async-py',
  'axios',
  'openai-js',
]

const taskText = (at: number, reasons: boolean): string =>
  `${prose(random, 2 + (at % 3))}${reasons ? ' Explain your reasoning step by step.' : ''}`

const TRADES = ['banking', 'travel', 'school', 'clinic', 'retail', 'logistics', 'legal', 'energy']

/**
 * Texts for a checkout without corpora: instructions, questions and tasks in the shape of the real ones,
 * made once from a fixed seed.
 */
export const BUILT_IN_TEXTS: Texts = {
  agents: AGENT_TOOLS.map((tools, at) => ({
    name: `agent-${at + 1}`,
    stack: AGENT_STACKS[at] ?? 'fetch',
    tools,
    system: `You are a coding agent that works in the terminal of its user. ${prose(random, 22)} Never commit unless you are asked to.`,
  })),
  frameworks: many(
    24,
    (at) =>
      `You are a helpful assistant for a ${TRADES[at % TRADES.length]} application. Answer the question from the context below. ${prose(random, 8)}`,
  ),
  questions: many(
    600,
    (at) =>
      `${['How do I', 'Can you', 'Please', 'Why does it', 'Is it possible to'][at % 5]} ${prose(random, 1 + (at % 3)).toLowerCase()}`,
  ),
  chores: many(
    400,
    (at) =>
      `${['Fix the failing test.', 'Add a feature.', 'Review this change.', 'Find out why it is slow.'][at % 4]} ${prose(random, 1 + (at % 3))}`,
  ),
  pipelines: {
    generate: many(
      6,
      () =>
        `You are asked to come up with a set of diverse task instructions. Continue the numbered list. ${prose(random, 10)} Write the input and the output of every task.`,
    ),
    reason: many(
      6,
      () =>
        `Answer the question and think it through step by step before the answer. ${prose(random, 12)}`,
    ),
    grade: many(
      6,
      () =>
        `Please act as an impartial judge and grade the answer of an assistant against this rubric. ${prose(random, 10)} Give a rating from 1 to 10 as [[rating]].`,
    ),
  },
  harvest: {
    generate: many(800, (at) => taskText(at, at % 3 === 0)),
    reason: many(400, (at) => taskText(at, true)),
    agentic: many(
      400,
      (at) =>
        `${['Fix the bug in', 'Write a function for', 'Add tests to', 'Refactor'][at % 4]} the repository below and run its tests. ${prose(random, 2 + (at % 3))}`,
    ),
  },
  copied: many(400, () => `${prose(random, 8)} Explain your answer.`),
  toolsets: many(60, () =>
    many(1 + random.below(4), (): readonly [string, ...string[]] => [
      thingName(random).replace('-', '_'),
      ...many(1 + random.below(3), () => thingName(random).split('-')[0] ?? 'query'),
    ]),
  ),
  steps: [],
  benchmarks: many(
    200,
    (at) =>
      `Q: ${prose(random, 3)}\nA: Let's think step by step.\n\nQ: item ${at}, ${prose(random, 6)}\nA:`,
  ),
}
